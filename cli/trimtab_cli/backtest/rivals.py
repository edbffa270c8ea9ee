"""What other tools would choose, by their documented rules: each a window of days and a need read from it.

Named "-like": the rule is theirs, the code is not. Sources are named at each rule (read 2026-11-22).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from trimtab.model.price import FargatePrice
from trimtab.model.task_size import TaskSize
from trimtab_cli.backtest.series import Floats
from trimtab_cli.backtest.sizer import Move, Seen
from trimtab_cli.backtest.starts import cheapest_holding

Need = tuple[float, float]
"""vCPU and MiB."""

SAMPLES_MIN = 100
"""KRR asks for as many points before it answers; so do all here."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rival: ``days`` of history, what they ask for, and what it does at a kill or at the CPU limit.

    ``defer_days`` takes the highest need of so many days. ``kill_times`` and ``kill_more_mib`` give the
    memory after a kill, None for no answer; it stays a floor for ``kept_days``, like a CPU class after the
    limit.
    """

    name: str
    days: int
    need: Callable[[Sequence[Seen]], Need]
    defer_days: int = 1
    kill_times: float | None = None
    kill_more_mib: float = 0.0
    kept_days: int = 0
    capped_periods: int | None = None


class Rival:
    """One rule on one series."""

    warn_ratio: float | None = None

    def __init__(self, rule: Rule, sizes: tuple[TaskSize, ...], price: FargatePrice) -> None:
        self._rule, self._sizes, self._price = rule, sizes, price
        self.capped_periods = rule.capped_periods
        self._seen: list[Seen] = []
        self._needs: list[Need] = []
        self._floors: list[tuple[date, TaskSize]] = []

    def see(self, seen: Seen) -> None:
        """Add the day to the window."""
        self._seen = [*self._seen, seen][-self._rule.days :]

    def plan(self, today: date, size: TaskSize) -> Move | None:
        """Take the cheapest size that holds the need."""
        if sum(len(seen.vcpu) for seen in self._seen) < SAMPLES_MIN:
            return None
        self._needs = [*self._needs, self._rule.need(self._seen)][-self._rule.defer_days :]
        floors = [size for day, size in self._floors if (today - day).days < self._rule.kept_days]
        units = max([vcpu * 1024 for vcpu, _ in self._needs] + [f.cpu_units for f in floors])
        memory = max([mib for _, mib in self._needs] + [f.memory_mib for f in floors])
        return Move(cheapest_holding(units, memory, self._sizes, self._price), "need")

    def killed(self, today: date, size: TaskSize) -> Move | None:
        """Take more memory at once, where the rule has an answer to kills."""
        rule = self._rule
        if rule.kill_times is None:
            return None
        wanted = max(size.memory_mib * rule.kill_times, size.memory_mib + rule.kill_more_mib)
        self._floors.append((today, TaskSize(0, int(np.ceil(wanted)))))
        return Move(cheapest_holding(size.cpu_units, wanted, self._sizes, self._price), "out_of_memory")

    def capped(self, today: date, size: TaskSize, periods: int) -> Move | None:
        """Take the next CPU class at once."""
        larger = [s for s in self._sizes if s.holds(size) and s.cpu_units > size.cpu_units]
        if not larger:
            return None
        self._floors.append((today, TaskSize(min(larger).cpu_units, 0)))
        return Move(min(larger), "capped")

    def near(self, today: date, size: TaskSize, memory_mib: float) -> Move | None:
        """Never asked."""
        return None


def _all_vcpu(seen: Sequence[Seen]) -> Floats:
    return np.concatenate([one.vcpu for one in seen])


def _peaks(seen: Sequence[Seen]) -> list[float]:
    return [float(s.memory_mib.max()) for s in seen if s.memory_mib is not None and len(s.memory_mib)]


def _percentile_and_maximum(percent: float, cpu_times: float, memory_times: float) -> Callable[..., Need]:
    def need(seen: Sequence[Seen]) -> Need:
        vcpu = float(np.percentile(_all_vcpu(seen), percent))
        return vcpu * cpu_times, max(_peaks(seen), default=0.0) * memory_times

    return need


def _decayed_p90(seen: Sequence[Seen]) -> Need:
    """VPA: p90 of CPU samples and of daily memory peaks, weights halved every 24 hours, 15 % on top."""
    ages = np.concatenate([np.full(len(s.vcpu), len(seen) - n) for n, s in enumerate(seen)])
    vcpu = _weighted(_all_vcpu(seen), 0.5**ages, 0.90)
    peaks = _peaks(seen)
    memory = _weighted(np.array(peaks), 0.5 ** np.arange(len(peaks), 0, -1.0), 0.90) if peaks else 0.0
    return vcpu * 1.15, memory * 1.15


def _by_load(seen: Sequence[Seen]) -> Need:
    """Autopilot: the CPU below which 95 % of the load lies, halved every 12 h; the highest memory; 15 %."""
    ages = np.concatenate([np.full(len(s.vcpu), len(seen) - n) for n, s in enumerate(seen)])
    vcpu = _all_vcpu(seen)
    return _weighted(vcpu, vcpu * 0.25**ages, 0.95) * 1.15, max(_peaks(seen), default=0.0) * 1.15


def _weighted(values: Floats, weights: Floats, share: float) -> float:
    """Return the value below which ``share`` of the weight lies."""
    order = np.argsort(values)
    summed = np.cumsum(weights[order])
    if not summed[-1]:
        return float(values.max())
    return float(values[order][min(int(np.searchsorted(summed, share * summed[-1])), len(values) - 1)])


TENTH_OF_A_DAY = 29
"""5-minute periods: KRR+guard answers CPU that is at its limit for more than a tenth of a day."""

RULES = (
    Rule("KRR-like", 14, _percentile_and_maximum(95, 1.0, 1.15)),
    Rule(
        "KRR+guard",
        14,
        _percentile_and_maximum(95, 1.0, 1.15),
        kill_times=1.25,
        kept_days=14,
        capped_periods=TENTH_OF_A_DAY,
    ),
    Rule("VPA-like", 8, _decayed_p90, kill_times=1.2, kill_more_mib=100, kept_days=1),
    Rule("Autopilot window", 14, _by_load, defer_days=3, kill_times=1.25, kept_days=14),
    Rule("Compute Optimizer +20 %", 14, _percentile_and_maximum(99.5, 1.2, 1.2)),
)
"""KRR: robusta_krr/strategies/simple.py; the guard is what any tool on ECS can add. VPA: docs/flags.md and
pkg/recommender/logic. Autopilot: Rzadca et al., EuroSys 2020, 3.2. Compute Optimizer: p99.5 of CPU and the
highest memory of 14 days, as in its guide for EC2, with its headroom of 20 %."""
