"""The way of a task from its end to STOPPED, whoever ended it."""

from collections.abc import Callable

from trimtab_lab.ecs.announcer import Announcer
from trimtab_lab.ecs.task import Container, Task
from trimtab_lab.ecs.watch import Runs
from trimtab_lab.ecs.world import World

# AWS publishes no times. Real stop events show: ECS notices a container's own end 0.6 to 41 s
# later; STOPPED follows the stop by 13 to 125 s on Fargate and 0 to 31 s on EC2.
NOTICE_SECONDS = (0.6, 4.0)
STEP_SECONDS = (0.3, 1.5)
DETACH_SECONDS = {"FARGATE": (12.0, 35.0), "EC2": (0.5, 12.0), "MANAGED_INSTANCES": (0.5, 12.0)}
SPOT_NOTICE_SECONDS = 120.0  # ECS Developer Guide, "Fargate capacity providers" (read 2026-11-22)
DESCRIBABLE_SECONDS = 3600.0  # "at least one hour", DescribeTasks (read 2026-11-22)
KILLED_EXIT_CODE = 137

ESSENTIAL_EXITED = "Essential container in task exited"
MEMORY_KILL = "OutOfMemoryError: Container killed due to memory usage"
SPOT_INTERRUPTED = "Your Spot Task was interrupted."
_CONTAINER_FAULTS = ("CannotPullContainerError", "CannotStartContainerError", "CannotCreateContainerError")


class Stopping:
    """Moves tasks along: DEACTIVATING, STOPPING, DEPROVISIONING, STOPPED."""

    def __init__(self, world: World, announcer: Announcer, runs: Runs) -> None:
        self._world, self._announcer, self._runs = world, announcer, runs
        self.when_unwanted: Callable[[Task], None] = lambda task: None
        self.when_stopped: Callable[[Task], None] = lambda task: None

    def exit_by_plan(self, task: Task) -> None:
        """Let the container exit that the task's plan names."""
        self.exit(task, task.dying_container(), task.plan.exit_code, task.plan.reason)

    def exit(self, task: Task, container: Container, exit_code: int, reason: str | None = None) -> None:
        """End a container by itself; an essential one takes the task with it.

        The containers end before ECS notices: ``executionStoppedAt`` is before ``stoppingAt``.
        """
        if task.last_status != "RUNNING" or task.execution_stopped_at is not None:
            return
        container.last_status, container.exit_code, container.reason = "STOPPED", exit_code, reason
        if container.essential:
            self._end_execution(task, killed=False)
            if task.wanted:
                self._later(task, self._draw(task, NOTICE_SECONDS), self._notice_exit)
            else:  # a Spot notice came first: its code and reason stay
                self._deactivate(task)

    def _notice_exit(self, task: Task) -> None:
        self._unwanted(task, "EssentialContainerExited", ESSENTIAL_EXITED)
        self._deactivate(task)
        self.when_unwanted(task)

    def fail_to_start(self, task: Task, reason: str) -> None:
        """End a task that never ran."""
        for container in task.containers:
            container.last_status = "STOPPED"
        if reason.startswith(_CONTAINER_FAULTS):
            task.dying_container().reason = reason
        self._unwanted(task, "TaskFailedToStart", reason)
        self._deprovision(task)
        self.when_unwanted(task)

    def stop(self, task: Task, code: str, reason: str) -> None:
        """End a task from outside, now: SIGTERM, the container's time to answer, SIGKILL."""
        if not task.wanted or task.execution_stopped_at is not None:
            return
        self._unwanted(task, code, reason)
        if task.last_status == "RUNNING":
            self._deactivate(task)
        else:
            for container in task.containers:
                container.last_status = "STOPPED"
            self._deprovision(task)
        self.when_unwanted(task)

    def interrupt(self, task: Task, code: str = "SpotInterruption", reason: str = SPOT_INTERRUPTED) -> None:
        """Give the two-minute notice of a Spot interruption, then stop the task."""
        if not task.wanted or task.execution_stopped_at is not None:
            return
        if task.last_status != "RUNNING":
            self.stop(task, code, reason)
            return
        self._unwanted(task, code, reason)
        self._announce(task)
        own_end = task.step
        if own_end is None or own_end.at > self._world.clock.now + SPOT_NOTICE_SECONDS:
            self._later(task, SPOT_NOTICE_SECONDS, self._deactivate)
        self.when_unwanted(task)

    def lose_host(self, task: Task, code: str, reason: str) -> None:
        """End a task whose machine is gone: nobody saw its containers exit."""
        if task.stopped_at is not None:
            return
        if task.wanted:
            self._unwanted(task, code, reason)
        self._end_execution(task, killed=True, seen=False)
        self._deprovision(task)
        self.when_unwanted(task)

    def _unwanted(self, task: Task, code: str, reason: str) -> None:
        task.desired_status = "STOPPED"
        task.stop_code, task.stopped_reason = code, reason
        task.stopping_at = self._world.clock.now

    def _deactivate(self, task: Task) -> None:
        self._change(task, "DEACTIVATING")
        self._later(task, self._draw(task, STEP_SECONDS), self._terminate)

    def _terminate(self, task: Task) -> None:
        self._change(task, "STOPPING")
        if task.execution_stopped_at is None:
            timeout = min(container.stop_timeout_seconds for container in task.containers)
            self._later(task, min(task.plan.stop_seconds, timeout), self._killed)
        else:
            self._later(task, self._draw(task, STEP_SECONDS), self._deprovision)

    def _killed(self, task: Task) -> None:
        self._end_execution(task, killed=True)
        self._deprovision(task)

    def _end_execution(self, task: Task, *, killed: bool, seen: bool = True) -> None:
        """Stop what still runs. ``seen`` tells whether an agent was there to report exit codes."""
        now = self._world.clock.now
        ran = task.started_at is not None
        for container in task.containers:
            if container.last_status == "RUNNING" and seen:
                in_time = task.plan.stop_seconds <= container.stop_timeout_seconds
                container.exit_code = task.plan.stop_exit_code if in_time else KILLED_EXIT_CODE
            container.last_status = "STOPPED"
        if ran and task.execution_stopped_at is None:
            task.execution_stopped_at = now
            if not killed and task.step is not None:
                task.step.cancel()
            self._runs.stopped(task, now)

    def _deprovision(self, task: Task) -> None:
        self._change(task, "DEPROVISIONING")
        self._later(task, self._draw(task, DETACH_SECONDS[task.launch_type]), self._finish)

    def _finish(self, task: Task) -> None:
        now = self._world.clock.now
        task.stopped_at, task.step = now, None
        if task.eni is not None:
            task.eni.status = "DELETED"
            self._world.enis.pop(task.eni.eni_id, None)
        self._world.pools.give_back(task.pool)
        if task.instance is not None:
            task.instance.tasks.pop(task.arn, None)
        if task.service is not None:
            task.service.tasks.pop(task.arn, None)
        self._change(task, "STOPPED")
        self._world.clock.after(DESCRIBABLE_SECONDS, lambda: self._forget(task))
        self.when_stopped(task)

    def _forget(self, task: Task) -> None:
        task.cluster.tasks.pop(task.arn, None)
        self._world.tasks.pop(task.arn, None)

    def _change(self, task: Task, status: str) -> None:
        task.last_status = status
        self._announce(task)

    def _announce(self, task: Task) -> None:
        task.version += 1
        task.updated_at = self._world.clock.now
        self._announcer.task(task)

    def _draw(self, task: Task, between: tuple[float, float]) -> float:
        return round(task.chance.uniform(*between), 3)

    def _later(self, task: Task, seconds: float, act: Callable[[Task], None]) -> None:
        if task.step is not None:
            task.step.cancel()
        task.step = self._world.clock.after(seconds, lambda: act(task))
