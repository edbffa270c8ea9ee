"""What a life cost and what went wrong in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from trimtab.model.digest import PERIODS_A_DAY
from trimtab.model.price import FargatePrice
from trimtab_cli.backtest.loop import InForce, in_force
from trimtab_cli.backtest.series import PERIODS_AN_HOUR, Flags, Floats, Series
from trimtab_cli.backtest.starts import cheapest_holding, sizes_of

WARM_UP_DAYS = (3, 14)
RETURN_PERIODS = 14 * PERIODS_A_DAY
RECOVERED_SHORT_MAX = 0.05


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one life, of the judged days: those with half their samples, after the warm-up.

    A kill is counted once an hour and size. Of the whole life are the last ones: ``early_kills`` in the
    warm-up; ``recovered_day``, the first without a kill and with at most 5 % of its periods short of CPU;
    ``saving_day``, the first with a cheaper size than that of the start; None where there was no such day.
    """

    days: int
    usd: float
    oracle_usd: float
    shed_vcpu: float
    wanted_vcpu: float
    short_periods: int
    periods: int
    kills: int
    kill_days: int
    deployments: int
    returns: int
    early_kills: int
    all_kills: int
    all_shed_vcpu: float
    all_wanted_vcpu: float
    recovered_day: int | None
    saving_day: int | None


def score(series: Series, sizes: Sequence[InForce], price: FargatePrice) -> Score:
    """Judge what was in force when."""
    length = len(series.vcpu)
    vcpu, memory = in_force(tuple(sizes), 0, length)
    warm = warm_up(series)
    judged_days = (np.arange(series.days) >= warm) & (series.samples >= PERIODS_A_DAY // 2)
    judged = np.repeat(judged_days, PERIODS_A_DAY)
    counted = judged & series.known
    wanted = np.nan_to_num(series.vcpu, nan=0.0)
    shed = np.maximum(wanted - vcpu, 0.0)
    short = shed > 0
    killed = series.memory_or_zero > memory if series.memory_mib is not None else np.zeros(length, dtype=bool)
    day = np.arange(length) // PERIODS_A_DAY
    usd = np.array(_usd(sizes, length, price))
    moves = _deployments(sizes)
    return Score(
        days=int(judged_days.sum()),
        usd=float(usd[judged].sum()),
        oracle_usd=float(oracle_usd(series, price)[judged_days].sum()),
        shed_vcpu=float(shed[counted].sum()),
        wanted_vcpu=float(wanted[counted].sum()),
        short_periods=int(short[counted].sum()),
        periods=int(counted.sum()),
        kills=_kills(killed & judged, sizes),
        kill_days=len(set(day[killed & judged].tolist())),
        deployments=sum(bool(judged_days[one.period // PERIODS_A_DAY]) for one in moves),
        returns=_returns(sizes, judged_days),
        early_kills=_kills(killed & (day < warm), sizes),
        all_kills=_kills(killed, sizes),
        all_shed_vcpu=float(shed.sum()),
        all_wanted_vcpu=float(wanted.sum()),
        recovered_day=_recovered(series, killed, short & series.known),
        saving_day=_first_saving(sizes, price),
    )


def warm_up(series: Series) -> int:
    """Return how many days are not judged: what a policy needs before it can be asked."""
    least, most = WARM_UP_DAYS
    return int(min(max(series.days / 3, least), most))


@cache
def oracle_usd(series: Series, price: FargatePrice) -> Floats:
    """Return for each day what the cheapest size costs that holds all of its samples, known beforehand."""
    sizes = sizes_of(series)
    daily = np.zeros(series.days)
    for day in range(series.days):
        stretch = slice(day * PERIODS_A_DAY, (day + 1) * PERIODS_A_DAY)
        cpu, memory = series.vcpu[stretch], series.memory_or_zero[stretch]
        if not np.isnan(cpu).all():
            units = float(np.nanmax(cpu)) * 1024 - 1e-9
            daily[day] = price.daily_usd(cheapest_holding(units, float(memory.max()), sizes, price))
    return daily


def _usd(sizes: Sequence[InForce], length: int, price: FargatePrice) -> Floats:
    usd = np.empty(length)
    for one in sizes:
        usd[one.period :] = price.daily_usd(one.size) / PERIODS_A_DAY
    return usd


def _deployments(sizes: Sequence[InForce]) -> list[InForce]:
    """Return the changes of size; of two in successive periods the first never ran, so they are one."""
    after = [*sizes[1:], None]
    return [
        one
        for one, later in zip(sizes, after, strict=True)
        if one.period > 0 and (later is None or later.period - one.period > 1)
    ]


def _kills(killed: Flags, sizes: Sequence[InForce]) -> int:
    """Count kills, once an hour and size in force."""
    periods = np.flatnonzero(killed)
    in_turn = np.searchsorted([one.period for one in sizes], periods, side="right")
    return len(set(zip((periods // PERIODS_AN_HOUR).tolist(), in_turn.tolist(), strict=True)))


def _returns(sizes: Sequence[InForce], judged_days: Flags) -> int:
    """Count changes to a size that was left at most 14 days before."""
    left: dict[object, int] = {}
    count = 0
    for before, one in pairwise(sizes):
        left[before.size] = one.period
        gone = left.get(one.size)
        if gone is not None and one.period - gone <= RETURN_PERIODS:
            count += int(judged_days[one.period // PERIODS_A_DAY])
    return count


def _recovered(series: Series, killed: Flags, short: Flags) -> int | None:
    bad = killed.reshape(-1, PERIODS_A_DAY).any(axis=1)
    lacking = short.reshape(-1, PERIODS_A_DAY).sum(axis=1) > RECOVERED_SHORT_MAX * series.samples
    fine = np.flatnonzero(~bad & ~lacking & (series.samples >= PERIODS_A_DAY // 2))
    return int(fine[0]) if len(fine) else None


def _first_saving(sizes: Sequence[InForce], price: FargatePrice) -> int | None:
    start = price.daily_usd(sizes[0].size)
    cheaper = (one.period for one in sizes if price.daily_usd(one.size) < start)
    first = next(cheaper, None)
    return None if first is None else first // PERIODS_A_DAY
