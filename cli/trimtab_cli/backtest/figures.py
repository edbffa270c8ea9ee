"""What many lives say together."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from trimtab_cli.backtest.run import Life
from trimtab_cli.backtest.score import Score


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over series. ``oom`` and ``oom_days`` are per 1,000 days; changes and returns per 30 days.

    ``cost_to_oracle`` compares with the cheapest size that holds each day's every sample, known beforehand.
    The last four are of the starts at half of what is needed; None where there is nothing to count.
    """

    cost_to_oracle: float | None
    short_percent: float | None
    shed_percent: float | None
    oom: float | None
    oom_days: float | None
    early_oom: float
    deployments: float | None
    returns: float | None
    first_saving_day: float | None
    under_recovered_days: float | None
    under_never_percent: float
    under_oom: float
    under_shed_percent: float | None


def figures(lives: Sequence[Life]) -> Figures:
    """Add up the lives of one policy; there is at least one."""
    over, under = [life.over_score for life in lives], [life.under_score for life in lives]
    days = sum(s.days for s in over)
    savings = [s.saving_day for s in over if s.saving_day is not None]
    recovered = [s.recovered_day for s in under if s.recovered_day is not None]
    return Figures(
        cost_to_oracle=_over(sum(s.usd for s in over), sum(s.oracle_usd for s in over)),
        short_percent=_over(100 * sum(s.short_periods for s in over), sum(s.periods for s in over)),
        shed_percent=_over(100 * sum(s.shed_vcpu for s in over), sum(s.wanted_vcpu for s in over)),
        oom=_over(1000 * sum(s.kills for s in over), days),
        oom_days=_over(1000 * sum(s.kill_days for s in over), days),
        early_oom=sum(s.early_kills for s in over) / len(over),
        deployments=_over(30 * sum(s.deployments for s in over), days),
        returns=_over(30 * sum(s.returns for s in over), days),
        first_saving_day=median(savings) if savings else None,
        under_recovered_days=mean(recovered) if recovered else None,
        under_never_percent=100 * sum(s.recovered_day is None for s in under) / len(under),
        under_oom=sum(s.all_kills for s in under) / len(under),
        under_shed_percent=_all_shed(under),
    )


def _all_shed(scores: Sequence[Score]) -> float | None:
    return _over(100 * sum(s.all_shed_vcpu for s in scores), sum(s.all_wanted_vcpu for s in scores))


def _over(part: float, whole: float) -> float | None:
    return part / whole if whole else None
