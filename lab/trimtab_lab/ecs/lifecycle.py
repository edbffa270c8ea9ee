"""The way of a task up to RUNNING, and how it leaves it by itself."""

from collections.abc import Callable

from trimtab_lab.ecs.announcer import Announcer
from trimtab_lab.ecs.networking import attach, zone_of
from trimtab_lab.ecs.stopping import Stopping
from trimtab_lab.ecs.task import Task
from trimtab_lab.ecs.watch import Runs
from trimtab_lab.ecs.world import World

# AWS publishes no times. These are what measured Fargate starts look like, in seconds.
ENI_SECONDS = (6.0, 14.0)
ACCEPT_SECONDS = (0.5, 3.0)
PULL_AND_START_SECONDS = (10.0, 35.0)
EC2_START_FACTOR = 0.4  # images are often on the machine already
PULL_SHARE = 0.75  # of the time from the begin of the pull to RUNNING


class Lifecycle:
    """Moves tasks along: PROVISIONING, PENDING, ACTIVATING, RUNNING."""

    def __init__(self, world: World, announcer: Announcer, runs: Runs, stopping: Stopping) -> None:
        self._world, self._announcer, self._runs, self._stopping = world, announcer, runs, stopping
        self.when_running: Callable[[Task], None] = lambda task: None

    def begin(self, task: Task) -> None:
        """Take a task that has been placed and start it."""
        task.plan = self._world.behaviours.plan(task)
        task.updated_at = self._world.clock.now
        self._choose_zone(task)
        if task.network is not None:
            self._announcer.task(task)
            self._later(task, self._draw(task, ENI_SECONDS), self._attached)
        else:
            task.last_status = "PENDING"
            self._announcer.task(task)
            self._later(task, self._draw(task, ACCEPT_SECONDS), self._pull)

    def _choose_zone(self, task: Task) -> None:
        region = self._world.lab.region
        if task.instance is not None:
            task.availability_zone = task.instance.availability_zone
        if task.network is not None:
            task.eni = attach(task, task.network, region, task.availability_zone)
            task.eni.status = "ATTACHING"
            task.availability_zone = task.availability_zone or zone_of(region, task.eni.subnet_id)

    def _attached(self, task: Task) -> None:
        if task.eni is not None:
            task.eni.status = "ATTACHED"
            self._world.enis[task.eni.eni_id] = task.eni
        self._change(task, "PENDING")
        self._later(task, self._draw(task, ACCEPT_SECONDS), self._pull)

    def _pull(self, task: Task) -> None:
        seconds = task.plan.start_seconds
        if seconds is None:
            seconds = self._draw(task, PULL_AND_START_SECONDS)
            seconds *= EC2_START_FACTOR if task.launch_type != "FARGATE" else 1
        now = self._world.clock.now
        task.connected_at = now
        task.pull_started_at = now
        self._change(task, "ACTIVATING")
        if task.plan.start_failure is not None:
            self._later(task, seconds, self._fail)
        else:
            self._later(task, seconds, self._run)

    def _fail(self, task: Task) -> None:
        self._stopping.fail_to_start(task, task.plan.start_failure or "Task failed to start")

    def _run(self, task: Task) -> None:
        now = self._world.clock.now
        begun = task.pull_started_at or now
        task.pull_stopped_at = begun + PULL_SHARE * (now - begun)
        task.started_at = now
        for container in task.containers:
            container.last_status = "RUNNING"
        if task.plan.run_seconds is not None:
            self._later(task, task.plan.run_seconds, self._stopping.exit_by_plan)
        else:
            task.step = None
        self._runs.started(task, now)
        self._change(task, "RUNNING")
        self.when_running(task)

    def _change(self, task: Task, status: str) -> None:
        task.last_status = status
        task.version += 1
        task.updated_at = self._world.clock.now
        self._announcer.task(task)

    def _draw(self, task: Task, between: tuple[float, float]) -> float:
        return round(task.chance.uniform(*between), 3)

    def _later(self, task: Task, seconds: float, act: Callable[[Task], None]) -> None:
        task.step = self._world.clock.after(seconds, lambda: act(task))
