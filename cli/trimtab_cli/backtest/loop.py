"""One series lived under one policy: usage is cut off at the size in force, as it is on Fargate."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from trimtab.model.digest import PERIODS_A_DAY
from trimtab.model.task_size import TaskSize
from trimtab_cli.backtest.series import PERIODS_AN_HOUR, Floats, Series
from trimtab_cli.backtest.sizer import Move, Seen, Sizer

CAPPED_RATIO = 0.97
AT_RISK_RATIO = 0.6
AT_RISK_PERIODS = 3 * PERIODS_A_DAY
"""At risk is what was at its CPU limit or above 60 % of its memory yesterday, or has moved within 3 days."""

PLAN_HOUR = 4
"""The fleet is planned at 04:00 UTC (template.yaml)."""


class Cadence(StrEnum):
    """When a policy gets to look."""

    PRODUCTION = "production"
    """Kills at once; CPU and memory each hour, five minutes late, of series at risk only; plans at 04:00."""

    EXACT = "exact"
    """Kills and memory in each period, CPU each hour, plans at midnight."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A size from a period on."""

    period: int
    size: TaskSize
    reason: str


def live(series: Series, sizer: Sizer, start: TaskSize, cadence: Cadence) -> tuple[InForce, ...]:
    """Let a policy choose the sizes of a series that begins at ``start``; return what was in force when."""
    return _Life(series, sizer, start, cadence).sizes()


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that a policy hears of at the end of a period."""

    period: int
    kind: str
    value: float = 0.0


class _Life:
    """A life in progress."""

    def __init__(self, series: Series, sizer: Sizer, start: TaskSize, cadence: Cadence) -> None:
        self._series, self._sizer, self._cadence = series, sizer, cadence
        self._sizes = [InForce(0, start, "start")]
        self._capped: dict[int, np.ndarray] = {}
        self._vcpu = np.nan_to_num(series.vcpu, nan=-1.0)
        self._memory = series.memory_or_zero
        self._heard = False
        self._risk_yesterday = False

    def sizes(self) -> tuple[InForce, ...]:
        """Live every day."""
        plan_at = PLAN_HOUR * PERIODS_AN_HOUR if self._cadence is Cadence.PRODUCTION else 0
        for day in range(self._series.days):
            begin = day * PERIODS_A_DAY
            self._events(begin, begin + plan_at, day)
            if day:
                self._see(day - 1)
            if self._heard:
                self._take(begin + plan_at, self._sizer.plan(self._series.date(day), self._size))
            self._events(begin + plan_at, begin + PERIODS_A_DAY, day)
        length = len(self._series.vcpu)
        return tuple(one for one in self._sizes if one.period < length)

    @property
    def _size(self) -> TaskSize:
        return self._sizes[-1].size

    @property
    def _since(self) -> int:
        return self._sizes[-1].period

    def _take(self, period: int, move: Move | None) -> None:
        if move is not None and move.size != self._size:
            self._sizes.append(InForce(period, move.size, move.reason))

    def _events(self, begin: int, end: int, day: int) -> None:
        """Tell the policy what happens between two periods, and let it answer each."""
        today, at = self._series.date(day), begin
        while at < end:
            event = min(self._next(at, end), key=lambda e: e.period, default=None)
            if event is None:
                return
            if event.kind == "kill":
                move = self._sizer.killed(today, self._size)
            elif event.kind == "near":
                move = self._sizer.near(today, self._size, event.value)
            else:
                move = self._sizer.capped(today, self._size, int(event.value))
            self._take(event.period + 1 + self._delay(event), move)
            at = event.period + 1

    def _delay(self, event: _Event) -> int:
        return int(self._cadence is Cadence.PRODUCTION and event.kind != "kill")

    def _next(self, begin: int, end: int) -> Iterator[_Event]:
        """Yield the first event of each kind; kills come first where two are at once."""
        limit = self._size.memory_mib
        measured = self._series.memory_mib is not None
        begin = max(begin, self._since)
        if measured and (killed := _first(self._memory[begin:end] > limit)) is not None:
            yield _Event(begin + killed, "kill")
            end = begin + killed
        warn = self._sizer.warn_ratio
        if self._cadence is Cadence.EXACT:
            if measured and warn and (near := _first(self._memory[begin:end] > warn * limit)) is not None:
                yield _Event(begin + near, "near", self._memory[begin + near])
            yield from self._capped_events(_hour_ends(begin, end))
        else:
            yield from self._hourly(begin, end, limit if measured and warn else None)

    def _hourly(self, begin: int, end: int, limit: int | None) -> Iterator[_Event]:
        """Yield what the hourly reading finds; it reads only what is at risk."""
        for hour in _hour_ends(begin, end):
            if not (self._risk_yesterday or hour - self._since <= AT_RISK_PERIODS):
                return
            first = max(hour - PERIODS_AN_HOUR, self._since)
            highest = float(self._memory[first:hour].max(initial=0.0))
            warn = self._sizer.warn_ratio
            if limit is not None and warn is not None and highest > warn * limit:
                yield _Event(hour - 1, "near", min(highest, limit))
                return
            if capped := next(self._capped_events([hour]), None):
                yield capped
                return

    def _capped_events(self, hours: list[int]) -> Iterator[_Event]:
        wanted = self._sizer.capped_periods
        if wanted is None:
            return
        count = self._capped_before()
        for hour in hours:
            periods = int(count[hour] - count[max(hour - PERIODS_A_DAY, self._since)])
            if periods >= wanted:
                yield _Event(hour - 1, "capped", periods)
                return

    def _capped_before(self) -> np.ndarray:
        """Return how many periods before each were at the limit of the CPU in force."""
        units = self._size.cpu_units
        if units not in self._capped:
            at_limit = self._vcpu >= CAPPED_RATIO * units / 1024
            self._capped[units] = np.concatenate([[0], np.cumsum(at_limit)])
        return self._capped[units]

    def _see(self, day: int) -> None:
        """Show the policy a finished day, cut off at the sizes that were in force."""
        begin, end = day * PERIODS_A_DAY, (day + 1) * PERIODS_A_DAY
        cpu, memory = in_force(self._sizes, begin, end)
        known = self._series.known[begin:end]
        limit = cpu[known]
        used = np.minimum(self._series.vcpu[begin:end][known], limit)
        observed: Floats | None = None
        self._risk_yesterday = bool((used >= CAPPED_RATIO * limit).any())
        if self._series.memory_mib is not None:
            measured = self._series.memory_mib[begin:end]
            there = ~np.isnan(measured)
            observed = np.minimum(measured[there], memory[there])
            self._risk_yesterday |= bool((observed > AT_RISK_RATIO * memory[there]).any())
        self._heard |= len(used) > 0
        self._sizer.see(Seen(self._series.date(day), used, limit, observed))


def in_force(sizes: list[InForce] | tuple[InForce, ...], begin: int, end: int) -> tuple[Floats, Floats]:
    """Return vCPU and MiB in force in each period from ``begin`` to ``end``."""
    vcpu, memory = np.empty(end - begin), np.empty(end - begin)
    until = end
    for one in reversed(sizes):
        first = max(one.period, begin)
        if first < until:
            vcpu[first - begin : until - begin] = one.size.cpu_units / 1024
            memory[first - begin : until - begin] = one.size.memory_mib
            until = first
        if one.period <= begin:
            break
    return vcpu, memory


def _first(flags: np.ndarray) -> int | None:
    number = int(flags.argmax()) if len(flags) else 0
    return number if len(flags) and flags[number] else None


def _hour_ends(begin: int, end: int) -> list[int]:
    return list(range((begin // PERIODS_AN_HOUR + 1) * PERIODS_AN_HOUR, end + 1, PERIODS_AN_HOUR))
