"""How much more memory a task gets after an out-of-memory kill, and when more would not help."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from trimtab.model.change import Change, Kind, MonthlyUsd, is_carried_out
from trimtab.model.container_sizes import application_of, claimed_mib
from trimtab.model.decision import Go, Keep, Refuse, Resize
from trimtab.model.duration import spoken
from trimtab.model.handed_size import TAKEN_UP
from trimtab.model.price import FargatePrice
from trimtab.model.task_definition import TaskDefinition
from trimtab.model.task_size import TaskSize, smallest_holding
from trimtab.model.verdict import Cause

STEP_RATIO = 1.25
STEP_MIB_MIN = 512
"""A quarter more, at least 512 MiB: enough to end most kills in one step, small enough to notice a leak."""

RAISES_MAX: Final = 2
RAISES_WINDOW: Final = timedelta(days=7)
"""So often a workload gets more memory in that time. Whatever is killed again after that leaks."""

RULE: Final = "memory_kill"


@dataclass(frozen=True, slots=True)
class Kill:
    """A kill for memory, in what matters for more of it.

    ``limit_mib`` is the container's own limit where that ended it; it stays (``limit_that_stays``) unless
    ``others_mib`` says what the other containers take: then it is raised, and the task as far as it has to.
    ``floor_mib`` is what a kill has taught that the workload needs.
    ``raises`` counts how often the workload has got more memory lately, ``raises_max`` how often it may.
    """

    container: str
    limit_mib: int | None = None
    raises: int = 0
    raises_max: int = RAISES_MAX
    others_mib: int | None = None
    floor_mib: int = 0


def raise_memory(
    current: TaskSize,
    kill: Kill,
    largest: TaskSize,
    task_count: int,
    price: FargatePrice,
    choose: Callable[[Sequence[TaskSize]], TaskSize] | None = None,
) -> Keep | Resize:
    """Choose a Fargate size with a quarter more memory (at least 512 MiB) and no less CPU.

    Args:
        current: Size in force.
        kill: What was killed.
        largest: No larger size.
        task_count: Tasks to tell the cost of.
        price: What a vCPU and a GB cost.
        choose: Chooses among the sizes that are large enough; without it the cheapest is taken.

    Returns:
        ``Resize``, or ``Keep``: ``container_limit`` when a bigger task would not help, ``raised_enough``
        after ``raises_max`` raises, ``at_memory_ceiling`` when ``largest`` or Fargate holds no such size.
    """
    if kill.limit_mib is not None and kill.others_mib is None:
        return Keep(
            "container_limit",
            f"Container {kill.container} was killed at its own limit of {kill.limit_mib} MiB, which stays "
            "whatever the task gets: more memory for the task would not help. Raise the limit in the task "
            "definition, or look for a leak.",
        )
    if kill.raises >= kill.raises_max:
        return Keep(
            "raised_enough",
            f"Memory was raised {_times(kill.raises)} in {spoken(RAISES_WINDOW)}, and a task was killed for "
            "it again: a leak is not chased. A person has to look.",
        )
    wanted = max(a_step_more(current.memory_mib), kill.floor_mib)
    if kill.limit_mib is not None and kill.limit_mib < current.memory_mib:
        wanted = max(a_step_more(kill.limit_mib) + (kill.others_mib or 0), current.memory_mib)
    sizes = [s for s in smallest_holding(TaskSize(current.cpu_units, wanted)) if largest.holds(s)]
    if not sizes:
        return Keep(
            "at_memory_ceiling",
            f"{current} was killed for memory, and a raise to {wanted} MiB would pass the ceiling of "
            f"{largest}. Look for a leak, or raise the ceiling.",
        )
    size = choose(sizes) if choose else min(sizes, key=lambda s: (price.monthly_usd(s, 1), s))
    ratio = f"{size.memory_mib / current.memory_mib:.3g} times as much"
    return Resize(
        size,
        RULE,
        "out_of_memory",
        f"A task of {current} was killed for memory (two signs agree): it gets {size}. "
        f"{current.memory_mib} → {size.memory_mib} MiB: {ratio}.",
        {
            "container": kill.container,
            "memory_mib_before": current.memory_mib,
            "memory_mib_wanted": wanted,
            "raises_before": kill.raises,
            "task_count": task_count,
        },
        MonthlyUsd(price.monthly_usd(current, task_count), price.monthly_usd(size, task_count), price.basis),
    )


def a_step_more(memory_mib: int) -> int:
    """Return the memory of one raise: a quarter more, at least 512 MiB."""
    return max(ceil(memory_mib * STEP_RATIO), memory_mib + STEP_MIB_MIN)


def raised_limit(limit_mib: int, before: TaskSize, after: TaskSize, others_mib: int) -> int:
    """Return a killed container's own limit in a raised task; one that was the whole task's stays so."""
    if limit_mib >= before.memory_mib and others_mib == 0:
        return after.memory_mib
    return min(a_step_more(limit_mib), after.memory_mib)


def own_limit(
    definition: TaskDefinition, container: str, launched: Mapping[str, Any]
) -> tuple[int | None, int]:
    """Return a container's own limit in MiB as it was launched, and what the other containers take."""
    overrides = launched.get("containerOverrides") or ()
    given = {str(one.get("name")): one.get("memory") for one in overrides}
    taken: dict[str, int] = {}
    for one in definition.containers:
        name = str(one["name"])
        taken[name] = int(given.get(name) or claimed_mib(one))
    limit = int(given.get(container) or definition.memory_limit_mib(container) or 0)
    return limit or None, sum(memory for name, memory in taken.items() if name != container)


def _times(count: int) -> str:
    return {0: "not at all", 1: "once"}.get(count, f"{count} times")


def limit_that_stays(definition: TaskDefinition, container: str, memory_mib: int) -> int | None:
    """Return a killed container's own limit in MiB where that ended it and a new revision would leave it.

    The application's own limit takes all that the task gets more; those of the other containers stay.

    Args:
        definition: What the task ran.
        container: Name of the killed container.
        memory_mib: Memory of the task.
    """
    if container == application_of(definition.containers):
        return None
    limit = definition.memory_limit_mib(container)
    return limit if limit is not None and limit < memory_mib else None


def count_raises(changes: Iterable[Change], now: datetime) -> int:
    """Count how often a workload has really got more memory after a kill, in the last week."""
    since = now - RAISES_WINDOW
    return sum(is_raise(c) and is_carried_out(c) and c.created_at > since for c in changes)


def judge_growth(
    name: str, current: TaskSize, size: TaskSize, past: Iterable[Change], now: datetime
) -> Go | Refuse:
    """Refuse more memory ahead of a kill where it has grown for whatever reason as often as raises may be.

    Args:
        name: Of the service.
        current: Size in force.
        size: Size wanted.
        past: Its Changes.
        now: The instant.
    """
    if not _more_memory(current, size):
        return Go()
    since = now - RAISES_WINDOW
    grown = sum(_grew(c) and is_carried_out(c) and c.created_at > since for c in past)
    if grown < RAISES_MAX:
        return Go()
    return Refuse(
        "grown_enough",
        f"Memory of {name} has grown {_times(grown)} in {spoken(RAISES_WINDOW)}, and it would need more: "
        "that looks like a leak, which is not chased. A person has to look; a kill still gets it more.",
    )


def _grew(change: Change) -> bool:
    base, target = change.base.size, change.target.size
    if change.kind is Kind.HAND_OVER and TAKEN_UP not in change.applied:
        return False
    return base is not None and target is not None and _more_memory(base, target)


def _more_memory(before: TaskSize, after: TaskSize) -> bool:
    """Tell whether memory is what grows, and not only the least that a larger CPU is sold with."""
    least = min(smallest_holding(TaskSize(after.cpu_units, before.memory_mib)), default=before)
    return after.memory_mib > max(before.memory_mib, least.memory_mib)


def is_raise(change: Change) -> bool:
    """Tell whether a Change gives more memory after a kill, by a revision, a hand-over or a new start."""
    if change.target.size is None:
        return False
    if change.kind is Kind.RESTART:
        return change.evidence.get("cause_class") == Cause.MEMORY.value
    return change.kind is Kind.RAISE_MEMORY or (change.kind is Kind.HAND_OVER and change.rule == RULE)
