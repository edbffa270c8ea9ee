"""Amazon CloudWatch: how many tasks a service has had, without Container Insights."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from trimtab.model.scaling import TaskSamples
from trimtab.model.service import Service

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

PERIOD_SECONDS: Final = 300
STATISTICS: Final = {"samples": "SampleCount", "cpu": "Average"}


class CloudWatchTaskCounts:
    """The port ``TaskCounts``: each task of a service sends its CPU, so the samples count the tasks.

    Source: ECS Developer Guide, cloudwatch-metrics, "Service RUNNING task count" (read 2026-11-22).
    """

    def __init__(self, client: CloudWatchClient) -> None:
        self._client = client

    def of(self, service: Service, start: datetime, end: datetime) -> TaskSamples:
        """Return what CloudWatch counted of a service between two instants, as it was told."""
        queries: list[Any] = [
            {"Id": name, "MetricStat": {"Metric": _metric(service), "Period": PERIOD_SECONDS, "Stat": stat}}
            for name, stat in STATISTICS.items()
        ]
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=start, EndTime=end, ScanBy="TimestampAscending"
        )
        told: dict[str, list[float]] = {name: [] for name in STATISTICS}
        for page in pages:
            for result in page["MetricDataResults"]:
                told[result["Id"]] += result["Values"]
        return TaskSamples(tuple(told["samples"]), tuple(percent / 100 for percent in told["cpu"]))


def _metric(service: Service) -> dict[str, Any]:
    return {
        "Namespace": "AWS/ECS",
        "MetricName": "CPUUtilization",
        "Dimensions": [
            {"Name": "ClusterName", "Value": service.cluster},
            {"Name": "ServiceName", "Value": service.name},
        ],
    }
