"""What Container Insights told of a family of tasks -> digests of the days on which they ran.

What a task used is set against what it had reserved in that very period: runs of a family may differ in size,
by their revision and by overrides.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from math import isfinite
from typing import Final

from trimtab.decisions.rightsize.measured import Era, digest_days
from trimtab.model.digest import DayDigest
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize
from trimtab.model.usage import FamilyPoints, Point, UsagePoints

SEVERAL: Final = 2
"""How many tasks of a family run at once is not told: any may be hotter than their mean."""

EVEN: Final = 0.01
"""A mean of equal numbers may be off by its rounding."""


def digest_family_days(
    points: FamilyPoints, kills: Iterable[datetime], first: date, until: date
) -> tuple[DayDigest, ...]:
    """Digest the days from ``first`` to the one before ``until`` on which enough was measured.

    A day without runs, and one with less than half an hour of them, has no digest: it is not a day without
    need. Periods in which tasks of several sizes ran are left out, as nobody tells which of them used what.

    Args:
        points: As CloudWatch told them.
        kills: When tasks were killed for memory: on that day they had used all of it.
        first: First day, in UTC.
        until: Day after the last.
    """
    cpu, memory = _told(points.cpu_reserved), _told(points.memory_reserved)
    sizes = {at: _size(cpu[at], memory[at]) for at in sorted(cpu.keys() & memory.keys())}
    ratios = UsagePoints(
        _ratios(points.cpu_average, cpu),
        _ratios(points.cpu_maximum, cpu),
        _ratios(points.memory_maximum, memory),
        points.whole,
    )
    return digest_days(ratios, _eras(sizes), kills, first, until, SEVERAL, pauses=True)


def _told(points: Sequence[Point]) -> dict[datetime, float]:
    """Return what was reserved when; what cannot be, or is told in two ways, is missing."""
    told: dict[datetime, float] = {}
    for at, value in points:
        told[at] = value if told.get(at, value) == value and isfinite(value) else 0.0
    return {at: value for at, value in told.items() if value > 0}


def _ratios(points: Sequence[Point], reserved: Mapping[datetime, float]) -> tuple[Point, ...]:
    return tuple((at, value / reserved[at]) for at, value in points if at in reserved)


def _size(cpu_units: float, memory_mib: float) -> TaskSize | None:
    """Return the size that all tasks of a period had, None where the mean is that of none."""
    size = TaskSize(round(cpu_units), round(memory_mib))
    even = abs(cpu_units - size.cpu_units) < EVEN and abs(memory_mib - size.memory_mib) < EVEN
    return size if even and size in FARGATE_LINUX_SIZES else None


def _eras(sizes: Mapping[datetime, TaskSize | None]) -> tuple[Era, ...]:
    """Return which size was in force when: from the first period with it to the first with another."""
    begins: list[tuple[datetime, TaskSize | None]] = []
    for at, size in sizes.items():
        if not begins or begins[-1][1] != size:
            begins.append((at, size))
    ends = [at for at, _ in begins[1:]] + [datetime.max.replace(tzinfo=UTC)]
    return tuple(Era(at, at, at, end, size) for (at, size), end in zip(begins, ends, strict=False))
