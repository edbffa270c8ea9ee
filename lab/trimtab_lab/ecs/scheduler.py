"""The service scheduler: keeps as many tasks as wanted, of the revision wanted.

It never looks around by itself: each change that concerns a service wakes it, and it books its
own next look when only time can change something. A service at rest costs nothing.
"""

from trimtab_lab.ecs.announcer import Announcer
from trimtab_lab.ecs.cluster import Cluster
from trimtab_lab.ecs.growth import Growth
from trimtab_lab.ecs.rollout import Rollout
from trimtab_lab.ecs.service import Service
from trimtab_lab.ecs.shrinkage import Shrinkage
from trimtab_lab.ecs.task import STABLE_SECONDS, STARTING, Task
from trimtab_lab.ecs.world import World

REACT_SECONDS = 2.0  # AWS publishes none; the scheduler acts within seconds
STEADY_REPEAT_SECONDS = 6 * 3600.0  # ECS repeats the steady state message every 6 hours
_COUNTED = ("TaskFailedToStart", "EssentialContainerExited")


class Scheduler:
    """Looks after all services."""

    def __init__(
        self, world: World, announcer: Announcer, rollout: Rollout, growth: Growth, shrinkage: Shrinkage
    ) -> None:
        self._world, self._announcer, self._rollout = world, announcer, rollout
        self._growth, self._shrinkage = growth, shrinkage

    def wake(self, service: Service, seconds: float = REACT_SECONDS) -> None:
        """Look at a service in ``seconds``, or earlier if that is booked already."""
        at = self._world.clock.now + seconds
        if service.wake is not None:
            if service.wake.at <= at:
                return
            service.wake.cancel()
        service.wake = self._world.clock.at(at, lambda: self._look(service))

    def task_running(self, task: Task) -> None:
        """Take note that a task reached RUNNING."""
        if task.service is None or task.deployment is None:
            return
        task.deployment.failed_starts, task.deployment.start_after = 0, 0.0
        self.wake(task.service)

    def task_unwanted(self, task: Task) -> None:
        """Take note that a task will stop, and replace it if its service still wants it."""
        if task.service is None:
            return
        if task.stop_code in _COUNTED:
            self._count(task, task.service)
        task.service.steady = False
        self.wake(task.service)

    def task_stopped(self, task: Task) -> None:
        """Take note that a task is gone and what it held is free."""
        if task.service is not None:
            self.wake(task.service)
        if task.instance is not None:
            self.capacity_freed(task.cluster)

    def capacity_freed(self, cluster: Cluster) -> None:
        """Let services that found no place on EC2 try again."""
        for service in cluster.services.values():
            if (
                service.deployments
                and service.launch_type != "FARGATE"
                and service.primary.placement_failures
            ):
                self.wake(service, 5.0)

    def _count(self, task: Task, service: Service) -> None:
        deployment, now = task.deployment, self._world.clock.now
        if deployment is None:
            return
        if task.started_at is None:
            self._growth.throttle(service, deployment)
        ended = task.execution_stopped_at or now
        if task.started_at is None or ended - task.started_at < STABLE_SECONDS:
            healthy = any(one.stable(now) for one in service.wanted_tasks(deployment))
            self._rollout.count_failure(service, deployment, healthy_since=healthy)

    def _look(self, service: Service) -> None:
        service.wake = None
        if service.status == "DRAINING":
            self._drain(service)
            return
        if not service.scheduled or service.status != "ACTIVE":
            return
        self._retire(service)
        self._shrinkage.shrink(service)
        again = self._growth.grow(service)
        self._retire(service)
        self._settle(service)
        if again is not None:
            self.wake(service, again)
        self._await_stability(service)

    def _await_stability(self, service: Service) -> None:
        now = self._world.clock.now
        times = (task.stable_at() for task in service.wanted_tasks(service.primary))
        coming = [at for at in times if at is not None and at > now]
        if coming:
            self.wake(service, min(coming) - now)

    def _drain(self, service: Service) -> None:
        self._shrinkage.stop_all(service)
        if not service.tasks:
            service.status = "INACTIVE"
            service.deployments.clear()

    def _retire(self, service: Service) -> None:
        """Forget deployments without tasks, except the PRIMARY one."""
        alive = {id(t.deployment) for t in service.tasks.values() if t.wanted or t.last_status in _VISIBLE}
        primary = service.primary
        service.deployments = [d for d in service.deployments if d is primary or id(d) in alive]

    def _settle(self, service: Service) -> None:
        """Complete what is complete, and tell when a service has come to rest."""
        primary, now = service.primary, self._world.clock.now
        mine = service.wanted_tasks(primary)
        service.steady = service.steady and len(mine) == service.desired_count
        done = (
            len(service.deployments) == 1
            and primary.rollout_state != "FAILED"
            and len(mine) == service.desired_count
            and all(task.stable(now) for task in mine)
        )
        if not done:
            return
        if primary.rollout_state == "IN_PROGRESS":
            bakes = self._rollout.bakes_for(service)
            if bakes:
                self.wake(service, bakes)
            else:
                self._rollout.complete(service)
        if not service.steady:
            service.steady = True
            self._tell_steady(service)

    def _tell_steady(self, service: Service) -> None:
        if service.steady_repeat is not None:
            service.steady_repeat.cancel()
        service.steady_repeat = None
        if not service.steady or service.status != "ACTIVE":
            return
        self._announcer.message(service, "has reached a steady state.")
        self._announcer.action(service, "SERVICE_STEADY_STATE")
        clock = self._world.clock
        service.steady_repeat = clock.after(STEADY_REPEAT_SECONDS, lambda: self._tell_steady(service))


_VISIBLE = (*STARTING, "RUNNING")
