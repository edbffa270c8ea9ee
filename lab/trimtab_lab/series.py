"""Metric data: what was measured when, and how to add it up."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class Summary(NamedTuple):
    """What was measured in a stretch of time, ready to be merged with others.

    ``samples`` is their number; ``values`` are raw points with their weight, for
    percentiles.
    """

    samples: float
    total: float
    low: float
    high: float
    values: tuple[tuple[float, float], ...]


def merge(summaries: list[Summary]) -> Summary:
    """Add summaries up into one."""
    if len(summaries) == 1:
        return summaries[0]
    return Summary(
        sum(summary.samples for summary in summaries),
        sum(summary.total for summary in summaries),
        min(summary.low for summary in summaries),
        max(summary.high for summary in summaries),
        tuple(value for summary in summaries for value in summary.values),
    )


class MetricSeries(Protocol):
    """The data of one metric with one set of dimensions."""

    unit: str

    def between(self, start: int, end: int, period: int) -> Iterator[tuple[int, Summary]]:
        """Yield ``(epoch second, summary)`` of each period with data in [start, end), in order.

        Periods are counted from ``start``.
        """
        ...


@dataclass(slots=True)
class PointSeries:
    """Points that were put one by one, kept by minute."""

    unit: str
    _minutes: dict[int, Summary] = field(default_factory=dict)
    _order: list[int] = field(default_factory=list)
    _sorted: bool = True

    def add(self, at: int, summary: Summary) -> None:
        """Add what was measured in the minute of ``at`` (epoch seconds)."""
        minute = at - at % 60
        if minute in self._minutes:
            self._minutes[minute] = merge([self._minutes[minute], summary])
            return
        self._sorted = self._sorted and (not self._order or minute > self._order[-1])
        self._order.append(minute)
        self._minutes[minute] = summary

    def between(self, start: int, end: int, period: int) -> Iterator[tuple[int, Summary]]:
        """Yield the periods that have data."""
        if not self._sorted:
            self._order.sort()
            self._sorted = True
        bucket: list[Summary] = []
        bucket_at = 0
        for minute in self._order[bisect_left(self._order, start) : bisect_left(self._order, end)]:
            at = minute - (minute - start) % period
            if bucket and at != bucket_at:
                yield bucket_at, merge(bucket)
                bucket = []
            bucket_at = at
            bucket.append(self._minutes[minute])
        if bucket:
            yield bucket_at, merge(bucket)


class CellSeries:
    """What tasks use, one entry per cell of ``cell_seconds``.

    An entry is the number of tasks and their average, lowest and highest value. A period shorter
    than a cell sees the values of the cell that it lies in.
    """

    _WIDTH = 4

    def __init__(self, cell_seconds: int, unit: str = "Percent") -> None:
        self._cell_seconds, self.unit = cell_seconds, unit
        self._first = 0
        self._entries = array("f")
        self._cache: dict[int, dict[int, Summary]] = {}

    def add(self, cell: int, tasks: float, average: float, low: float, high: float) -> None:
        """Append the entry of a cell; cells come in order, those without tasks may be left out."""
        if not self._entries:
            self._first = cell
        skipped = cell - self._first - len(self._entries) // self._WIDTH
        if skipped < 0:
            raise ValueError(f"cell {cell} is older than what was measured already")
        self._entries.extend([0.0] * (self._WIDTH * skipped))
        self._entries.extend((tasks, average, low, high))

    def between(self, start: int, end: int, period: int) -> Iterator[tuple[int, Summary]]:
        """Yield the periods that have data; periods of whole cells are added up once and remembered."""
        last = (self._first + len(self._entries) // self._WIDTH) * self._cell_seconds
        at = start + max(self._first * self._cell_seconds - start, 0) // period * period
        cache = self._cache.setdefault(period, {})
        until = min(end, last)
        whole_until = until - period if period >= self._cell_seconds else -1
        while at < until:
            whole = at <= whole_until
            summary = cache.get(at) if whole else None
            if summary is None:
                summary = self._summary(at, min(at + period, end), period)
                if whole and summary is not None:
                    cache[at] = summary
            if summary is not None:
                yield at, summary
            at += period

    def _summary(self, start: int, end: int, period: int) -> Summary | None:
        width, seconds, entries = self._WIDTH, self._cell_seconds, self._entries
        total = count = 0.0
        low, high = float("inf"), float("-inf")
        values: list[tuple[float, float]] = []
        first = max(start // seconds, self._first)
        until = min(-(-end // seconds), self._first + len(entries) // width)
        minutes = min(period, seconds) / 60
        if until - first == 1:  # most readings are of single cells
            tasks, average, low, high = entries[(first - self._first) * width : (until - self._first) * width]
            weight = tasks * minutes
            return Summary(weight, average * weight, low, high, ((average, tasks),)) if tasks > 0 else None
        for number in range((first - self._first) * width, (until - self._first) * width, width):
            tasks, average, least, most = entries[number : number + width]
            if tasks <= 0:
                continue
            count += tasks * minutes
            total += average * tasks * minutes
            low, high = min(low, least), max(high, most)
            values.append((average, tasks))
        return Summary(count, total, low, high, tuple(values)) if values else None


def percentile(values: tuple[tuple[float, float], ...], percent: float) -> float:
    """Return a percentile of weighted raw points: the least that ``percent`` of the weight reaches."""
    ordered = sorted(values)
    wanted = sum(weight for _, weight in ordered) * percent / 100
    for value, weight in ordered:
        wanted -= weight
        if wanted <= 1e-9:
            return value
    return ordered[-1][0]
