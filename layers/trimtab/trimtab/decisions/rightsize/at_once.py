"""What cannot wait for the end of the day: a kill for memory, CPU at its limit for hours, memory near it."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Final

from trimtab.decisions.rightsize.daily import HOLD_DAYS
from trimtab.decisions.rightsize.risk import Risk
from trimtab.decisions.rightsize.tell import RULE, cost
from trimtab.model.change import Scalar
from trimtab.model.decision import Keep, Resize
from trimtab.model.digest import SizingHistory
from trimtab.model.sizing import Terms
from trimtab.model.task_size import TaskSize

KILL_TAIL: Final = 1 / 0.3
"""After a kill: twice the memory leaves a tenth of the risk (a peak's tail is that of a Pareto law)."""

CAPPED_PERIODS: Final = 48
"""Four hours of 24, of 5 minutes each, at the limit are no burst."""

WARN_STEP: Final = 1.02
WARN_MAX: Final = 0.999
"""The next look is due when memory has grown by another fiftieth."""


def after_kill(
    current: TaskSize, larger: Iterable[TaskSize], history: SizingHistory, today: date, terms: Terms
) -> TaskSize:
    """Return which of the ``larger`` sizes a task of ``current`` gets after a kill for memory.

    How much larger it is at least, and whether it is at all, is the business of ``decisions/memory_raise``.
    """
    total = _sum_of(lambda mib: (mib / current.memory_mib) ** -KILL_TAIL, history, today, terms)
    return min(larger, key=total)


def when_capped(current: TaskSize, capped_periods: int, terms: Terms) -> Keep | Resize:
    """Return the next CPU class, and the least memory with it, for a task that was at its limit for hours.

    Args:
        current: Size in force.
        capped_periods: 5-minute periods at the limit, of the last 24 hours and since the last change.
        terms: What may be chosen.
    """
    if capped_periods < CAPPED_PERIODS:
        return Keep("fits", f"Its CPU was at the limit for {capped_periods * 5} minutes of a day.")
    larger = [s for s in terms.sizes if s.holds(current) and s.cpu_units > current.cpu_units]
    if not larger:
        return _at_ceiling(current, "CPU")
    told = f"A task of {current} was at the limit of its CPU for {capped_periods / 12:.0f} of 24 hours."
    return _grown(current, min(larger), "capped", told, terms)


def near_limit(
    current: TaskSize, memory_mib: float, history: SizingHistory, today: date, terms: Terms
) -> Keep | Resize:
    """Return the size when a task uses ``memory_mib`` of ``current`` now, above ``history.warn_ratio``.

    ``Keep`` ``fits`` when more memory costs more than it is worth, or less than that is used.
    """
    if not memory_mib > history.warn_ratio * current.memory_mib:
        return Keep("fits", "Its memory is far enough from the limit.")
    risk = Risk.after(history.digests, today)
    total = _sum_of(lambda mib: risk.beyond(mib, memory_mib), history, today, terms)
    best = min((s for s in (current, *terms.sizes) if s.holds(current)), key=total)
    if best == current:
        return Keep(
            "fits", f"It uses {memory_mib:.0f} MiB of {current}, and more would cost more than it saves."
        )
    told = f"A task of {current} uses {memory_mib:.0f} MiB: a kill is likelier than it is worth."
    return _grown(current, best, "near_limit", told, terms)


def next_warning(memory_mib: float, size: TaskSize) -> float:
    """Return the share of ``size`` at which a task that uses ``memory_mib`` is looked at next today."""
    return min(WARN_STEP * memory_mib / size.memory_mib, WARN_MAX)


def _sum_of(
    today_risk: Callable[[int], float], history: SizingHistory, today: date, terms: Terms
) -> Callable[[TaskSize], tuple[float, TaskSize]]:
    """Return the sum that decides now: what a size costs a day, what it risks, and today's risk.

    Today's risk is paid for by the days for which the larger size is held.
    """
    risk = Risk.after(history.digests, today + timedelta(days=1))
    known: dict[int, float] = {}

    def total(size: TaskSize) -> tuple[float, TaskSize]:
        mib = size.memory_mib
        if mib not in known:
            known[mib] = risk.out_of_memory(mib) + today_risk(mib) / HOLD_DAYS
        return terms.price.daily_usd(size) + terms.profile.oom_usd * known[mib], size

    return total


def _at_ceiling(current: TaskSize, of_what: str) -> Keep:
    return Keep("at_ceiling", f"{current} is short of {of_what}, and no allowed size has more.")


def _grown(current: TaskSize, size: TaskSize, reason: str, told: str, terms: Terms) -> Resize:
    evidence: dict[str, Scalar] = {
        "profile": terms.profile.name,
        "oom_usd": terms.profile.oom_usd,
        "task_count": terms.task_count,
    }
    return Resize(size, RULE, reason, f"{told} It gets {size}.", evidence, cost(current, size, terms))
