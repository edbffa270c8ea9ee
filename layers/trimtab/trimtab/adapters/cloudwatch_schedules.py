"""Amazon CloudWatch: which schedules could not run their targets."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from trimtab.model.launch import FailedRuns

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

METRICS: Final = (
    ("AWS/Events", "FailedInvocations", "RuleName"),
    ("AWS/Scheduler", "TargetErrorCount", "ScheduleGroup"),
    ("AWS/Scheduler", "InvocationDroppedCount", "ScheduleGroup"),
)
"""Namespace, metric, and its only dimension: a rule's of another bus has two.

Source: EventBridge user guide, eb-monitoring (FailedInvocations is only sent when it is not zero);
EventBridge Scheduler user guide, monitoring-cloudwatch (read 2026-11-22).
"""

GROUP: Final = "ScheduleGroup"
LATELY: Final = "PT3H"
PERIOD_SECONDS: Final = 300
QUERIES_MAX: Final = 500
"""Source: CloudWatch API Reference, GetMetricData (read 2026-11-22)."""


class CloudWatchScheduleMetrics:
    """The port ``ScheduleMetrics`` on CloudWatch: three calls while nothing failed."""

    def __init__(self, client: CloudWatchClient) -> None:
        self._client = client

    def failed(self, start: datetime, end: datetime) -> list[FailedRuns]:
        """Return the rules and groups of schedules that counted failures in that time."""
        listed = [metric for namespace, name, key in METRICS for metric in self._list(namespace, name, key)]
        counts: dict[tuple[str, bool], float] = {}
        for first in range(0, len(listed), QUERIES_MAX):
            some = listed[first : first + QUERIES_MAX]
            for number, total in self._sums(some, start, end).items():
                dimension = some[number]["Dimensions"][0]
                key = (str(dimension["Value"]), dimension["Name"] == GROUP)
                counts[key] = counts.get(key, 0) + total
        return [FailedRuns(name, group, round(n)) for (name, group), n in sorted(counts.items()) if n > 0]

    def _list(self, namespace: str, name: str, key: str) -> list[Any]:
        pages = self._client.get_paginator("list_metrics").paginate(
            Namespace=namespace, MetricName=name, RecentlyActive=LATELY
        )
        found = (metric for page in pages for metric in page["Metrics"])
        return [metric for metric in found if [d["Name"] for d in metric["Dimensions"]] == [key]]

    def _sums(self, metrics: list[Any], start: datetime, end: datetime) -> dict[int, float]:
        queries: Any = [
            {
                "Id": f"m{number}",
                "MetricStat": {
                    "Metric": {name: metric[name] for name in ("Namespace", "MetricName", "Dimensions")},
                    "Period": PERIOD_SECONDS,
                    "Stat": "Sum",
                },
            }
            for number, metric in enumerate(metrics)
        ]
        sums: dict[int, float] = {}
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=start, EndTime=end
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                number = int(result["Id"][1:])
                sums[number] = sums.get(number, 0) + sum(result["Values"])
        return sums
