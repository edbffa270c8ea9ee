"""The API of tasks: describe, list, stop."""

from collections.abc import Iterator

from trimtab_lab.ecs.answers import Json, bounded, last_part, missing, page
from trimtab_lab.ecs.cluster import Cluster
from trimtab_lab.ecs.errors import invalid
from trimtab_lab.ecs.stopping import Stopping
from trimtab_lab.ecs.task import Task
from trimtab_lab.ecs.task_view import describe_task
from trimtab_lab.ecs.world import World
from trimtab_lab.plain import only

DESCRIBE_MOST = 100


class Tasks:
    """Describes, lists and stops tasks."""

    def __init__(self, world: World, stopping: Stopping) -> None:
        self._world, self._stopping = world, stopping
        self.operations = {
            "DescribeTasks": self.describe,
            "ListTasks": self.list_arns,
            "StopTask": self.stop,
        }

    def describe(self, request: Json) -> Json:
        """Return tasks; those stopped more than an hour ago are missing."""
        cluster = self._world.cluster(request.get("cluster"))
        tags = "TAGS" in request.get("include", [])
        answer: Json = {"tasks": [], "failures": []}
        for name in bounded(request["tasks"], DESCRIBE_MOST, "Tasks"):
            task = self._world.find_task(cluster, name)
            if task is None:
                arn = name if name.startswith("arn:") else self._world.arn(f"task/{cluster.name}/{name}")
                answer["failures"].append(missing(arn))
            else:
                answer["tasks"].append(describe_task(task, tags=tags))
        return answer

    def list_arns(self, request: Json) -> Json:
        """Return ARNs of tasks that pass all filters; by default those wanted to run."""
        paging = {"cluster", "nextToken", "maxResults", "desiredStatus", "startedBy"}
        only("ecs:ListTasks", request, paging | {"family", "serviceName", "containerInstance", "launchType"})
        cluster = self._world.cluster(request.get("cluster"))
        others = ("family", "serviceName", "containerInstance", "launchType")
        if request.get("startedBy") and any(request.get(member) for member in others):
            raise invalid("startedBy cannot be combined with other filters.")
        arns = [task.arn for task in self._filtered(cluster, request)]
        return page(request, "taskArns", arns)[1]

    def _filtered(self, cluster: Cluster, request: Json) -> Iterator[Task]:
        tasks = cluster.tasks.values()
        service = None
        if request.get("serviceName"):
            service = self._world.service(cluster, request["serviceName"])
        instance = request.get("containerInstance")
        for task in tasks:
            if (
                task.desired_status == request.get("desiredStatus", "RUNNING")
                and (service is None or task.service is service)
                and request.get("family") in (None, task.definition.family)
                and request.get("startedBy") in (None, task.started_by)
                and request.get("launchType") in (None, task.launch_type)
                and (instance is None or _on(task, instance))
            ):
                yield task

    def stop(self, request: Json) -> Json:
        """Stop a task for its caller; its tags are deleted."""
        cluster = self._world.cluster(request.get("cluster"))
        task = self._world.find_task(cluster, request["task"])
        if task is None:
            raise invalid("The referenced task was not found.")
        if task.last_status != "STOPPED":
            task.tags = {}
            self._stopping.stop(task, "UserInitiated", request.get("reason") or "Task stopped by user")
        return {"task": describe_task(task, tags=True)}


def _on(task: Task, instance: str) -> bool:
    return task.instance is not None and last_part(task.instance.arn) == last_part(instance)
