"""A backtest as a whole: figures by group and policy, and how each compares."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from trimtab_cli.backtest.compare import Ratio, ratios
from trimtab_cli.backtest.figures import Figures, figures
from trimtab_cli.backtest.run import AGAINST, Life
from trimtab_cli.backtest.series import Series

WITH_MEMORY, WITHOUT_MEMORY = "with memory", "CPU only"


@dataclass(frozen=True, slots=True)
class Row:
    """One policy in one group; ``against`` is None for the rival itself, and where it was not lived."""

    policy: str
    figures: Figures
    against: Mapping[str, Ratio] | None


@dataclass(frozen=True, slots=True)
class Group:
    """Series that are added up together."""

    name: str
    series: int
    judged_days: int
    rows: tuple[Row, ...]


def groups(series: Sequence[Series], lives: Mapping[str, Sequence[Life]], by_source: bool) -> list[Group]:
    """Add up the lives of all policies: series with memory, those without, and each source where asked."""
    numbers: dict[str, list[int]] = {}
    for number, one in enumerate(series):
        kind = WITH_MEMORY if one.memory_mib is not None else WITHOUT_MEMORY
        numbers.setdefault(kind, []).append(number)
    if by_source:
        for number, one in enumerate(series):
            numbers.setdefault(one.source, []).append(number)
    return [_group(name, chosen, lives) for name, chosen in numbers.items()]


def _group(name: str, numbers: Sequence[int], lives: Mapping[str, Sequence[Life]]) -> Group:
    chosen = {policy: [all_[n] for n in numbers] for policy, all_ in lives.items()}
    rows = tuple(
        Row(policy, figures(some), None if policy == AGAINST else _against(some, chosen.get(AGAINST)))
        for policy, some in chosen.items()
    )
    judged = sum(life.over_score.days for life in next(iter(chosen.values())))
    return Group(name, len(numbers), judged, rows)


def _against(ours: Sequence[Life], others: Sequence[Life] | None) -> Mapping[str, Ratio] | None:
    if others is None:
        return None
    return ratios([life.over_score for life in ours], [life.over_score for life in others])


def as_json(found: Sequence[Group], cadence: str, price_basis: str, cut_off: bool) -> dict[str, Any]:
    """Return the backtest as documented in docs/backtest.md."""
    return {
        "cadence": cadence,
        "price_basis": price_basis,
        "usage_cut_off": cut_off,
        "against": AGAINST,
        "groups": [
            {
                "name": group.name,
                "series": group.series,
                "judged_days": group.judged_days,
                "policies": [
                    {
                        "policy": row.policy,
                        **asdict(row.figures),
                        "against": None
                        if row.against is None
                        else {name: asdict(ratio) for name, ratio in row.against.items()},
                    }
                    for row in group.rows
                ],
            }
            for group in found
        ],
    }
