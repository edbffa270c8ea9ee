"""What may go wrong tomorrow at a size: CPU that is not there, and a kill for memory."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log
from typing import Final, Self

from trimtab.model.digest import CPU_CLASSES, DayDigest

HALF_LIFE_DAYS: Final = 14
WEIGHT_MIN: Final = 0.3
"""A day counts half as much after two weeks, and never less than this: last month still tells."""

NOISE_PRIOR: Final = 0.05
NOISE_PRIOR_DAYS: Final = 3
"""What a workload's own noise is taken for until its peaks tell: 5 %, worth three days."""

PEAKS_SHARE: Final = 4
"""A workload's noise is read from the largest quarter of its peaks."""

WIDE_NOISE: Final = 0.5
WIDE_NOISE_MIB: Final = 1000.0
"""Some days are not like those before them: half of these in proportion, half by about a GB, since what
takes a small service by surprise is of absolute size. By proportion alone there are a sixth more days with a
kill."""

SURPRISE: Final = 1.5
SURPRISE_SHARE: Final = 0.12
SURPRISE_DAYS: Final = 42
"""A day that uses half as much again as any before it was a surprise. One in eight is taken for one until six
weeks tell: a service that stays as it is does not pay for those that do not."""


@dataclass(frozen=True, slots=True)
class Risk:
    """Past days as a forecast of the next one.

    ``shed_vcpu`` is, for each of ``CPU_CLASSES``, the mean vCPU that a task would lack, ``short_ratio`` the
    share of the time in which it would want all of it. ``peaks`` are the days' memory peaks (MiB) with the
    days' weights: tomorrow's peak is one of them with noise.
    """

    shed_vcpu: tuple[float, ...]
    short_ratios: tuple[float, ...]
    peaks: tuple[tuple[float, float], ...]
    noise: float
    surprises: float
    weight: float

    @classmethod
    def after(cls, digests: Sequence[DayDigest], today: date) -> Self:
        """Read the days before ``today``."""
        weighed = [(_weight((today - d.day).days - 1), d) for d in digests]
        samples = sum(weight * d.samples for weight, d in weighed)
        numbers, samples = range(len(CPU_CLASSES)), samples or 1.0
        shed = tuple(sum(weight * d.shed_vcpu[n] for weight, d in weighed) / samples for n in numbers)
        short = tuple(sum(weight * d.short_periods[n] for weight, d in weighed) / samples for n in numbers)
        peaks = tuple((d.memory_peak_mib, weight) for weight, d in weighed if d.memory_peak_mib)
        highest = [peak for peak, _ in peaks]
        noise = _noise([log(peak) for peak in highest])
        return cls(shed, short, peaks, noise, _surprises(highest), sum(weight for _, weight in peaks))

    def out_of_memory(self, memory_mib: float) -> float:
        """Return the chance that tomorrow's peak passes ``memory_mib``; 0 where memory is not measured."""
        if not self.peaks:
            return 0.0
        return sum(weight * self.beyond(memory_mib, peak) for peak, weight in self.peaks) / self.weight

    def beyond(self, memory_mib: float, peak_mib: float) -> float:
        """Return the chance that noise carries a peak beyond ``memory_mib``: mostly the workload's own."""
        distance = log(memory_mib / peak_mib)
        wide = _tail(distance / WIDE_NOISE) + _tail((memory_mib - peak_mib) / WIDE_NOISE_MIB)
        return (1 - self.surprises) * _tail(distance / self.noise) + self.surprises / 2 * wide

    def shed_ratio(self, cpu_units: int) -> float:
        """Return the share of a size's CPU that a task would lack on average.

        Between two classes it is read from the straight line, which is never too little: what is lacked
        falls ever more slowly with size.
        """
        return self._shed(cpu_units) * 1024 / cpu_units

    def short_ratio(self, cpu_units: int) -> float:
        """Return the share of the time in which a task wants all of a size's CPU, or more."""
        above = bisect_left(CPU_CLASSES, cpu_units)
        if above < len(CPU_CLASSES) and CPU_CLASSES[above] == cpu_units:
            return self.short_ratios[above]
        return self.short_ratios[above - 1] if above else 1.0

    def _shed(self, cpu_units: int) -> float:
        above = bisect_left(CPU_CLASSES, cpu_units)
        if above == len(CPU_CLASSES):
            return self.shed_vcpu[-1]
        lacked, larger = self.shed_vcpu[above], CPU_CLASSES[above]
        if larger == cpu_units:
            return lacked
        if above == 0:
            return lacked + (larger - cpu_units) / 1024
        smaller = CPU_CLASSES[above - 1]
        return lacked + (self.shed_vcpu[above - 1] - lacked) * (larger - cpu_units) / (larger - smaller)


def _weight(age_days: int) -> float:
    return float(max(0.5 ** (age_days / HALF_LIFE_DAYS), WEIGHT_MIN))


def _noise(peaks: Sequence[float]) -> float:
    """Return how far the largest peaks (logarithms) stand above the others, with the prior mixed in."""
    ordered = sorted(peaks, reverse=True)
    count = max(1, round(len(ordered) / PEAKS_SHARE))
    if len(ordered) <= count:
        return NOISE_PRIOR
    excess = sum(peak - ordered[count] for peak in ordered[:count])
    return (NOISE_PRIOR_DAYS * NOISE_PRIOR + excess) / (NOISE_PRIOR_DAYS + count)


def _surprises(peaks: Sequence[float]) -> float:
    """Return the share of days that are not like those before them, with the prior mixed in; oldest first."""
    seen = 0.0
    surprises = 0
    for peak in peaks:
        surprises += 0 < seen * SURPRISE < peak
        seen = max(seen, peak)
    days = max(len(peaks) - 1, 0)
    return (SURPRISE_DAYS * SURPRISE_SHARE + surprises) / (SURPRISE_DAYS + days)


def _tail(u: float) -> float:
    return 0.5 * exp(-u) if u > 0 else 1 - 0.5 * exp(u)
