"""For whoever measures tasks: which ran, since when, until when, with what size."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Protocol

from trimtab_lab.ecs.task import Task


@dataclass(slots=True, eq=False)
class TaskRun:
    """The time in which the containers of one task ran. Times are epoch seconds.

    ``cpu_units`` and ``memory_mib`` are the size in force: the task's override, else that of its
    task definition. ``stopped_at`` is when the containers ended (``executionStoppedAt``), None
    while they run. ``limits_mib`` are the hard limits of single containers that have one.
    """

    task_arn: str
    cluster: str
    service: str | None
    family: str
    task_definition_arn: str
    launch_type: str
    capacity_provider: str | None
    cpu_units: int
    memory_mib: int
    limits_mib: dict[str, int]
    started_at: float
    stopped_at: float | None = None


class TaskWatcher(Protocol):
    """Is told, at the simulated moment, when containers begin and end to run."""

    def task_started(self, run: TaskRun) -> None:
        """Take note of a task that reached RUNNING."""
        ...

    def task_stopped(self, run: TaskRun) -> None:
        """Take note of a task whose containers ended; ``run.stopped_at`` is set."""
        ...


class Runs:
    """Remembers every run, and tells the watchers."""

    def __init__(self) -> None:
        self._by_service: dict[tuple[str, str], list[TaskRun]] = defaultdict(list)
        self._by_family: dict[tuple[str, str], list[TaskRun]] = defaultdict(list)
        self._open: dict[str, TaskRun] = {}
        self._watchers: list[TaskWatcher] = []

    def watch(self, watcher: TaskWatcher) -> None:
        """Tell ``watcher`` from now on."""
        self._watchers.append(watcher)

    def of_service(self, cluster: str, service: str) -> list[TaskRun]:
        """Return all runs of a service's tasks, in order of their start."""
        return list(self._by_service[cluster, service])

    def of_family(self, cluster: str, family: str) -> list[TaskRun]:
        """Return all runs of standalone tasks of a family, in order of their start."""
        return list(self._by_family[cluster, family])

    def started(self, task: Task, now: float) -> None:
        """Open the run of a task."""
        service = task.service.name if task.service else None
        run = TaskRun(
            task_arn=task.arn,
            cluster=task.cluster.name,
            service=service,
            family=task.definition.family,
            task_definition_arn=task.definition.arn,
            launch_type=task.launch_type,
            capacity_provider=task.capacity_provider,
            cpu_units=task.cpu_units,
            memory_mib=task.memory_mib,
            limits_mib={c.name: int(c.memory) for c in task.containers if c.memory},
            started_at=now,
        )
        self._open[task.arn] = run
        if service:
            self._by_service[run.cluster, service].append(run)
        else:
            self._by_family[run.cluster, run.family].append(run)
        for watcher in self._watchers:
            watcher.task_started(run)

    def stopped(self, task: Task, now: float) -> None:
        """Close the run of a task, if it has one."""
        run = self._open.pop(task.arn, None)
        if run is None:
            return
        run.stopped_at = now
        for watcher in self._watchers:
            watcher.task_stopped(run)
