"""Memory that is lost for good: peaks that rise from day to day and fall with each deployment."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

from trimtab.model.digest import DayDigest

DAYS_MIN: Final = 4
"""Four days that rise one after another come by chance once in 24."""

RISE_MIN: Final = 0.03
"""Of the first day's peak, over all of them: less is noise."""

FALL_MIN: Final = 0.05
"""By so much the first peak after a deployment lies below the last one before it: growth does not fall."""


def leak_mib_per_day(digests: Sequence[DayDigest]) -> float | None:
    """Return by how much the newest peaks rise a day where that looks like a leak, else None.

    The days since the last deployment count, without the day it began on; it must have brought memory down.
    """
    starts = [number for number, digest in enumerate(digests) if digest.deployed]
    if not starts or starts[-1] == 0:
        return None
    before, run = digests[starts[-1] - 1], digests[starts[-1] + 1 :]
    peaks = [digest.memory_peak_mib for digest in run if digest.memory_peak_mib is not None]
    unbroken = all(b.day - a.day == timedelta(days=1) for a, b in pairwise(run))
    if len(run) < DAYS_MIN or len(peaks) < len(run) or not unbroken or before.memory_peak_mib is None:
        return None
    rises = all(later > earlier for earlier, later in pairwise(peaks))
    if not rises or peaks[-1] < peaks[0] * (1 + RISE_MIN):
        return None
    if peaks[0] > before.memory_peak_mib * (1 - FALL_MIN):
        return None
    return (peaks[-1] - peaks[0]) / (len(peaks) - 1)
