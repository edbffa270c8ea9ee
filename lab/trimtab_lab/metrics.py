"""Where metric data comes from, how long it is kept, and which statistics can be asked of it."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from botocore.utils import parse_to_aware_datetime

from trimtab_lab.api_error import ApiError, NotModelled
from trimtab_lab.insights import NAMESPACE
from trimtab_lab.series import MetricSeries, PointSeries, Summary, percentile
from trimtab_lab.usage import Usage

DAY = 86_400
# API reference, GetMetricStatistics: period in seconds -> age until which it is kept (read 2026-11-22)
RETENTION = ((60, 15 * DAY), (300, 63 * DAY), (3600, 455 * DAY))
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)\Z")
Dimensions = tuple[tuple[str, str], ...]
MetricKey = tuple[str, str, Dimensions]
Point = tuple[int, float]


def invalid(code: str, message: str) -> ApiError:
    """Return one of CloudWatch's complaints about a request."""
    return ApiError(code, message)


def epoch(value: Any) -> float:
    """Return epoch seconds of a timestamp in any form that botocore takes."""
    return float(parse_to_aware_datetime(value).timestamp())


@lru_cache(maxsize=10_000)  # two metrics of each service, read again and again, have the same times
def instant(at: float) -> datetime:
    """Return an aware datetime."""
    return datetime.fromtimestamp(at, UTC)


def dimensions_of(request: Mapping[str, Any]) -> Dimensions:
    """Return the dimensions of a request in an order that does not matter."""
    return tuple(sorted((entry["Name"], entry["Value"]) for entry in request.get("Dimensions", ())))


class Metrics:
    """The metrics of the account: those of ECS services, measured, and those that were put."""

    def __init__(self, usage: Usage | None) -> None:
        self._usage = usage
        self._put: dict[MetricKey, PointSeries] = {}

    def find(self, key: MetricKey) -> MetricSeries | None:
        """Return a metric's data; exactly its dimensions must be named."""
        namespace, name, dimensions = key
        named = dict(dimensions)
        if self._usage and namespace == "AWS/ECS" and named.keys() == {"ClusterName", "ServiceName"}:
            return self._usage.series(named["ClusterName"], named["ServiceName"], name)
        if self._usage and namespace == NAMESPACE:
            measured = self._usage.insights.series(name, named)
            return measured or self._put.get(key)
        return self._put.get(key)

    def to_put(self, key: MetricKey, unit: str) -> PointSeries:
        """Return the points of a metric of one's own, made on first use."""
        return self._put.setdefault(key, PointSeries(unit))

    def known(self) -> list[MetricKey]:
        """Return every metric there is."""
        services = self._usage.service_names() if self._usage else []
        measured: list[MetricKey] = [
            ("AWS/ECS", name, (("ClusterName", cluster), ("ServiceName", service)))
            for cluster, service in services
            for name in ("CPUUtilization", "MemoryUtilization")
        ]
        insights = self._usage.insights.known() if self._usage else []
        measured += [(NAMESPACE, name, dimensions) for name, dimensions in insights]
        return measured + sorted(self._put)


def check_period(period: int) -> None:
    """Refuse a period that CloudWatch does not know; those under a minute are not simulated."""
    if period in (1, 5, 10, 20, 30):
        raise NotModelled("the laboratory keeps no metric data under a minute")
    if period <= 0 or period % 60:
        raise invalid(
            "InvalidParameterValueException", "Period must be 1, 5, 10, 20, 30, or any multiple of 60"
        )


def points(
    series: MetricSeries, statistic: str, span: tuple[float, float], period: int, now: float
) -> list[Point]:
    """Return ``(epoch second, value)`` of each period that begins in ``span`` and is still kept."""
    start, end = _rounded_start(span[0], now), int(-(-span[1] // 1))
    kept = _kept(series.between(start, end, period), period, now - start, now)
    plain = _STATISTICS.get(statistic)
    if plain is not None:
        return [(at, plain(summary)) for at, summary in kept]
    percent = float(statistic[1:])
    return [(at, percentile(summary.values, percent)) for at, summary in kept if summary.values]


def _rounded_start(start: float, now: float) -> int:
    """Round down to the resolution that data of this age has; periods count from there."""
    age = now - start
    resolution = next((seconds for seconds, kept in RETENTION if age <= kept), RETENTION[-1][0])
    return int(start // resolution * resolution)


def _kept(
    summaries: Iterator[tuple[int, Summary]], period: int, oldest_seconds: float, now: float
) -> Iterator[tuple[int, Summary]]:
    longest = max((kept for seconds, kept in RETENTION if period % seconds == 0), default=0)
    if oldest_seconds <= longest:
        return summaries
    return ((at, summary) for at, summary in summaries if now - at <= longest)


def check_statistic(statistic: str) -> None:
    """Refuse a statistic that is not simulated."""
    if statistic not in _STATISTICS and not _PERCENTILE.match(statistic):
        raise NotModelled(f"the laboratory does not simulate the statistic {statistic}")


_STATISTICS = {
    "Average": lambda summary: summary.total / summary.samples,
    "Minimum": lambda summary: summary.low,
    "Maximum": lambda summary: summary.high,
    "Sum": lambda summary: summary.total,
    "SampleCount": lambda summary: summary.samples,
}
