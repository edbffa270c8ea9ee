"""Amazon CloudWatch: how much services use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import isnan, nan
from typing import TYPE_CHECKING, Final

from trimtab.adapters.metric_series import PERIOD, Series, read_series, stat_query
from trimtab.model.service import Service
from trimtab.model.usage import CPU, CPU_MAXIMUM, MEMORY, SERIES, ServiceUsage, UsagePoints

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

MINUTE: Final = timedelta(minutes=1)

METRICS: Final = {
    CPU: ("CPUUtilization", "Average"),
    CPU_MAXIMUM: ("CPUUtilization", "Maximum"),
    MEMORY: ("MemoryUtilization", "Maximum"),
}
"""CloudWatch bills each series of a service as a metric requested: none is read for nothing."""


class CloudWatchUsage:
    """The port ``UsageReader``: CloudWatch's free ``AWS/ECS`` metrics, Container Insights for jobs."""

    def __init__(self, client: CloudWatchClient) -> None:
        self._client = client

    def since(self, starts: Mapping[Service, datetime], end: datetime) -> Mapping[str, ServiceUsage]:
        """Return by ARN the usage of each service's tasks from its own start to ``end``.

        A service whose start is not before ``end`` has used nothing yet, and CloudWatch refuses to be asked.
        """
        found = {s.arn: _usage((), (), start, end) for s, start in starts.items() if start >= end}
        for service, series, _ in self._read(starts, end, (CPU, MEMORY)):
            found[service.arn] = _usage(series[CPU], series[MEMORY], starts[service], end)
        return found

    def points(
        self, starts: Mapping[Service, datetime], end: datetime, series: Sequence[str] = SERIES
    ) -> Iterator[tuple[Service, UsagePoints]]:
        """Yield each service with what CloudWatch told of it from its own start to ``end``, as it was told.

        A few services at a time: six weeks of a whole fleet are more than a function can hold.
        """
        for service, told, whole in self._read(starts, end, series):
            start = starts[service]
            cpu, cpu_maximum, memory = (
                tuple((at, percent / 100) for at, percent in told.get(name, ()) if at >= start)
                for name in SERIES
            )
            yield service, UsagePoints(cpu, cpu_maximum, memory, whole)

    def memory_of_family(self, cluster: str, family: str, start: datetime, end: datetime) -> float | None:
        """Return how full the memory of a family's tasks was on the mean, in the fullest minute; 1.0 is all.

        None where Container Insights of the cluster is off: then there is no such metric.

        Source: CloudWatch User Guide, Container-Insights-metrics-ECS (read 2026-11-22).
        """
        where = {"ClusterName": cluster, "TaskDefinitionFamily": family}
        queries = [
            stat_query(name, "ECS/ContainerInsights", metric, "Average", where, MINUTE)
            for name, metric in (("used", "MemoryUtilized"), ("reserved", "MemoryReserved"))
        ]
        answer = self._client.get_metric_data(
            MetricDataQueries=queries,  # type: ignore[arg-type]
            StartTime=start,
            EndTime=end,
        )
        told = {
            result["Id"]: dict(zip(result["Timestamps"], result["Values"], strict=True))
            for result in answer["MetricDataResults"]
        }
        used, reserved = told.get("used", {}), told.get("reserved", {})
        ratios = [used[at] / reserved[at] for at in used if reserved.get(at, 0) > 0]
        return nan if any(isnan(ratio) for ratio in ratios) else max(ratios, default=None)

    def _read(
        self, starts: Mapping[Service, datetime], end: datetime, names: Sequence[str]
    ) -> Iterator[tuple[Service, Series, bool]]:
        asked = {name: METRICS[name] for name in names}
        return read_series(self._client, starts, end, "AWS/ECS", asked, _where)


def _where(service: Service) -> Mapping[str, str]:
    return {"ClusterName": service.cluster, "ServiceName": service.name}


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
