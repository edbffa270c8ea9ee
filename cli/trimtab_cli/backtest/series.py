"""One task's recorded demand, on a grid of 5 minutes."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from trimtab.model.digest import PERIODS_A_DAY

PERIOD_SECONDS = 300
PERIODS_AN_HOUR = 12
DAY_SECONDS = PERIODS_A_DAY * PERIOD_SECONDS
EPOCH = date(1970, 1, 1)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Series:
    """Demand of one task from the midnight (UTC) before its first sample, in whole days.

    ``vcpu`` and ``memory_mib`` have a value for each 5-minute period, NaN where there was no sample;
    ``memory_mib`` is None where memory was not measured.
    """

    series_id: str
    source: str
    first_day: int
    vcpu: Floats
    memory_mib: Floats | None

    @property
    def days(self) -> int:
        """Number of days, partly covered ones too."""
        return len(self.vcpu) // PERIODS_A_DAY

    def date(self, day: int) -> date:
        """Return the calendar day (UTC) of a day's number."""
        return EPOCH + timedelta(days=self.first_day + day)

    def timestamp(self, period: int) -> int:
        """Return when a period begins, in epoch seconds."""
        return self.first_day * DAY_SECONDS + period * PERIOD_SECONDS

    @cached_property
    def known(self) -> Flags:
        """Whether each period has a sample."""
        return ~np.isnan(self.vcpu)

    @cached_property
    def samples(self) -> Counts:
        """Number of samples of each day."""
        return np.asarray(self.known.reshape(-1, PERIODS_A_DAY).sum(axis=1), dtype=np.int64)

    @cached_property
    def memory_or_zero(self) -> Floats:
        """Memory without gaps: what is not there passes no limit."""
        if self.memory_mib is None:
            return np.zeros(len(self.vcpu))
        return np.nan_to_num(self.memory_mib, nan=0.0)


def on_grid(series_id: str, source: str, seconds: Counts, vcpu: Floats, memory_mib: Floats | None) -> Series:
    """Return samples as periods: the mean of CPU and the highest memory of each."""
    first_day = int(seconds[0] // DAY_SECONDS)
    period = (seconds - first_day * DAY_SECONDS) // PERIOD_SECONDS
    length = (int(period[-1]) // PERIODS_A_DAY + 1) * PERIODS_A_DAY
    memory = None if memory_mib is None else _highest(period, memory_mib, length)
    return Series(series_id, source, first_day, _mean(period, vcpu, length), memory)


def _mean(period: Counts, values: Floats, length: int) -> Floats:
    known = ~np.isnan(values)
    counts = np.bincount(period[known], minlength=length)
    sums = np.bincount(period[known], weights=values[known], minlength=length)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _highest(period: Counts, values: Floats, length: int) -> Floats:
    known = ~np.isnan(values)
    highest = np.full(length, -np.inf)
    np.maximum.at(highest, period[known], values[known])
    return np.where(np.isinf(highest), np.nan, highest)
