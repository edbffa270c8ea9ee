"""Which size the next start of a standalone task gets: more after a kill for memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from trimtab.decisions.memory_raise import Kill, count_raises, own_limit, raise_memory, raised_limit
from trimtab.model.change import Change
from trimtab.model.decision import Keep, Resize
from trimtab.model.policy import FARGATE_POOLS, StandaloneRule
from trimtab.model.price import list_price
from trimtab.model.reading import Remembered
from trimtab.model.task import Task
from trimtab.model.task_definition import TaskDefinition, family_arn
from trimtab.model.task_size import TaskSize, smallest_holding
from trimtab.model.verdict import Owner, Verdict
from trimtab.ports import World


@dataclass(frozen=True, slots=True)
class Room:
    """The memory of the next start: ``size`` None is as it was launched; ``sentence`` says what is new."""

    size: TaskSize | None = None
    container_limit: tuple[str, int] | None = None
    sentence: str = ""


def room_to_keep(
    task: Task,
    verdict: Verdict,
    rule: StandaloneRule,
    remembered: Remembered,
    changes: Sequence[Change],
    world: World,
) -> Room:
    """Return the memory of the next start after anything but a kill for it.

    What we started keeps what it had: a raise of ours is not lost with the next stop. Any other of the
    family gets what an earlier kill has taught, while that lasts, or what its usage asks for.
    """
    size, limit = size_of(task), None
    if verdict.owner is Owner.TRIMTAB:
        limit = next((c.target.container_limit for c in changes if _started(c, task)), None)
    kept = Room(size if verdict.owner is Owner.TRIMTAB else None, limit)
    if size is None or not on_fargate(task):
        return kept
    largest = _largest(rule, world)
    for wanted_mib, why in sorted(_wanted(remembered, rule), reverse=True):
        sizes = [s for s in smallest_holding(TaskSize(size.cpu_units, wanted_mib)) if largest.holds(s)]
        if size.memory_mib < wanted_mib and sizes:
            return Room(min(sizes), limit, f"It gets {min(sizes)}: {why}")
    return kept


def _wanted(remembered: Remembered, rule: StandaloneRule) -> list[tuple[int, str]]:
    """Return how much memory a family should have, by a kill and by its usage, and what says so.

    A policy that lets memory be raised no time lets usage raise none either.
    """
    proposed_mib = remembered.proposed_mib if rule.classes.memory.raises else 0
    return [
        (remembered.floor_mib, "with less, a task of its family was killed for memory lately."),
        (proposed_mib, "so much the last plan proposed for its family, by what its runs used."),
    ]


def raised_room(
    task: Task,
    verdict: Verdict,
    rule: StandaloneRule,
    remembered: Remembered,
    changes: Sequence[Change],
    world: World,
) -> Keep | Room:
    """Return how much more memory the next start gets after a kill for it, and remember what it taught."""
    size = size_of(task)
    if size is None:
        return Keep("size_unknown", "It was killed for memory, and its size is not known.")
    definition = world.task_definitions.describe(task.task_definition_arn or "")
    if definition is None:
        return Keep("size_unknown", "It was killed for memory, and its task definition cannot be read.")
    if not on_fargate(task):
        return Keep("not_fargate", "It was killed for memory, and only sizes that Fargate sells are raised.")
    now = world.clock.now()
    container = str(verdict.evidence.get("container", ""))
    limit, others = own_limit(definition, container, task.overrides)
    kill = Kill(
        container,
        limit,
        count_raises(changes, now),
        rule.classes.memory.raises,
        others,
        max(mib for mib, _ in _wanted(remembered, rule)) if limit is None else 0,
    )
    raised = raise_memory(size, kill, _largest(rule, world), 1, list_price(definition.cpu_architecture))
    if limit is None or limit >= size.memory_mib:
        # Below its whole task's memory a container's limit says nothing of how large the task must be.
        floor = raised.size if isinstance(raised, Resize) else size
        world.control.raise_floor(family_arn(definition.arn), floor.memory_mib, now)
    if isinstance(raised, Keep):
        return raised
    others_get = _proposal(definition, raised.size)
    if limit is None:
        return Room(raised.size, None, f"{raised.sentence}{others_get}")
    new = raised_limit(limit, size, raised.size, others)
    told = f"Container {container} may use {new} MiB instead of {limit}."
    why = raised.sentence if raised.size != size else "It was killed at its own limit (two signs agree)."
    return Room(raised.size, (container, new), f"{why} {told}{others_get}")


def _proposal(definition: TaskDefinition, size: TaskSize) -> str:
    """Say what the definition would have to say: a restart is all that Trimtab gives another size to."""
    said = definition.size
    if said is None or said.holds(size):
        return ""
    return (
        f" Runs of {definition.family} that others start still get {said}: {size} in its task definition "
        "would give them what this one gets."
    )


def _largest(rule: StandaloneRule, world: World) -> TaskSize:
    ceiling = min(rule.classes.memory.memory_mib_max, world.largest.memory_mib)
    return replace(world.largest, memory_mib=ceiling)


def _started(change: Change, task: Task) -> bool:
    return change.applied.get("task") == task.task_arn


def size_of(task: Task) -> TaskSize | None:
    """Return the size of a task, None where ECS does not tell."""
    if task.cpu_units is None or task.memory_mib is None:
        return None
    return TaskSize(task.cpu_units, task.memory_mib)


def on_fargate(task: Task) -> bool:
    """Tell whether a task ran on Fargate, whose sizes Trimtab chooses from."""
    return task.launch_type == "FARGATE" or task.capacity_provider_name in FARGATE_POOLS
