"""GetMetricData: many series of many subjects, in as few calls as their points allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from trimtab.model.usage import Point

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

PERIOD: Final = timedelta(minutes=5)
POINTS_A_CALL: Final = 100_800
SERIES_A_CALL: Final = 500
"""What a call returns, and asks for, at most. Source: CloudWatch API Reference, GetMetricData (read
2026-11-22)."""

Series = dict[str, list[Point]]
Subject = TypeVar("Subject")


def read_series(
    client: CloudWatchClient,
    starts: Mapping[Subject, datetime],
    end: datetime,
    namespace: str,
    metrics: Mapping[str, tuple[str, str]],
    where: Callable[[Subject], Mapping[str, str]],
) -> Iterator[tuple[Subject, Series, bool]]:
    """Yield each subject that has a start before ``end`` with its series, and whether they are whole.

    Args:
        client: Whom to ask.
        starts: From when on to read each subject; as its call may, it is told from earlier on.
        end: Until when.
        namespace: Of the metrics.
        metrics: Metric and statistic by the name that its series has here.
        where: The dimensions of a subject.
    """
    for some in _batches(starts, end, len(metrics)):
        told: Series = {f"{name}{n}": [] for n in range(len(some)) for name in metrics}
        queries = [
            stat_query(f"{name}{n}", namespace, *metric, where(subject), PERIOD)
            for n, subject in enumerate(some)
            for name, metric in metrics.items()
        ]
        pages = client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries,  # type: ignore[arg-type]
            StartTime=min(starts[subject] for subject in some),
            EndTime=end,
            ScanBy="TimestampAscending",
        )
        status: dict[str, str] = {}
        for page in pages:
            for result in page["MetricDataResults"]:
                told[result["Id"]] += zip(result["Timestamps"], result["Values"], strict=True)
                status[result["Id"]] = result.get("StatusCode", "Complete")
        for n, subject in enumerate(some):
            late = any(at >= end for name in metrics for at, _ in told[f"{name}{n}"])  # what was not asked
            whole = not late and all(status.get(f"{name}{n}") == "Complete" for name in metrics)
            yield subject, {name: told[f"{name}{n}"] for name in metrics}, whole


def _batches(starts: Mapping[Subject, datetime], end: datetime, series: int) -> Iterator[list[Subject]]:
    """Yield subjects that one call can ask for: those that go back as far stand together."""
    some: list[Subject] = []
    for subject in sorted((s for s, start in starts.items() if start < end), key=lambda s: starts[s]):
        points = ((end - starts[some[0] if some else subject]) / PERIOD + 1) * series * (len(some) + 1)
        if some and (points > POINTS_A_CALL or (len(some) + 1) * series > SERIES_A_CALL):
            yield some
            some = []
        some.append(subject)
    if some:
        yield some


def stat_query(
    name: str, namespace: str, metric: str, statistic: str, where: Mapping[str, str], period: timedelta
) -> dict[str, Any]:
    """Return one query of GetMetricData."""
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": key, "Value": value} for key, value in where.items()],
            },
            "Period": int(period.total_seconds()),
            "Stat": statistic,
        },
    }
