"""The API of clusters."""

from trimtab_lab.ecs.answers import Json, bounded, copied, last_part, missing, page, present
from trimtab_lab.ecs.cluster import Cluster
from trimtab_lab.ecs.errors import client, in_use, invalid
from trimtab_lab.ecs.strategy import PROVIDER_NOT_FOUND, read_strategy
from trimtab_lab.ecs.tags import read_tags, tag_list
from trimtab_lab.ecs.task import STARTING
from trimtab_lab.ecs.world import World

_INSIGHTS = ("disabled", "enabled", "enhanced")
_DEFAULT_SETTINGS = [{"name": "containerInsights", "value": "disabled"}]


class Clusters:
    """Creates, describes and lists clusters and says which capacity providers they have."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.operations = {
            "CreateCluster": self.create,
            "DescribeClusters": self.describe,
            "ListClusters": self.list_arns,
            "PutClusterCapacityProviders": self.put_capacity_providers,
            "UpdateClusterSettings": self.update_settings,
        }

    def create(self, request: Json) -> Json:
        """Make a cluster; one that is there already is returned as it is."""
        name = request.get("clusterName") or "default"
        if name not in self._world.clusters:
            cluster = Cluster(
                name=name,
                arn=self._world.arn(f"cluster/{name}"),
                tags=read_tags(request.get("tags")),
                settings=copied(request.get("settings") or _DEFAULT_SETTINGS),
                configuration=copied(request.get("configuration")),
                service_connect_defaults=copied(request.get("serviceConnectDefaults")),
            )
            self._associate(cluster, request.get("capacityProviders", []))
            cluster.default_strategy = read_strategy(
                self._world, cluster, request.get("defaultCapacityProviderStrategy", [])
            )
            self._world.clusters[name] = cluster
        everything = ["TAGS", "SETTINGS", "CONFIGURATIONS", "STATISTICS"]
        return {"cluster": self._view(self._world.clusters[name], everything)}

    def describe(self, request: Json) -> Json:
        """Return the named clusters; none named means ``default``."""
        names = bounded(request.get("clusters") or ["default"], 100, "Clusters")
        found = [(name, self._world.clusters.get(last_part(name))) for name in names]
        include = request.get("include", [])
        return {
            "clusters": [self._view(cluster, include) for _, cluster in found if cluster],
            "failures": [
                missing(name if name.startswith("arn:") else self._world.arn(f"cluster/{name}"))
                for name, cluster in found
                if cluster is None
            ],
        }

    def list_arns(self, request: Json) -> Json:
        """Return cluster ARNs."""
        arns = [cluster.arn for _, cluster in sorted(self._world.clusters.items())]
        return page(request, "clusterArns", arns)[1]

    def update_settings(self, request: Json) -> Json:
        """Switch Container Insights of a cluster."""
        cluster = self._world.cluster(request["cluster"])
        for setting in request["settings"]:
            if setting.get("name") != "containerInsights" or setting.get("value") not in _INSIGHTS:
                raise invalid("Invalid cluster setting specified.")
        cluster.settings = copied(request["settings"])
        return {"cluster": self._view(cluster, ["SETTINGS"])}

    def put_capacity_providers(self, request: Json) -> Json:
        """Replace the cluster's providers and its default strategy by those given."""
        cluster = self._world.cluster(request["cluster"])
        before = list(cluster.capacity_providers)
        names = [last_part(name) for name in request["capacityProviders"]]
        managed = [name for name in before if self._world.providers[name].cluster_arn]
        for name in set(before) - set(names) - set(managed):
            if any(task.capacity_provider == name for task in cluster.tasks.values() if not task.stopped_at):
                raise in_use("The specified capacity provider is in use and cannot be removed.")
        try:
            cluster.capacity_providers = managed
            self._associate(cluster, names)
            given = request["defaultCapacityProviderStrategy"]
            cluster.default_strategy = read_strategy(self._world, cluster, given)
        except Exception:
            cluster.capacity_providers = before
            raise
        return {"cluster": self._view(cluster, ["TAGS", "SETTINGS", "CONFIGURATIONS"])}

    def _associate(self, cluster: Cluster, names: list[str]) -> None:
        for name in map(last_part, names):
            provider = self._world.providers.get(name)
            if provider is None or provider.cluster_arn not in (None, cluster.arn):
                raise invalid(PROVIDER_NOT_FOUND)
            if name not in cluster.capacity_providers:
                cluster.capacity_providers.append(name)
        if len(cluster.capacity_providers) > 20:
            raise client("A cluster cannot have more than 20 capacity providers.")

    def _view(self, cluster: Cluster, include: list[str]) -> Json:
        tasks = [task for task in cluster.tasks.values() if task.stopped_at is None]
        active = (s for s in cluster.services.values() if s.status == "ACTIVE")
        return present(
            clusterArn=cluster.arn,
            clusterName=cluster.name,
            status="ACTIVE",
            registeredContainerInstancesCount=len(cluster.instances),
            runningTasksCount=sum(task.last_status == "RUNNING" for task in tasks),
            pendingTasksCount=sum(task.last_status in STARTING for task in tasks),
            activeServicesCount=sum(1 for _ in active),
            statistics=[],
            tags=tag_list(cluster.tags) if "TAGS" in include else [],
            settings=copied(cluster.settings) if "SETTINGS" in include else [],
            configuration=copied(cluster.configuration) if "CONFIGURATIONS" in include else None,
            serviceConnectDefaults=copied(cluster.service_connect_defaults),
            capacityProviders=list(cluster.capacity_providers),
            defaultCapacityProviderStrategy=copied(cluster.default_strategy),
        )
