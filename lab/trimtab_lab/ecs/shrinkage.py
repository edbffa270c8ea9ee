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
        mine = service.wanted_tasks(service.primary)
        draining = [task for task in mine if task.instance and task.instance.status == "DRAINING"]
        beyond = len(mine) - service.desired_count
        if beyond <= 0:
            return self._leaving(service, draining)
        return sorted(mine, key=lambda task: (task.running, -task.created_at))[:beyond]

    def _leaving(self, service: Service, draining: list[Task]) -> list[Task]:
        """Tasks on draining instances that may go now, with minimumHealthyPercent kept."""
        healthy = sum(task.running for task in service.wanted_tasks())
        running = [task for task in draining if task.running]
        may_go = max(0, healthy - service.minimum_healthy())
        return [task for task in draining if not task.running] + running[:may_go]

    def _replaced(self, service: Service) -> list[Task]:
        """Tasks of older deployments that may go now."""
        primary, wanted = service.primary, service.wanted_tasks()
        old = [task for task in wanted if task.deployment is not primary]
        if not old:
            return []
        missing = service.desired_count - (len(wanted) - len(old))
        room = service.maximum() - len(wanted)
        cramped = room < missing or (primary.placement_failures and service.launch_type != "FARGATE")
        keep = service.minimum_healthy() if cramped else service.desired_count
        starting = [task for task in old if not task.running]
        running = [task for task in old if task.running]
        healthy = sum(task.running for task in wanted)
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
    if task.instance is not None and task.instance.status == "DRAINING":
        return f"Service {service.name}: container instance is in DRAINING state."
    return f"Scaling activity initiated by (deployment {service.primary.id})"
