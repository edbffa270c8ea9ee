"""The API of services: create, describe, list, delete."""

from trimtab_lab.ecs.answers import Json, bounded, copied, missing, page
from trimtab_lab.ecs.cluster import Cluster
from trimtab_lab.ecs.compute import Compute, check_compatible, read_compute
from trimtab_lab.ecs.errors import invalid
from trimtab_lab.ecs.networking import read_network
from trimtab_lab.ecs.rollout import Rollout
from trimtab_lab.ecs.scheduler import Scheduler
from trimtab_lab.ecs.service import Service
from trimtab_lab.ecs.service_request import SETTINGS, check_settings, read_configuration
from trimtab_lab.ecs.service_view import describe_service
from trimtab_lab.ecs.tags import read_tags
from trimtab_lab.ecs.task_definition import TaskDefinition
from trimtab_lab.ecs.world import World
from trimtab_lab.plain import only

DESCRIBE_MOST = 10
MODELLED = frozenset({
    "cluster", "serviceName", "taskDefinition", "desiredCount", "clientToken", "launchType",
    "capacityProviderStrategy", "platformVersion", "role", "deploymentConfiguration", "networkConfiguration",
    "schedulingStrategy", "deploymentController", "tags", *SETTINGS,
})  # fmt: skip
LIST_DEFAULT, LIST_MOST = 10, 100
# Further answers of CreateService with the same token are those of the first.
_SAME_REQUEST = "clientToken"


class Services:
    """Creates, describes, lists and deletes services."""

    def __init__(self, world: World, scheduler: Scheduler, rollout: Rollout) -> None:
        self._world, self._scheduler, self._rollout = world, scheduler, rollout
        self._tokens: dict[str, Json] = {}
        self.operations = {
            "CreateService": self.create,
            "DescribeServices": self.describe,
            "ListServices": self.list_arns,
            "DeleteService": self.delete,
        }

    def create(self, request: Json) -> Json:
        """Make a service and its first deployment."""
        only("ecs:CreateService", request, MODELLED)
        cluster = self._world.cluster(request.get("cluster"))
        name = request["serviceName"]
        if self._is_repeated(cluster, request):
            return {"service": describe_service(cluster.services[name], tags=True)}
        held = cluster.services.get(name)
        if held is not None and held.status == "ACTIVE":
            raise invalid("Creation of service was not idempotent.")
        if held is not None and held.status == "DRAINING":
            raise invalid("Unable to Start a service that is still Draining.")
        controller = request.get("deploymentController", {}).get("type", "ECS")
        definition = None
        if request.get("taskDefinition"):
            definition = self._world.active_definition(request["taskDefinition"])
        elif controller != "EXTERNAL":
            raise invalid("TaskDefinition can not be blank.")
        service = self._make(cluster, request, controller, definition)
        cluster.services[name] = service
        if request.get(_SAME_REQUEST):
            self._tokens[f"{cluster.arn} {request[_SAME_REQUEST]}"] = copied(request)
        if definition is not None:
            self._rollout.begin(service, definition)
            self._scheduler.wake(service)
        return {"service": describe_service(service, tags=True)}

    def _is_repeated(self, cluster: Cluster, request: Json) -> bool:
        token = f"{cluster.arn} {request.get(_SAME_REQUEST)}"
        return self._tokens.get(token) == request and request["serviceName"] in cluster.services

    def _make(
        self, cluster: Cluster, request: Json, controller: str, definition: TaskDefinition | None
    ) -> Service:
        scheduling = request.get("schedulingStrategy", "REPLICA")
        if scheduling == "REPLICA" and request.get("desiredCount") is None and controller != "EXTERNAL":
            raise invalid("The desiredCount is required for services with the REPLICA scheduling strategy.")
        compute = read_compute(self._world, cluster, request)
        if scheduling == "DAEMON" and (compute.launch_type == "FARGATE" or controller != "ECS"):
            raise invalid("The DAEMON scheduling strategy is not supported for this service.")
        configuration = read_configuration(request.get("deploymentConfiguration"))
        settings = _settings(request, configuration)
        check_settings(settings, compute.launch_type, configuration)
        if definition is not None:
            check_compatible(definition, compute.launch_type)
            read_network(definition.network_mode, request.get("networkConfiguration"))
        fargate = compute.launch_type == "FARGATE"
        return Service(
            name=request["serviceName"],
            arn=self._world.arn(f"service/{cluster.name}/{request['serviceName']}"),
            cluster=cluster,
            definition=definition,
            desired_count=request.get("desiredCount", 0) if scheduling == "REPLICA" else 0,
            created_at=self._world.clock.now,
            created_by=self._world.caller,
            controller=controller,
            scheduling=scheduling,
            strategy=compute.strategy,
            launch_type=compute.launch_type,
            created_launch_type=_launch_type(compute),
            platform_version=(request.get("platformVersion") or "LATEST") if fargate else None,
            network=copied(request.get("networkConfiguration")),
            configuration=configuration,
            settings=settings,
            tags=read_tags(request.get("tags")),
        )

    def describe(self, request: Json) -> Json:
        """Return up to ten services, deleted ones too as long as they are remembered."""
        cluster = self._world.cluster(request.get("cluster"))
        tags = "TAGS" in request.get("include", [])
        answer: Json = {"services": [], "failures": []}
        for name in bounded(request["services"], DESCRIBE_MOST, "Services"):
            service = self._world.find_service(cluster, name)
            if service is not None:
                answer["services"].append(describe_service(service, tags=tags))
            else:
                arn = name if name.startswith("arn:") else self._world.arn(f"service/{cluster.name}/{name}")
                answer["failures"].append(missing(arn))
        return answer

    def list_arns(self, request: Json) -> Json:
        """Return ARNs of services that are not deleted: ten a page unless asked for more."""
        known = {"cluster", "nextToken", "maxResults", "launchType", "schedulingStrategy"}
        only("ecs:ListServices", request, known)
        cluster = self._world.cluster(request.get("cluster"))
        arns = [
            service.arn
            for service in cluster.services.values()
            if service.status != "INACTIVE"
            and request.get("schedulingStrategy") in (None, service.scheduling)
            and request.get("launchType") in (None, None if service.strategy else service.launch_type)
        ]
        return page(request, "serviceArns", arns, LIST_DEFAULT, LIST_MOST)[1]

    def delete(self, request: Json) -> Json:
        """Drain a service that is scaled to zero, or by force one that is not."""
        cluster = self._world.cluster(request.get("cluster"))
        service = self._world.service(cluster, request["service"])
        if service.status != "ACTIVE":
            return {"service": describe_service(service, tags=False)}
        if service.desired_count and service.scheduling == "REPLICA" and not request.get("force"):
            raise invalid("The service cannot be stopped while it is scaled above 0.")
        service.status, service.desired_count, service.steady = "DRAINING", 0, False
        if service.steady_repeat is not None:
            service.steady_repeat.cancel()
        self._rollout.drop(service)
        self._scheduler.wake(service)
        return {"service": describe_service(service, tags=False)}


def _launch_type(compute: Compute) -> str | None:
    return None if compute.strategy else compute.launch_type


def _settings(request: Json, configuration: Json) -> Json:
    settings: Json = {key: copied(request[key]) for key in SETTINGS if key in request}
    rebalances = "ENABLED" if configuration["maximumPercent"] > 100 else "DISABLED"
    settings.setdefault("availabilityZoneRebalancing", rebalances)
    settings.setdefault("enableECSManagedTags", False)
    settings.setdefault("enableExecuteCommand", False)
    settings.setdefault("propagateTags", "NONE")
    for member in ("loadBalancers", "serviceRegistries", "placementConstraints", "placementStrategy"):
        settings.setdefault(member, [])
    if request.get("role"):
        settings["roleArn"] = request["role"]
    return settings
