"""The simulated ECS as one object: its API, and the hands of whoever builds a scene."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trimtab_lab.ecs.announcer import Announcer
from trimtab_lab.ecs.answers import last_part
from trimtab_lab.ecs.behaviour import Behaviour, Plan
from trimtab_lab.ecs.capacity_providers import CapacityProviders
from trimtab_lab.ecs.clusters import Clusters
from trimtab_lab.ecs.container_instance import ContainerInstance
from trimtab_lab.ecs.container_instances import ContainerInstances
from trimtab_lab.ecs.deployment_alarms import FIRING, ListenedAlarms
from trimtab_lab.ecs.deployments import Deployments
from trimtab_lab.ecs.growth import Growth
from trimtab_lab.ecs.launcher import Launcher
from trimtab_lab.ecs.lifecycle import Lifecycle
from trimtab_lab.ecs.placement import Placement
from trimtab_lab.ecs.pools import Pools
from trimtab_lab.ecs.protection import Protection
from trimtab_lab.ecs.rates import BUCKETS
from trimtab_lab.ecs.resource_tags import ResourceTags
from trimtab_lab.ecs.rollout import Rollout
from trimtab_lab.ecs.run_task import RunTask
from trimtab_lab.ecs.scheduler import Scheduler
from trimtab_lab.ecs.services import Services
from trimtab_lab.ecs.shrinkage import Shrinkage
from trimtab_lab.ecs.stopping import KILLED_EXIT_CODE, MEMORY_KILL, Stopping
from trimtab_lab.ecs.task import Task
from trimtab_lab.ecs.task_definitions import TaskDefinitions
from trimtab_lab.ecs.tasks import Tasks
from trimtab_lab.ecs.update_service import UpdateService
from trimtab_lab.ecs.watch import Runs, TaskRun, TaskWatcher
from trimtab_lab.ecs.world import World
from trimtab_lab.rate_limits import Operation, RateLimits

if TYPE_CHECKING:
    from trimtab_lab.lab import Lab

MAINTENANCE = "ECS is performing maintenance on the underlying infrastructure hosting the task"


class Ecs:
    """Amazon ECS in a laboratory. Making one registers it for ``ecs`` calls.

    Attributes:
        world: Everything that exists; read it in tests and measurements, change it by calls.
        pools: Supply of capacity: ``pools.set_supply("FARGATE_SPOT", 0)``.
        rate_limits: API throttling; ``with ecs.rate_limits.off(): ...`` to build a scene.
    """

    def __init__(self, lab: "Lab") -> None:
        self.world = World(lab)
        self.runs = Runs()
        self._announcer = Announcer(self.world)
        self._stopping = Stopping(self.world, self._announcer, self.runs)
        self._lifecycle = Lifecycle(self.world, self._announcer, self.runs, self._stopping)
        self._launcher = Launcher(self.world, Placement(self.world), self._lifecycle)
        self._rollout = Rollout(self.world, self._announcer)
        growth = Growth(self.world, self._announcer, self._launcher)
        shrinkage = Shrinkage(self.world, self._announcer, self._stopping)
        self._scheduler = Scheduler(self.world, self._announcer, self._rollout, growth, shrinkage)
        self._lifecycle.when_running = self._scheduler.task_running
        self._stopping.when_unwanted = self._scheduler.task_unwanted
        self._stopping.when_stopped = self._scheduler.task_stopped
        self.rate_limits = RateLimits(lab.clock, BUCKETS)
        self._serve(lab)

    def _serve(self, lab: "Lab") -> None:
        world, scheduler, rollout = self.world, self._scheduler, self._rollout
        self._instances = ContainerInstances(world, self._announcer, self._stopping, scheduler)
        self._updates = UpdateService(world, self._announcer, scheduler, rollout)
        rooms = (
            CapacityProviders(world),
            Clusters(world),
            self._instances,
            TaskDefinitions(world),
            Services(world, scheduler, rollout),
            self._updates,
            Deployments(world, scheduler, rollout),
            RunTask(world, self._launcher),
            Tasks(world, self._stopping),
            Protection(world, scheduler),
            ResourceTags(world),
        )
        everything = {name: act for room in rooms for name, act in room.operations.items()}
        self.operations: Mapping[str, Operation] = self.rate_limits.limited(everything)
        lab.serve("ecs", self)

    @property
    def pools(self) -> Pools:
        """Return the supply of capacity."""
        return self.world.pools

    @property
    def duplicate_event_ratio(self) -> float:
        """Return the share of events that are published twice."""
        return self._announcer.duplicate_ratio

    @duplicate_event_ratio.setter
    def duplicate_event_ratio(self, ratio: float) -> None:
        self._announcer.duplicate_ratio = ratio

    def behave(self, family: str, behaviour: Behaviour | Plan) -> None:
        """Let tasks of a family behave so, from their next start on."""
        self.world.behaviours.of_family(family, behaviour)

    def behave_image(self, pattern: str, behaviour: Behaviour | Plan) -> None:
        """Let tasks with such an image (``*:broken``) behave so; this goes before the family."""
        self.world.behaviours.of_image(pattern, behaviour)

    def watch_alarms(self, alarms: ListenedAlarms) -> None:
        """Let deployments fail by these alarms where their service says so."""
        self.world.alarms = alarms

        def hear(name: str, state: str) -> None:
            if state == FIRING:
                for service in self._rollout.alarm_fired(name):
                    self._scheduler.wake(service)

        alarms.listen(hear)

    def watch(self, watcher: TaskWatcher) -> None:
        """Tell ``watcher`` when containers begin and end to run."""
        self.runs.watch(watcher)

    def running_intervals(self, cluster: str, service: str) -> list[TaskRun]:
        """Return when which tasks of a service ran, past ones too, in order of their start."""
        return self.runs.of_service(cluster, service)

    def task(self, arn: str) -> Task:
        """Return the record of a describable task; KeyError when there is none."""
        return self.world.tasks[arn]

    def container_insights(self, cluster: str) -> str:
        """Return what a cluster has switched on: ``disabled``, ``enabled`` or ``enhanced``."""
        settings = self.world.clusters[cluster].settings
        return next((one["value"] for one in settings if one["name"] == "containerInsights"), "disabled")

    def images(self, task_definition_arn: str) -> list[str]:
        """Return the images of a revision's containers; empty when there is no such revision."""
        definition = self.world.find_definition(task_definition_arn)
        return [container["image"] for container in definition.containers] if definition else []

    def kill_for_memory(self, task_arn: str, container: str | None = None) -> None:
        """Let the kernel kill a container that used more memory than it may."""
        task = self.task(task_arn)
        named = (one for one in task.containers if one.name == container)
        victim = next(named, None) or task.dying_container()
        self._stopping.exit(task, victim, KILLED_EXIT_CODE, MEMORY_KILL)

    def crash(self, task_arn: str, exit_code: int = 1, reason: str | None = None) -> None:
        """Let the first essential container of a running task exit now."""
        task = self.task(task_arn)
        self._stopping.exit(task, task.dying_container(), exit_code, reason)

    def stop(self, task_arn: str, code: str, reason: str) -> None:
        """Stop a task as ECS does, with a stop code and text of the scene's author."""
        self._stopping.stop(self.task(task_arn), code, reason)

    def retire(self, task_arn: str) -> None:
        """Stop a task for maintenance of the machine below it."""
        self.stop(task_arn, "ServiceSchedulerInitiated", MAINTENANCE)

    def interrupt_spot(self, what: str | float, pool: str = "FARGATE_SPOT") -> list[str]:
        """Interrupt one task (by ARN) or a share (0 to 1) of a pool's running tasks.

        Returns the ARNs. Each gets the two-minute notice and is stopped two minutes later.
        """
        if isinstance(what, str):
            chosen = [self.task(what)]
        else:
            running = [t for t in self.world.tasks.values() if t.pool == pool and t.running]
            chance = self.world.lab.random(f"ecs/spot/{pool}/{self.world.clock.now}")
            share = what * len(running)
            count = int(share) + (chance.random() < share - int(share))  # right on average
            chosen = chance.sample(running, count)
        for task in chosen:
            self._stopping.interrupt(task)
        return [task.arn for task in chosen]

    def add_container_instance(
        self, cluster: str, cpu_units: int = 2048, memory_mib: int = 7680, *,
        capacity_provider: str | None = None, instance_type: str = "m5.large",
        availability_zone: str | None = None, enis: int = 2,
    ) -> str:  # fmt: skip
        """Register an EC2 machine in a cluster and return its container instance ARN."""
        zone = availability_zone or f"{self.world.lab.region}a"
        room = self._instances
        made = room.add(
            self.world.cluster(cluster), cpu_units, memory_mib, capacity_provider, instance_type, zone, enis
        )
        return made.arn

    def drain_host(self, instance_arn: str) -> None:
        """Set a container instance to DRAINING."""
        self._instances.drain(self._instance(instance_arn))

    def terminate_host(self, instance_arn: str) -> None:
        """Terminate a container instance's machine, with all tasks on it."""
        self._instances.terminate(self._instance(instance_arn))

    def scale(self, cluster: str, service: str, desired_count: int) -> None:
        """Set a desired count as Application Auto Scaling does: no call of the team's own."""
        found = self.world.service(self.world.cluster(cluster), last_part(service))
        self._updates.scale(found, desired_count)

    def _instance(self, arn: str) -> ContainerInstance:
        return next(c.instances[arn] for c in self.world.clusters.values() if arn in c.instances)
