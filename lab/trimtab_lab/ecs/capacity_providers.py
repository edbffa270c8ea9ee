"""Capacity providers: FARGATE, FARGATE_SPOT, and those made by the account."""

import re
from dataclasses import dataclass, field

from trimtab_lab.ecs.answers import Json, copied, last_part, missing, page, present
from trimtab_lab.ecs.errors import invalid
from trimtab_lab.ecs.tags import Tags, read_tags, tag_list
from trimtab_lab.ecs.world import World

FARGATE, AUTO_SCALING, MANAGED = "Fargate", "Auto Scaling group", "Managed Instances"
_NAME = re.compile(r"^(?!aws|ecs|fargate)[\w-]{1,255}$", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class CapacityProvider:
    """One provider. ``kind`` decides with what it may share a strategy."""

    name: str
    arn: str
    kind: str
    settings: Json = field(default_factory=dict)  # autoScalingGroupProvider, ...
    cluster_arn: str | None = None
    tags: Tags = field(default_factory=dict)
    status: str = "ACTIVE"

    @property
    def launch_type(self) -> str:
        """Return what a task on it has as its launch type, and needs as its compatibility."""
        return {FARGATE: "FARGATE", AUTO_SCALING: "EC2", MANAGED: "MANAGED_INSTANCES"}[self.kind]

    def describe(self, *, tags: bool) -> Json:
        """Return the provider as the API shows it."""
        by_kind = {AUTO_SCALING: "EC2_AUTOSCALING", MANAGED: "MANAGED_INSTANCES", FARGATE: self.name}
        return present(
            capacityProviderArn=self.arn,
            name=self.name,
            status=self.status,
            type=by_kind[self.kind],
            cluster=self.cluster_arn,
            tags=tag_list(self.tags) if tags else None,
            **copied(self.settings),
        )


class CapacityProviders:
    """Creates and describes capacity providers."""

    def __init__(self, world: World) -> None:
        self._world = world
        for name in ("FARGATE", "FARGATE_SPOT"):
            self._add(CapacityProvider(name, world.arn(f"capacity-provider/{name}"), FARGATE))
        self.operations = {
            "CreateCapacityProvider": self.create,
            "DescribeCapacityProviders": self.describe,
        }

    def _add(self, provider: CapacityProvider) -> None:
        self._world.providers[provider.name] = provider

    def create(self, request: Json) -> Json:
        """Make a provider of an Auto Scaling group, or of Managed Instances inside a cluster."""
        name = request["name"]
        if not _NAME.match(name):
            raise invalid("The specified capacity provider name is not valid.")
        if name in self._world.providers:
            raise invalid("The specified capacity provider already exists.")
        auto_scaling = request.get("autoScalingGroupProvider")
        managed = request.get("managedInstancesProvider")
        if (auto_scaling is None) == (managed is None):
            raise invalid("Specify exactly one of autoScalingGroupProvider and managedInstancesProvider.")
        provider = CapacityProvider(
            name,
            self._world.arn(f"capacity-provider/{name}"),
            AUTO_SCALING,
            tags=read_tags(request.get("tags")),
        )
        if auto_scaling is not None:
            provider.settings = {"autoScalingGroupProvider": _with_defaults(auto_scaling)}
        else:
            cluster = self._world.cluster(request.get("cluster"))
            provider.kind, provider.cluster_arn = MANAGED, cluster.arn
            provider.settings = {"managedInstancesProvider": copied(managed)}
            cluster.capacity_providers.append(name)
        self._add(provider)
        return {"capacityProvider": provider.describe(tags=True)}

    def describe(self, request: Json) -> Json:
        """Return the named providers, or all."""
        names = request.get("capacityProviders") or list(self._world.providers)
        found = [self._world.providers.get(last_part(name)) for name in names]
        tags = "TAGS" in request.get("include", [])
        chosen, answer = page(request, "capacityProviders", [p for p in found if p], most=100)
        answer["capacityProviders"] = [provider.describe(tags=tags) for provider in chosen]
        answer["failures"] = [
            missing(name) for name, provider in zip(names, found, strict=True) if provider is None
        ]
        return answer


def _with_defaults(auto_scaling: Json) -> Json:
    settings: Json = copied(auto_scaling)
    scaling = settings.setdefault("managedScaling", {})
    scaling.setdefault("status", "DISABLED")
    settings.setdefault("managedTerminationProtection", "DISABLED")
    settings.setdefault("managedDraining", "ENABLED")
    return settings
