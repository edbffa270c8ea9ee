"""Which services are looked at every hour, and for what: reading costs money for each series."""

from datetime import date, timedelta
from typing import Final

from trimtab.model.digest import CPU_CLASSES, SizingHistory
from trimtab.model.task_size import TaskSize
from trimtab.model.usage import CPU, MEMORY

WAITS: Final = "waits"
"""Beside CPU and memory, it is looked whether the team has deployed."""

MEMORY_RATIO: Final = 0.6
"""Whoever had this share of its memory free yesterday will hardly need all of it today: a new record is
1.4 times the old one (median of the traces behind design/0007)."""

NEW_DAYS: Final = 3
"""A size that is so new has not shown yet whether it fits."""


def at_risk(history: SizingHistory, size: TaskSize, today: date) -> frozenset[str]:
    """Return what has to be looked at during the day; nothing where a size has shown that it fits.

    Args:
        history: Up to yesterday.
        size: In force.
        today: The day to look in.
    """
    waits = {WAITS} if history.waits_since else set()
    new = history.last_move is not None and (today - history.last_move).days <= NEW_DAYS
    if new or history.last_day != today - timedelta(days=1):
        return frozenset({CPU, MEMORY} | waits)
    digest = history.digests[-1]
    lacked = dict(zip(CPU_CLASSES, digest.shed_vcpu, strict=True)).get(size.cpu_units, 1.0)
    peak = digest.memory_peak_mib
    found = {CPU} if lacked > 0 else set()
    if peak is None or peak > MEMORY_RATIO * size.memory_mib:
        found.add(MEMORY)
    return frozenset(found | waits)
