"""Living many series under many policies, on all processors."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

from trimtab.model.price import FargatePrice
from trimtab.model.risk_profile import BALANCED, SAFE, SAVE, RiskProfile
from trimtab.model.sizing import Terms
from trimtab_cli.backtest.loop import Cadence, InForce, live
from trimtab_cli.backtest.ours import Ours
from trimtab_cli.backtest.rivals import RULES, Rival, Rule
from trimtab_cli.backtest.score import Score, score
from trimtab_cli.backtest.series import Series
from trimtab_cli.backtest.sizer import Sizer
from trimtab_cli.backtest.starts import over, sizes_of, under

PROFILES: Final[Mapping[str, RiskProfile]] = {profile.name: profile for profile in (SAVE, BALANCED, SAFE)}
FLOOR_DAYS: Final = 30
"""As long as a memory kill is remembered (model/keys.py)."""

WITH_FLOORS: Final = " + floors"
AGAINST: Final = "KRR+guard"
"""The rival that the others are compared with: the cheapest that recovers from every start."""


@dataclass(frozen=True, slots=True)
class Life:
    """One series under one policy, from both starts."""

    series_id: str
    over: tuple[InForce, ...]
    under: tuple[InForce, ...]
    over_score: Score
    under_score: Score


def policies() -> dict[str, Callable[[Series, FargatePrice], Sizer]]:
    """Return every policy by name: ours with and without floors from kills, then the rivals."""
    makers: dict[str, Callable[[Series, FargatePrice], Sizer]] = {}
    for suffix, floor_days in (("", 0), (WITH_FLOORS, FLOOR_DAYS)):
        for name, profile in PROFILES.items():
            makers[name + suffix] = partial(_ours, profile, floor_days)
    return makers | {rule.name: partial(_rival, rule) for rule in RULES}


def _ours(profile: RiskProfile, floor_days: int, series: Series, price: FargatePrice) -> Sizer:
    return Ours(Terms(sizes_of(series), profile, price), floor_days)


def _rival(rule: Rule, series: Series, price: FargatePrice) -> Sizer:
    return Rival(rule, sizes_of(series), price)


def live_all(
    series: Sequence[Series], names: Sequence[str], price: FargatePrice, cadence: Cadence, workers: int
) -> Iterator[tuple[str, list[Life]]]:
    """Yield for each policy the lives of all series, in their order."""
    known = policies()
    if workers < 2:
        for name in names:
            yield name, [_lives(one, known[name], price, cadence) for one in series]
        return
    with ProcessPoolExecutor(workers, initializer=_remember, initargs=(series,)) as pool:
        for name in names:
            job = partial(_numbered, name, price, cadence)
            yield name, list(pool.map(job, range(len(series)), chunksize=4))


_SERIES: list[Series] = []
"""A worker's copy, sent once and not with every job."""


def _remember(series: Sequence[Series]) -> None:
    _SERIES[:] = series


def _numbered(name: str, price: FargatePrice, cadence: Cadence, number: int) -> Life:
    return _lives(_SERIES[number], policies()[name], price, cadence)


def _lives(
    series: Series, make: Callable[[Series, FargatePrice], Sizer], price: FargatePrice, cadence: Cadence
) -> Life:
    above = live(series, make(series, price), over(series, price), cadence)
    below = live(series, make(series, price), under(series), cadence)
    return Life(series.series_id, above, below, score(series, above, price), score(series, below, price))
