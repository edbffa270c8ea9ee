"""A day of measured usage -> its digest."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from trimtab.model.digest import CPU_CLASSES, DayDigest

CAPPED_RATIO: Final = 0.97
"""From this share of the CPU on a task is at its limit, and nobody knows what it wanted."""

CAPPED_WANTS: Final = 1.25
"""A task at its limit is taken to want a quarter more: less would never find the way up, more is a guess."""

SAMPLES_MIN: Final = 6
"""Half an hour: a day that shows less says nothing."""


def digest_day(
    day: date, used_vcpu: Sequence[float], limit_vcpu: Sequence[float], memory_peak_mib: float | None
) -> DayDigest | None:
    """Return what is kept of a day, None where it shows too little.

    Args:
        day: In UTC.
        used_vcpu: Mean vCPU of one task in each 5-minute period with data.
        limit_vcpu: The CPU that the task had in each of them.
        memory_peak_mib: Highest memory of the day, None where it was not measured.
    """
    if len(used_vcpu) < SAMPLES_MIN:
        return None
    wanted = [
        used * CAPPED_WANTS if used >= CAPPED_RATIO * limit else used
        for used, limit in zip(used_vcpu, limit_vcpu, strict=True)
    ]
    shed = tuple(_above(units / 1024, wanted) for units in CPU_CLASSES)
    short = tuple(sum(x >= CAPPED_RATIO * units / 1024 for x in wanted) for units in CPU_CLASSES)
    return DayDigest(day, len(wanted), shed, short, memory_peak_mib)


def _above(vcpu: float, wanted: Sequence[float]) -> float:
    return sum(x - vcpu for x in wanted if x > vcpu)
