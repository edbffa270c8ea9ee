"""Which tasks the service scheduler stops, and when it must not."""

from trimtab_lab.ecs.announcer import Announcer
from trimtab_lab.ecs.service import Service
from trimtab_lab.ecs.stopping import Stopping
from trimtab_lab.ecs.task import Task
from trimtab_lab.ecs.world import World


class Shrinkage:
    """Scale-in, and the old side of a rolling deployment."""

    def __init__(self, world: World, announcer: Announcer, stopping: Stopping) -> None:
        self._world, self._announcer, self._stopping = world, announcer, stopping

    def shrink(self, service: Service) -> None:
        """Stop what is too much, within minimumHealthyPercent and task protection."""
        surplus = self._surplus(service)
        if service.primary.rollout_state != "FAILED":
            surplus += self._replaced(service)
        now = self._world.clock.now
        allowed = [task for task in surplus if not task.protected(now)]
        if len(allowed) < len(surplus):
            self._announcer.message(service, "was unable to stop tasks because they are protected.")
        self._stop(service, allowed)

    def stop_all(self, service: Service) -> None:
        """Stop every task of a service that is being deleted."""
        self._stop(service, service.wanted_tasks())

    def _surplus(self, service: Service) -> list[Task]:
        """Tasks of the PRIMARY deployment beyond the desired count: starting ones first."""
        mine = [task for task in service.wanted_tasks(service.primary) if not task.leaving]
        beyond = max(0, len(mine) - service.desired_count)
        return sorted(mine, key=lambda task: (task.running, -task.created_at))[:beyond]

    def _replaced(self, service: Service) -> list[Task]:
        """Tasks of older deployments, and on machines being drained, that may go now."""
        primary, wanted = service.primary, service.wanted_tasks()
        old = [task for task in wanted if task.deployment is not primary or task.leaving]
        if not old:
            return []
        missing = service.desired_count - (len(wanted) - len(old))
        room = service.maximum() - len(wanted)
        cramped = room < missing or (primary.placement_failures and service.launch_type != "FARGATE")
        keep = service.minimum_healthy() if cramped else service.desired_count
        starting = [task for task in old if not task.running]
        running = [task for task in old if task.running]
        now = self._world.clock.now
        healthy = len(running) + sum(task.stable(now) for task in wanted if task not in old)
        may_go = max(0, min(len(running), healthy - keep))
        return starting + running[:may_go]

    def _stop(self, service: Service, tasks: list[Task]) -> None:
        if not tasks:
            return
        for task in tasks:
            self._stopping.stop(task, "ServiceSchedulerInitiated", _reason(service, task))
        names = " ".join(f"(task {task.id})" for task in tasks)
        self._announcer.message(service, f"has stopped {len(tasks)} running tasks: {names}.")


def _reason(service: Service, task: Task) -> str:
    if task.leaving:
        return f"Service {service.name}: container instance is in DRAINING state."
    return f"Scaling activity initiated by (deployment {service.primary.id})"
