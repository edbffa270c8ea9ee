"""What a workload asks of its tasks: pure functions of time and a seed.

Time is counted in cells of five minutes since the epoch. Nothing here depends on which sizes or
how many tasks are in force; ``usage.py`` sets demand against those.
"""

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

CELL_SECONDS = 300
CELLS_A_DAY = 86_400 // CELL_SECONDS
_FIRST_WEEKDAY = 3  # 1 January 1970 was a Thursday; Monday is 0
_MASK = (1 << 64) - 1


class Need(NamedTuple):
    """What is asked for in one cell, on average and at its peak.

    CPU is in units (1024 = one vCPU): of all tasks together when the demand is shared, else of
    each task. Memory is in MiB, of each task.
    """

    cpu_units: float
    cpu_peak_units: float
    memory_mib: float
    memory_peak_mib: float


class Demand(Protocol):
    """The demand of one workload."""

    @property
    def shared(self) -> bool:
        """Whether CPU is divided among the tasks that run."""
        ...

    @property
    def leak_mib_per_hour(self) -> float:
        """What each task's memory grows by as long as that task runs."""
        ...

    def at(self, cell: int) -> Need:
        """Return the need in a cell."""
        ...


def chance(salt: int, number: int) -> float:
    """Return a number in [0, 1) that looks random but only depends on the arguments."""
    mixed = (number * 0x9E3779B97F4A7C15 + salt) & _MASK
    mixed = ((mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 32)) * 0x94D049BB133111EB) & _MASK
    return ((mixed ^ (mixed >> 29)) >> 11) / (1 << 53)


def salt_of(*names: object) -> int:
    """Return the salt of a seed and names, the same in every process."""
    return zlib.crc32("/".join(map(str, names)).encode()) * 0x1_0000_0001


@dataclass(frozen=True)
class Pattern:
    """A demand made of a daily and weekly cycle, noise, spikes, growth, steps and a leak.

    Attributes:
        salt: Where its chance comes from (``salt_of``).
        cpu_units: CPU at the mean of a working day.
        memory_mib: Memory of a task at that load.
        daily_ratio: How far the peak hour lies above the mean (0.5: half as much again).
        peak_hour: Hour of the day (UTC) of the peak.
        weekend_ratio: Load on Saturday and Sunday relative to a working day.
        memory_follows_ratio: Share of the load's swing that memory follows; 0 is a flat memory.
        noise_ratio: Largest random deviation of a cell's load.
        cpu_burst_ratio: Peak over average of CPU within five minutes.
        memory_burst_ratio: The same of memory.
        spikes_per_day: How often on average a spike begins; it lasts one cell.
        spike_ratio: What a spike multiplies the load by.
        growth_per_day: Relative growth of load per day since ``since_cell``.
        since_cell: When growth begins.
        steps: Cell number to factor on load from then on; factors do not multiply up.
        leak_mib_per_hour: Memory that each task loses for good, per hour it runs.
        shared: Whether the tasks share the load; else each has the whole of it.
    """

    salt: int
    cpu_units: float
    memory_mib: float
    daily_ratio: float = 0.0
    peak_hour: float = 14.0
    weekend_ratio: float = 1.0
    memory_follows_ratio: float = 0.1
    noise_ratio: float = 0.05
    cpu_burst_ratio: float = 1.4
    memory_burst_ratio: float = 1.02
    spikes_per_day: float = 0.0
    spike_ratio: float = 3.0
    growth_per_day: float = 0.0
    since_cell: int = 0
    steps: Mapping[int, float] = field(default_factory=dict)
    leak_mib_per_hour: float = 0.0
    shared: bool = True

    @cached_property
    def _day(self) -> list[float]:
        hours = (cell * 24 / CELLS_A_DAY for cell in range(CELLS_A_DAY))
        return [1 + self.daily_ratio * math.cos((hour - self.peak_hour) / 12 * math.pi) for hour in hours]

    def at(self, cell: int) -> Need:
        """Return the need in a cell."""
        load = self._day[cell % CELLS_A_DAY]
        if (cell // CELLS_A_DAY + _FIRST_WEEKDAY) % 7 >= 5:
            load *= self.weekend_ratio
        if self.growth_per_day:
            load *= 1 + self.growth_per_day * max(cell - self.since_cell, 0) / CELLS_A_DAY
        if self.steps:
            load *= next((self.steps[at] for at in sorted(self.steps, reverse=True) if at <= cell), 1.0)
        luck = chance(self.salt, cell)
        load *= 1 + self.noise_ratio * (2 * luck - 1)
        if self.spikes_per_day and chance(self.salt + 1, cell) * CELLS_A_DAY < self.spikes_per_day:
            load *= self.spike_ratio
        memory = self.memory_mib * (1 + self.memory_follows_ratio * (load - 1))
        cpu = self.cpu_units * load
        return Need(cpu, cpu * self.cpu_burst_ratio, memory, memory * self.memory_burst_ratio)


IDLE = Pattern(salt=0, cpu_units=8, memory_mib=60, shared=False)
