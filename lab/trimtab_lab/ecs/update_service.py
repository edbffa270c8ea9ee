"""UpdateService: what may change, what must be forced, and what makes a deployment.

Source: UpdateService in the API Reference; ECS Developer Guide, "capacity provider and launch type
comparison" (read 2026-11-22).
"""

from dataclasses import dataclass

from trimtab_lab.api_error import NotModelled
from trimtab_lab.ecs.announcer import Announcer
from trimtab_lab.ecs.answers import Json, copied
from trimtab_lab.ecs.compute import check_compatible, modelled
from trimtab_lab.ecs.errors import invalid, service_not_active
from trimtab_lab.ecs.networking import read_network
from trimtab_lab.ecs.rollout import Rollout
from trimtab_lab.ecs.scheduler import Scheduler
from trimtab_lab.ecs.service import Service
from trimtab_lab.ecs.service_request import (
    DEPLOYING_SETTINGS,
    QUIET_SETTINGS,
    check_settings,
    read_configuration,
)
from trimtab_lab.ecs.service_view import describe_service
from trimtab_lab.ecs.strategy import launch_type_of, read_strategy
from trimtab_lab.ecs.task_definition import TaskDefinition
from trimtab_lab.ecs.world import World
from trimtab_lab.plain import only

FORCE_NEEDED = (
    "When switching from launch type to capacity provider strategy on an existing service, or making a "
    "change to a capacity provider strategy on a service that is already using one, you must force a "
    "new deployment."
)
NO_FALLBACK = "No launch type to fall back to for empty capacity provider strategy"

MODELLED = frozenset({
    "cluster", "service", "desiredCount", "taskDefinition", "capacityProviderStrategy", "platformVersion",
    "deploymentConfiguration", "networkConfiguration", "forceNewDeployment", "deploymentController",
    *DEPLOYING_SETTINGS, *QUIET_SETTINGS,
})  # fmt: skip
_ALWAYS = {"cluster", "service"}
# Controller -> what UpdateService may still carry.
_ALLOWED = {
    "CODE_DEPLOY": _ALWAYS | {
        "desiredCount", "deploymentConfiguration", "placementConstraints", "placementStrategy",
        "healthCheckGracePeriodSeconds", "enableExecuteCommand", "enableECSManagedTags", "propagateTags",
    },
    "EXTERNAL": _ALWAYS | {
        "desiredCount", "placementConstraints", "placementStrategy", "healthCheckGracePeriodSeconds",
        "enableECSManagedTags", "propagateTags",
    },
}  # fmt: skip
_REFUSED_FOR_CODE_DEPLOY = {
    "taskDefinition": "Unable to update task definition",
    "networkConfiguration": "Unable to update network parameters",
    "platformVersion": "Unable to update platform version",
    "capacityProviderStrategy": "Unable to update capacity provider strategy",
    "forceNewDeployment": "Cannot force a new deployment",
}


@dataclass(slots=True)
class _Next:
    """What the service will be, worked out and checked before anything changes."""

    definition: TaskDefinition | None
    strategy: list[Json]
    launch_type: str | None
    platform_version: str | None
    network: Json | None
    configuration: Json
    settings: Json
    deploys: bool


class UpdateService:
    """Changes services."""

    def __init__(self, world: World, announcer: Announcer, scheduler: Scheduler, rollout: Rollout) -> None:
        self._world, self._announcer = world, announcer
        self._scheduler, self._rollout = scheduler, rollout
        self.operations = {"UpdateService": self.update}

    def update(self, request: Json) -> Json:
        """Check everything, then change the service, then begin a deployment if one is due."""
        only("ecs:UpdateService", request, MODELLED)
        cluster = self._world.cluster(request.get("cluster"))
        service = self._world.service(cluster, request["service"])
        if service.status != "ACTIVE":
            raise service_not_active()
        _check_controller(service, request)
        coming = self._plan(service, request)
        self._apply(service, coming)
        if request.get("desiredCount") is not None:
            self._scale(service, request["desiredCount"])
        if coming.deploys and coming.definition is not None:
            self._rollout.begin(service, coming.definition)
            service.steady = False
        self._scheduler.wake(service)
        return {"service": describe_service(service, tags=False)}

    def scale(self, service: Service, desired_count: int) -> None:
        """Set the desired count as Application Auto Scaling does, which ECS tells by an event."""
        self._scale(service, desired_count)
        self._announcer.action(service, "SERVICE_DESIRED_COUNT_UPDATED", desired_count=desired_count)
        self._scheduler.wake(service)

    def _scale(self, service: Service, desired_count: int) -> None:
        if desired_count < 0:
            raise invalid("desiredCount must not be negative.")
        if desired_count != service.desired_count:
            service.desired_count, service.steady = desired_count, False

    def _plan(self, service: Service, request: Json) -> _Next:
        definition = service.definition
        if request.get("taskDefinition"):
            definition = self._world.active_definition(request["taskDefinition"])
        strategy, launch_type = self._compute(service, request)
        configuration = read_configuration(request.get("deploymentConfiguration"), service.configuration)
        given = {key: request[key] for key in (*DEPLOYING_SETTINGS, *QUIET_SETTINGS) if key in request}
        settings = {**copied(service.settings), **copied(given)}
        check_settings(settings, launch_type, configuration)
        network = copied(request.get("networkConfiguration") or service.network)
        if definition is not None:
            check_compatible(definition, launch_type)
            read_network(definition.network_mode, network)
        version = request.get("platformVersion") or service.platform_version or "LATEST"
        coming = _Next(
            definition=definition,
            strategy=strategy,
            launch_type=launch_type,
            platform_version=version if launch_type == "FARGATE" else None,
            network=network,
            configuration=configuration,
            settings=settings,
            deploys=False,
        )
        coming.deploys = bool(request.get("forceNewDeployment")) or _differs(service, coming)
        return coming

    def _compute(self, service: Service, request: Json) -> tuple[list[Json], str]:
        """Return strategy and launch type after the request, by the rules of transitions."""
        held = service.launch_type or "EC2"
        given = request.get("capacityProviderStrategy")
        if given is None:
            return service.strategy, held
        if given:
            strategy = read_strategy(self._world, service.cluster, given)
        elif not service.strategy:
            return [], held
        elif service.created_launch_type is not None:
            strategy = []
        elif service.cluster.default_strategy:
            strategy = copied(service.cluster.default_strategy)
        else:
            raise invalid(NO_FALLBACK)
        if strategy != service.strategy and not request.get("forceNewDeployment"):
            raise invalid(FORCE_NEEDED)
        if not strategy:
            return [], service.created_launch_type or "EC2"
        return strategy, modelled(launch_type_of(self._world, strategy))

    def _apply(self, service: Service, coming: _Next) -> None:
        service.definition, service.strategy = coming.definition, coming.strategy
        service.launch_type, service.platform_version = coming.launch_type, coming.platform_version
        service.network, service.settings = coming.network, coming.settings
        service.configuration = coming.configuration


def _differs(service: Service, coming: _Next) -> bool:
    """Tell whether a member changes that starts a deployment by itself."""
    return (
        coming.definition is not service.definition
        or coming.network != service.network
        or (coming.platform_version != service.platform_version and coming.launch_type == service.launch_type)
        or any(
            (coming.settings.get(key) or []) != (service.settings.get(key) or [])
            for key in DEPLOYING_SETTINGS
        )
    )


def _check_controller(service: Service, request: Json) -> None:
    asked = request.get("deploymentController", {}).get("type", service.controller)
    if asked == "CODE_DEPLOY" != service.controller:
        raise invalid("A service cannot be changed to the CODE_DEPLOY deployment controller.")
    if asked != service.controller:
        raise NotModelled("changing the deployment controller of a service")
    if service.scheduling == "DAEMON" and request.get("desiredCount") is not None:
        raise invalid("The daemon scheduling strategy does not support a desired count for services.")
    allowed = _ALLOWED.get(service.controller)
    given = {key for key, value in request.items() if value not in (None, False)} - {"deploymentController"}
    refused = sorted(given - allowed) if allowed else []
    if not refused:
        return
    if service.controller == "CODE_DEPLOY":
        what = _REFUSED_FOR_CODE_DEPLOY.get(refused[0], f"Unable to update {refused[0]}")
        raise invalid(
            f"{what} on services with a CODE_DEPLOY deployment controller. "
            "Use AWS CodeDeploy to trigger a new deployment."
        )
    raise invalid(f"Unable to update {refused[0]} on services with an EXTERNAL deployment controller.")
