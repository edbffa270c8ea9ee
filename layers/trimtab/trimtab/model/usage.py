"""How much of its size a service used."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class ServiceUsage:
    """Usage of a service's tasks since ``since``, as ratios of the size in force (1.0 is all of it).

    ``cpu_ratios`` are 5-minute averages over the tasks; ``memory_ratio_max`` is the highest single
    sample of any task, None without one. ``coverage`` is the share of 5-minute periods with data.
    """

    since: datetime
    until: datetime
    cpu_ratios: tuple[float, ...]
    memory_ratio_max: float | None
    coverage: float

    @property
    def days(self) -> float:
        """Length of the window in days."""
        return (self.until - self.since).total_seconds() / 86400


CPU, CPU_MAXIMUM, MEMORY = "cpu", "cpu_maximum", "memory"
SERIES: Final = (CPU, CPU_MAXIMUM, MEMORY)
"""What is read of a service: its mean CPU, and the highest CPU and memory of any task."""

Point = tuple[datetime, float]


@dataclass(frozen=True, slots=True)
class UsagePoints:
    """Usage of a service in periods of 5 minutes as it was told, in ratios of the size then in force.

    Nothing is cleaned: a point may be NaN, absurd, told twice or out of time. ``cpu_average`` is that of all
    its tasks, the maxima are the highest samples of any task. ``whole`` is False when CloudWatch says that
    it did not tell all.
    """

    cpu_average: tuple[Point, ...]
    cpu_maximum: tuple[Point, ...]
    memory_maximum: tuple[Point, ...]
    whole: bool = True


FamilyName = tuple[str, str]
"""Names of a cluster and of a family."""


@dataclass(frozen=True, slots=True)
class FamilyPoints:
    """Usage of a family's tasks in periods of 5 minutes as Container Insights told it; nothing is cleaned.

    CPU is in CPU units of one task, memory in MiB: ``cpu_average`` over the tasks that ran, the maxima of the
    highest minute of any of them. ``cpu_reserved`` and ``memory_reserved`` are what a task had, on the mean.
    Where no task ran there is no point. ``whole`` is False when CloudWatch says that it did not tell all.
    """

    cpu_average: tuple[Point, ...]
    cpu_maximum: tuple[Point, ...]
    memory_maximum: tuple[Point, ...]
    cpu_reserved: tuple[Point, ...]
    memory_reserved: tuple[Point, ...]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class ContainerUse:
    """What one container of a service's tasks has used: the highest of any task.

    ``memory_mib`` is the highest minute, ``cpu_units`` the highest hour on the mean of all tasks. ``days``
    (UTC) are those of which anything is known.
    """

    memory_mib: float
    cpu_units: float
    days: frozenset[date]
