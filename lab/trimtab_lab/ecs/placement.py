"""Where a task goes: a Fargate pool with room, or a container instance with room."""

from collections import Counter
from dataclasses import dataclass
from random import Random

from trimtab_lab.ecs.answers import Json, last_part
from trimtab_lab.ecs.container_instance import ContainerInstance
from trimtab_lab.ecs.launch import Launch
from trimtab_lab.ecs.world import World

CAPACITY_UNAVAILABLE = (
    "Capacity is unavailable at this time. Please try again later or in a different availability zone"
)
NO_INSTANCES = "No Container Instances were found in your {where}."
_DEFAULT_SPREAD = [{"type": "spread", "field": "attribute:ecs.availability-zone"}]


@dataclass(frozen=True, slots=True)
class NoPlace:
    """A task found no place. ``reason`` is the code of events, ``text`` that of messages."""

    reason: str
    text: str
    instances: tuple[str, ...] = ()


class Placement:
    """Finds a place for one task at a time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance: Random = world.lab.random("ecs/placement")

    def find(self, launch: Launch) -> ContainerInstance | NoPlace | None:
        """Return the instance, None on Fargate, or why there is no place."""
        if not self._world.pools.has_room(launch.pool):
            reason = "RESOURCE:FARGATE" if launch.launch_type == "FARGATE" else "RESOURCE:CPU"
            return NoPlace(reason, CAPACITY_UNAVAILABLE)
        return None if launch.launch_type == "FARGATE" else self._instance(launch)

    def _instance(self, launch: Launch) -> ContainerInstance | NoPlace:
        candidates = [
            instance
            for instance in launch.cluster.instances.values()
            if instance.status == "ACTIVE"
            and instance.agent_connected
            and launch.capacity_provider in (None, instance.capacity_provider)
        ]
        if not candidates:
            where = "capacity provider" if launch.capacity_provider else "cluster"
            empty = "EMPTY CAPACITY PROVIDER" if launch.capacity_provider else "NO ACTIVE INSTANCES"
            return NoPlace(empty, NO_INSTANCES.format(where=where))
        candidates = _constrained(launch, candidates)
        if not candidates:
            return NoPlace(
                "MemberOf placement constraint unsatisfied.", "the placement constraints hold none"
            )
        eni = launch.network is not None
        fitting = [i for i in candidates if not i.lacks(launch.cpu_units, launch.memory_mib, eni=eni)]
        if not fitting:
            return _closest(launch, candidates, eni=eni)
        return self._choose(launch, fitting)

    def _choose(self, launch: Launch, fitting: list[ContainerInstance]) -> ContainerInstance:
        for rule in launch.placement_strategy or _DEFAULT_SPREAD:
            if rule["type"] == "random":
                return self._chance.choice(fitting)
            fitting = _binpack(rule, fitting) if rule["type"] == "binpack" else _spread(rule, launch, fitting)
        return fitting[0]


def _closest(launch: Launch, candidates: list[ContainerInstance], *, eni: bool) -> NoPlace:
    """Say what the nearest instance lacks: the last resource to be looked at, or the most left."""
    order = ("CPU", "MEMORY", "ENI")

    def nearness(instance: ContainerInstance) -> tuple[int, int]:
        lacking = instance.lacks(launch.cpu_units, launch.memory_mib, eni=eni) or "CPU"
        return order.index(lacking), instance.free_memory_mib

    nearest = max(candidates, key=nearness)
    lacking = nearest.lacks(launch.cpu_units, launch.memory_mib, eni=eni) or "CPU"
    what = {"CPU": "CPU units", "MEMORY": "memory", "ENI": "network interfaces"}[lacking]
    text = (
        f"The closest matching container-instance {last_part(nearest.arn)} has insufficient {what} available."
    )
    return NoPlace(f"RESOURCE:{lacking}", text, (nearest.arn,))


def _constrained(launch: Launch, candidates: list[ContainerInstance]) -> list[ContainerInstance]:
    if launch.placement_constraints:  # distinctInstance is the only one that gets here
        candidates = [
            instance
            for instance in candidates
            if not any(task.group == launch.group for task in instance.tasks.values())
        ]
    return candidates


def _binpack(rule: Json, fitting: list[ContainerInstance]) -> list[ContainerInstance]:
    by_cpu = rule.get("field", "memory").lower() == "cpu"
    least = min(i.free_cpu_units if by_cpu else i.free_memory_mib for i in fitting)
    return [i for i in fitting if (i.free_cpu_units if by_cpu else i.free_memory_mib) == least]


def _spread(rule: Json, launch: Launch, fitting: list[ContainerInstance]) -> list[ContainerInstance]:
    def place(instance: ContainerInstance) -> str:
        field = rule.get("field", "instanceId")
        return instance.availability_zone if field.endswith("availability-zone") else instance.arn

    held: Counter[str] = Counter()
    for instance in launch.cluster.instances.values():
        held[place(instance)] += sum(task.group == launch.group for task in instance.tasks.values())
    fewest = min(held[place(instance)] for instance in fitting)
    return [instance for instance in fitting if held[place(instance)] == fewest]
