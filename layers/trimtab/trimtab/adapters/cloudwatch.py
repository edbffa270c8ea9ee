"""Amazon CloudWatch: how much services use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import isnan, nan
from typing import TYPE_CHECKING, Any, Final

from trimtab.model.service import Service
from trimtab.model.usage import ServiceUsage

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

PERIOD: Final = timedelta(minutes=5)
SERVICES_PER_CALL: Final = 12
"""Two series of 14 days at 5 minutes are 8,064 points, and a call returns at most 100,800.

Source: CloudWatch API Reference, GetMetricData (read 2026-11-22).
"""


class CloudWatchUsage:
    """The port ``UsageReader`` on CloudWatch's free ``AWS/ECS`` metrics."""

    def __init__(self, client: CloudWatchClient) -> None:
        self._client = client

    def since(self, starts: Mapping[Service, datetime], end: datetime) -> Mapping[str, ServiceUsage]:
        """Return by ARN the usage of each service's tasks from its own start to ``end``.

        A service whose start is not before ``end`` has used nothing yet, and CloudWatch refuses to be asked.
        """
        found = {s.arn: _usage((), (), start, end) for s, start in starts.items() if start >= end}
        services = [service for service, start in starts.items() if start < end]
        for first in range(0, len(services), SERVICES_PER_CALL):
            some = services[first : first + SERVICES_PER_CALL]
            series = self._read(some, min(starts[s] for s in some), end)
            for number, service in enumerate(some):
                cpu, memory = series[f"cpu{number}"], series[f"memory{number}"]
                found[service.arn] = _usage(cpu, memory, starts[service], end)
        return found

    def _read(
        self, services: Sequence[Service], start: datetime, end: datetime
    ) -> dict[str, list[tuple[datetime, float]]]:
        queries = [
            _query(f"{name}{number}", metric, statistic, service)
            for number, service in enumerate(services)
            for name, metric, statistic in (
                ("cpu", "CPUUtilization", "Average"),
                ("memory", "MemoryUtilization", "Maximum"),
            )
        ]
        series: dict[str, list[tuple[datetime, float]]] = {str(query["Id"]): [] for query in queries}
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries,  # type: ignore[arg-type]
            StartTime=start,
            EndTime=end,
            ScanBy="TimestampAscending",
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                series[result["Id"]] += zip(result["Timestamps"], result["Values"], strict=True)
        return series


def _query(name: str, metric: str, statistic: str, service: Service) -> dict[str, Any]:
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/ECS",
                "MetricName": metric,
                "Dimensions": [
                    {"Name": "ClusterName", "Value": service.cluster},
                    {"Name": "ServiceName", "Value": service.name},
                ],
            },
            "Period": int(PERIOD.total_seconds()),
            "Stat": statistic,
        },
    }


def _usage(
    cpu: Sequence[tuple[datetime, float]],
    memory: Sequence[tuple[datetime, float]],
    start: datetime,
    end: datetime,
) -> ServiceUsage:
    """Return percent as ratios; the window is cut to ``start``, which the batch may have read past.

    NaN stays: a maximum that leaves it out would hide a fault of the metric.
    """
    cpu_ratios, memory_ratios = _ratios(cpu, start, end), _ratios(memory, start, end)
    periods = max((end - start) / PERIOD, 1)
    known = min(len(cpu_ratios), len(memory_ratios))
    highest = nan if any(isnan(ratio) for ratio in memory_ratios) else max(memory_ratios, default=None)
    return ServiceUsage(start, end, cpu_ratios, highest, min(known / periods, 1.0))


def _ratios(points: Sequence[tuple[datetime, float]], start: datetime, end: datetime) -> tuple[float, ...]:
    """Return one ratio for each moment in the window: a point told twice fills no gap, one of later none."""
    told: dict[datetime, float] = {}
    for at, percent in points:
        if start <= at < end:
            told[at] = percent if at not in told else _worse(told[at], percent)
    return tuple(percent / 100 for percent in told.values())


def _worse(one: float, other: float) -> float:
    return nan if isnan(one) or isnan(other) else max(one, other)
