"""Which size the next start of a standalone task gets: more after a kill for memory."""

from collections.abc import Sequence
from dataclasses import replace

from trimtab.decisions.memory_raise import Kill, count_raises, limit_that_stays, raise_memory
from trimtab.model.change import Change
from trimtab.model.decision import Keep, Resize
from trimtab.model.policy import FARGATE_POOLS, StandaloneRule
from trimtab.model.price import list_price
from trimtab.model.task import Task
from trimtab.model.task_size import TaskSize
from trimtab.model.verdict import Owner, Verdict
from trimtab.ports import World


def size_to_keep(
    task: Task, verdict: Verdict, rule: StandaloneRule, world: World
) -> tuple[TaskSize | None, str]:
    """Return the size of the next start after anything but a kill for memory; None: as it was launched."""
    # What we started keeps the size it had: a raise of ours is not lost with the next stop.
    return (size_of(task) if verdict.owner is Owner.TRIMTAB else None), ""


def raised_size(
    task: Task, verdict: Verdict, rule: StandaloneRule, changes: Sequence[Change], world: World
) -> Keep | Resize:
    """Return how much more memory the next start gets after a kill for it."""
    size = size_of(task)
    if size is None:
        return Keep("size_unknown", "It was killed for memory, and its size is not known.")
    definition = world.task_definitions.describe(task.task_definition_arn or "")
    if definition is None:
        return Keep("size_unknown", "It was killed for memory, and its task definition cannot be read.")
    if not on_fargate(task):
        return Keep("not_fargate", "It was killed for memory, and only sizes that Fargate sells are raised.")
    container = str(verdict.evidence.get("container", ""))
    memory = rule.classes.memory
    kill = Kill(
        container,
        limit_that_stays(definition, container, size.memory_mib, task.overrides),
        count_raises(changes, world.clock.now()),
        memory.raises,
    )
    largest = replace(world.largest, memory_mib=min(memory.memory_mib_max, world.largest.memory_mib))
    return raise_memory(size, kill, largest, 1, list_price(definition.cpu_architecture))


def size_of(task: Task) -> TaskSize | None:
    """Return the size of a task, None where ECS does not tell."""
    if task.cpu_units is None or task.memory_mib is None:
        return None
    return TaskSize(task.cpu_units, task.memory_mib)


def on_fargate(task: Task) -> bool:
    """Tell whether a task ran on Fargate, whose sizes Trimtab chooses from."""
    return task.launch_type == "FARGATE" or task.capacity_provider_name in FARGATE_POOLS
