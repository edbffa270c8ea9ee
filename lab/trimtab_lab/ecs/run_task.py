"""RunTask: tasks that belong to no service."""

from trimtab_lab.ecs.answers import Json, copied, present
from trimtab_lab.ecs.client_tokens import ClientTokens
from trimtab_lab.ecs.cluster import Cluster
from trimtab_lab.ecs.compute import Compute, check_compatible, read_compute
from trimtab_lab.ecs.errors import client, invalid
from trimtab_lab.ecs.launch import Launch
from trimtab_lab.ecs.launcher import Launcher
from trimtab_lab.ecs.networking import read_network
from trimtab_lab.ecs.overrides import read_overrides
from trimtab_lab.ecs.placement import NO_INSTANCES, NoPlace
from trimtab_lab.ecs.service_request import check_placement
from trimtab_lab.ecs.strategy import sequence
from trimtab_lab.ecs.tags import Tags, read_tags
from trimtab_lab.ecs.task import Task
from trimtab_lab.ecs.task_definition import TaskDefinition
from trimtab_lab.ecs.task_view import describe_task
from trimtab_lab.ecs.world import World
from trimtab_lab.plain import only

COUNT_MOST = 10
PROVISIONING_MOST = 300  # tasks in PROVISIONING per cluster; ECS service quotas (read 2026-11-22)
MODELLED = frozenset({
    "cluster", "taskDefinition", "count", "launchType", "capacityProviderStrategy", "clientToken", "group",
    "startedBy", "overrides", "networkConfiguration", "platformVersion", "placementConstraints",
    "placementStrategy", "propagateTags", "tags", "enableECSManagedTags", "enableExecuteCommand",
})  # fmt: skip
STARTED_BY_LETTERS_MOST = 128


class RunTask:
    """Starts standalone tasks."""

    def __init__(self, world: World, launcher: Launcher) -> None:
        self._world, self._launcher = world, launcher
        self._tokens = ClientTokens(world.clock)
        self.operations = {"RunTask": self.run}

    def run(self, request: Json) -> Json:
        """Start ``count`` tasks; those without a place are in ``failures``."""
        only("ecs:RunTask", request, MODELLED)
        cluster = self._world.cluster(request.get("cluster"))
        earlier = self._tokens.earlier(cluster.arn, request)
        if earlier is not None:
            return {"tasks": [_again(task) for task in earlier], "failures": []}
        launches = self._launches(cluster, request)
        outcomes = [self._launcher.launch(launch) for launch in launches]
        tasks = [one for one in outcomes if isinstance(one, Task)]
        refusals = [one for one in outcomes if isinstance(one, NoPlace)]
        if not tasks and any(refusal.reason == "NO ACTIVE INSTANCES" for refusal in refusals):
            raise invalid(NO_INSTANCES.format(where="cluster"))
        self._tokens.remember(cluster.arn, request, tasks)
        return {
            "tasks": [describe_task(task, tags=True) for task in tasks],
            "failures": [failure for refusal in refusals for failure in _failures(refusal)],
        }

    def _launches(self, cluster: Cluster, request: Json) -> list[Launch]:
        count = request.get("count", 1)
        if not 1 <= count <= COUNT_MOST:
            raise invalid(f"Count must be between 1 and {COUNT_MOST}.")
        if len(request.get("startedBy", "")) > STARTED_BY_LETTERS_MOST:
            raise invalid("startedBy must be shorter than or equal to 128 characters.")
        waiting = sum(task.last_status == "PROVISIONING" for task in cluster.tasks.values())
        if waiting + count > PROVISIONING_MOST:
            raise client("Tasks provisioning capacity limit exceeded.")
        definition = self._world.active_definition(request["taskDefinition"])
        compute = read_compute(self._world, cluster, request)
        check_placement(request, compute.launch_type)
        check_compatible(definition, compute.launch_type)
        network = read_network(definition.network_mode, request.get("networkConfiguration"))
        overrides = read_overrides(definition, request.get("overrides"), compute.launch_type)
        tags = self._tags(cluster, definition, request)
        return [
            Launch(
                cluster=cluster,
                definition=definition,
                group=request.get("group") or f"family:{definition.family}",
                launch_type=compute.launch_type,
                capacity_provider=provider,
                network=copied(network),
                started_by=request.get("startedBy"),
                platform_version=request.get("platformVersion"),
                overrides=overrides,
                tags=tags,
                placement_strategy=copied(request.get("placementStrategy", [])),
                placement_constraints=copied(request.get("placementConstraints", [])),
                execute_command=request.get("enableExecuteCommand", False),
            )
            for provider in _providers(compute, count)
        ]

    def _tags(self, cluster: Cluster, definition: TaskDefinition, request: Json) -> Tags:
        tags: Tags = {}
        if request.get("propagateTags") == "TASK_DEFINITION":
            tags.update(definition.tags)
        elif request.get("propagateTags") == "SERVICE":
            raise invalid("propagateTags SERVICE is not supported by RunTask.")
        tags.update(read_tags(request.get("tags")))
        if request.get("enableECSManagedTags"):
            tags["aws:ecs:clusterName"] = cluster.name
        return tags


def _providers(compute: Compute, count: int) -> list[str | None]:
    if not compute.strategy:
        return [None] * count
    return list(sequence(compute.strategy, count))


def _again(task: Task) -> Json:
    """A repeated request shows the tasks; of stopped ones little more than the status is left."""
    if task.last_status != "STOPPED":
        return describe_task(task, tags=True)
    return {
        "taskArn": task.arn,
        "clusterArn": task.cluster.arn,
        "lastStatus": task.last_status,
        "desiredStatus": task.desired_status,
    }


def _failures(refusal: NoPlace) -> list[Json]:
    if refusal.reason == "RESOURCE:FARGATE":
        return [{"reason": refusal.text}]
    return [present(arn=arn, reason=refusal.reason) for arn in refusal.instances or (None,)]
