"""What is kept of a day of a workload's usage: enough to choose a size by, and nothing else."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Self

CPU_CLASSES: Final = (256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
"""CPU units that Fargate sells, smallest first: what a day would have lacked is kept for each.

Source: ECS Developer Guide, "Fargate task size" in task_definition_parameters (read 2026-11-22).
"""

PERIODS_A_DAY: Final = 288
"""Of 5 minutes each: the finest that CloudWatch keeps for longer than 15 days."""

DIGESTS_KEPT: Final = 42
"""Six weeks: the peak of one month's end is still known at the next, and after it."""

WARN_RATIO: Final = 0.7
"""Share of its memory above which a task is looked at before it is killed."""


@dataclass(frozen=True, slots=True)
class DayDigest:
    """A day (UTC) of one task's usage, in periods of 5 minutes.

    ``samples`` counts the periods with data. ``shed_vcpu`` has, for each of ``CPU_CLASSES``, the sum over the
    periods of the vCPU that were wanted above it, and ``short_periods`` counts those that wanted all of it.
    ``memory_peak_mib`` is the highest memory seen, at least the limit on a day with a kill; None where memory
    was not measured. ``start_peak_mib`` is the highest
    memory during the start-up after a deployment, which is in none of the others; None without one.
    ``deployed`` says whether a deployment began that day.
    """

    day: date
    samples: int
    shed_vcpu: tuple[float, ...]
    short_periods: tuple[int, ...]
    memory_peak_mib: float | None
    start_peak_mib: float | None = None
    deployed: bool = False

    @property
    def whole(self) -> bool:
        """Whether the day is known well enough to be believed alone: at least half of it."""
        return self.samples >= PERIODS_A_DAY // 2


@dataclass(frozen=True, slots=True)
class SizingHistory:
    """All that the next size of a workload is chosen by, about 2 KB.

    ``digests`` are at most ``DIGESTS_KEPT``, oldest first. ``last_move`` is the day of the last change of
    size. ``warn_ratio`` is the share of the memory at which to look next.
    """

    digests: tuple[DayDigest, ...] = ()
    last_move: date | None = None
    warn_ratio: float = WARN_RATIO
    waits_since: date | None = None
    """Since when a cheaper size waits for the team's next deployment; None when none does."""

    @property
    def last_day(self) -> date | None:
        """The newest day that is known."""
        return self.digests[-1].day if self.digests else None

    def between(self, first: date, last: date) -> Self:
        """Keep only what is known of the days from ``first`` to ``last``."""
        return replace(self, digests=tuple(d for d in self.digests if first <= d.day <= last))

    def with_day(self, digest: DayDigest) -> Self:
        """Add a finished day; the day's early warnings are over."""
        others = tuple(d for d in self.digests if d.day != digest.day)
        digests = tuple(sorted((*others, digest), key=lambda d: d.day))[-DIGESTS_KEPT:]
        return replace(self, digests=digests, warn_ratio=WARN_RATIO)

    def moved(self, day: date) -> Self:
        """Remember that the size was changed on a day; early warnings were of the size before."""
        return replace(self, last_move=day, warn_ratio=WARN_RATIO)

    def warned(self, warn_ratio: float) -> Self:
        """Remember at which share of the memory to look next today."""
        return replace(self, warn_ratio=warn_ratio)
