"""Two policies on the same series: ratios, and how far chance could have made them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab_cli.backtest.score import Score

RESAMPLES = 2000
INTERVAL_PERCENT = (2.5, 97.5)

COMPARED: Mapping[str, Callable[[Score], float]] = {
    "cost": lambda s: s.usd,
    "oom_days": lambda s: s.kill_days,
    "ooms": lambda s: s.kills,
    "shed": lambda s: s.shed_vcpu,
    "deployments": lambda s: s.deployments,
}


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of sums over series, and the interval of 95 in 100 draws of series; None: nothing to divide."""

    ratio: float | None
    low: float | None
    high: float | None


def ratios(ours: Sequence[Score], others: Sequence[Score], seed: int = 1) -> dict[str, Ratio]:
    """Return ours against others, series by series the same ones.

    The series are drawn ``RESAMPLES`` times with replacement, for both policies alike, so that what a series
    is like does not count as a difference.
    """
    draws = np.random.default_rng(seed).integers(0, len(ours), (RESAMPLES, len(ours)))
    return {name: _ratio(list(map(of, ours)), list(map(of, others)), draws) for name, of in COMPARED.items()}


def _ratio(ours: Sequence[float], others: Sequence[float], draws: np.ndarray) -> Ratio:
    one, other = np.array(ours), np.array(others)
    if not other.sum():
        return Ratio(None, None, None)
    sums, against = one[draws].sum(axis=1), other[draws].sum(axis=1)
    drawn = sums[against > 0] / against[against > 0]
    low, high = np.percentile(drawn, INTERVAL_PERCENT)
    return Ratio(float(one.sum() / other.sum()), float(low), float(high))
