"""Task protection: holds a service's task through scale-in and deployments."""

from trimtab_lab.ecs.answers import Json, bounded, instant, missing, present
from trimtab_lab.ecs.cluster import Cluster
from trimtab_lab.ecs.errors import invalid
from trimtab_lab.ecs.scheduler import Scheduler
from trimtab_lab.ecs.service import Service
from trimtab_lab.ecs.task import Task
from trimtab_lab.ecs.world import World

# Source: UpdateTaskProtection in the API Reference (read 2026-11-22).
TASKS_MOST = 10
MINUTES_DEFAULT, MINUTES_MOST = 120, 2880


class Protection:
    """Sets and reads task protection."""

    def __init__(self, world: World, scheduler: Scheduler) -> None:
        self._world, self._scheduler = world, scheduler
        self.operations = {
            "UpdateTaskProtection": self.update,
            "GetTaskProtection": self.get,
        }

    def update(self, request: Json) -> Json:
        """Protect tasks for a while, or no longer."""
        cluster = self._world.cluster(request["cluster"])
        minutes = request.get("expiresInMinutes") or MINUTES_DEFAULT
        if not 1 <= minutes <= MINUTES_MOST:
            raise invalid(f"expiresInMinutes must be between 1 and {MINUTES_MOST}.")
        answer: Json = {"protectedTasks": [], "failures": []}
        for name in bounded(request["tasks"], TASKS_MOST, "Tasks"):
            task = self._world.find_task(cluster, name)
            failure = _failure(task, self._arn(cluster, name))
            if failure is not None or task is None or task.service is None:
                answer["failures"].append(failure)
                continue
            self._set(task, task.service, minutes * 60.0 if request["protectionEnabled"] else None)
            answer["protectedTasks"].append(self._view(task))
        return answer

    def _set(self, task: Task, service: Service, seconds: float | None) -> None:
        clock = self._world.clock
        task.protected_until = None if seconds is None else clock.now + seconds
        if task.protected_until is None:
            self._scheduler.wake(service)
        else:
            clock.at(task.protected_until, lambda: self._scheduler.wake(service))

    def get(self, request: Json) -> Json:
        """Return the protection of the named tasks, or of all that are protected."""
        cluster = self._world.cluster(request["cluster"])
        answer: Json = {"protectedTasks": [], "failures": []}
        names = request.get("tasks") or [
            task.arn for task in cluster.tasks.values() if task.protected(self._world.clock.now)
        ]
        for name in names:
            task = self._world.find_task(cluster, name)
            failure = _failure(task, self._arn(cluster, name))
            if failure is not None or task is None:
                answer["failures"].append(failure)
            else:
                answer["protectedTasks"].append(self._view(task))
        return answer

    def _arn(self, cluster: Cluster, name: str) -> str:
        return name if name.startswith("arn:") else self._world.arn(f"task/{cluster.name}/{name}")

    def _view(self, task: Task) -> Json:
        enabled = task.protected(self._world.clock.now)
        return present(
            taskArn=task.arn,
            protectionEnabled=enabled,
            expirationDate=instant(task.protected_until) if enabled else None,
        )


def _failure(task: Task | None, arn: str) -> Json | None:
    if task is None:
        return missing(arn)
    if task.service is None or task.last_status == "STOPPED":
        return {"arn": arn, "reason": "TASK_NOT_VALID"}
    return None
