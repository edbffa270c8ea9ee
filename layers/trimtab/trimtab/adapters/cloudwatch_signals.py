"""Amazon CloudWatch: linked alarms, and what load balancers count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import nan
from typing import TYPE_CHECKING, Any, Final

from trimtab.model.signals import Alarm, Traffic

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

NAMES_PER_CALL: Final = 100
"""What DescribeAlarms takes. Source: CloudWatch API Reference, DescribeAlarms (read 2026-11-22)."""

ALARM_TYPES: Final = ("MetricAlarm", "CompositeAlarm", "LogAlarm")
"""Without them only metric alarms are answered. Source: the same."""

APPLICATION: Final = "AWS/ApplicationELB"
ALWAYS_THERE: Final = "HealthyHostCount"
"""Reported of every target group with targets, by Application and Network Load Balancers alike.

Source: Elastic Load Balancing, "CloudWatch metrics for your Application Load Balancer" (read 2026-11-22).
"""

COUNTED: Final = (
    ("requests", "RequestCount"),
    ("errors", "HTTPCode_Target_5XX_Count"),
    ("seconds", "TargetResponseTime"),
)
"""Metrics of an Application Load Balancer's target group, and what their sums are to us. Source: the same."""

PERIOD: Final = timedelta(minutes=5)
COMPLETE: Final = "Complete"
"""The status of the last answer to a query that left nothing out. Source: API Reference, MetricDataResult
(read 2026-11-22)."""

Window = tuple[datetime, datetime]


class CloudWatchSignals:
    """The port ``HealthSignals`` on Amazon CloudWatch."""

    def __init__(self, client: CloudWatchClient) -> None:
        self._client = client
        self._balancers: dict[str, tuple[tuple[str, str], ...]] = {}

    def alarms(self, names: Sequence[str]) -> tuple[Alarm, ...]:
        """Return an alarm for each name, one without a state where there is none of that name."""
        found: dict[str, Alarm] = {}
        for start in range(0, len(names), NAMES_PER_CALL):
            pages = self._client.get_paginator("describe_alarms").paginate(
                AlarmNames=list(names[start : start + NAMES_PER_CALL]),
                AlarmTypes=list(ALARM_TYPES),
            )
            for page in pages:
                for kind in ALARM_TYPES:
                    rows: Sequence[Any] = page.get(f"{kind}s", ())  # type: ignore[assignment]
                    found |= {row["AlarmName"]: _alarm(row) for row in rows}
        return tuple(found.get(name, Alarm(name, "")) for name in names)

    def traffic(self, target_groups: Sequence[str], windows: Sequence[Window]) -> tuple[Traffic, ...] | None:
        """Return what the target groups (ARNs) answered in each window, together.

        None where no requests are counted: behind a Network Load Balancer. Target groups that CloudWatch does
        not know count as without requests. What it does not tell whole is NaN, never less than it is.
        """
        names = [arn.rpartition(":")[2] for arn in target_groups]
        found = {name: self._balancers_of(name) for name in names}
        if names and all(found.values()) and not any(_counts(both) for both in found.values()):
            return None
        pairs = [(name, one) for name, both in found.items() for space, one in both if space == APPLICATION]
        sums = [dict.fromkeys((what for what, _ in COUNTED), 0.0) for _ in windows]
        for what, at, value in self._read(pairs, windows) if pairs else ():
            for number, (start, end) in enumerate(windows):
                if start <= at < end:
                    sums[number][what] += value
        return tuple(Traffic(**one) for one in sums)

    def _balancers_of(self, target_group: str) -> tuple[tuple[str, str], ...]:
        """Return namespace and load balancer of a target group: its metrics need both dimensions."""
        if target_group not in self._balancers:
            pages = self._client.get_paginator("list_metrics").paginate(
                MetricName=ALWAYS_THERE, Dimensions=[{"Name": "TargetGroup", "Value": target_group}]
            )
            found = {
                (metric["Namespace"], named["LoadBalancer"])
                for page in pages
                for metric in page["Metrics"]
                if (named := {d["Name"]: d["Value"] for d in metric["Dimensions"]}).keys() == _BOTH
            }
            if not found:
                return ()  # it may have its first targets now: asked again next time
            self._balancers[target_group] = tuple(sorted(found))
        return self._balancers[target_group]

    def _read(
        self, pairs: Sequence[tuple[str, str]], windows: Sequence[Window]
    ) -> Iterator[tuple[str, datetime, float]]:
        queries = {
            f"{what}{number}": _query(f"{what}{number}", metric, *pair)
            for number, pair in enumerate(pairs)
            for what, metric in COUNTED
        }
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=list(queries.values()),  # type: ignore[arg-type]
            StartTime=min(start for start, _ in windows),
            EndTime=max(end for _, end in windows),
            ScanBy="TimestampAscending",
        )
        told: dict[str, dict[datetime, float]] = {}
        whole: dict[str, bool] = {}
        for page in pages:
            for result in page["MetricDataResults"]:
                points = zip(result["Timestamps"], result["Values"], strict=True)
                told.setdefault(result["Id"], {}).update(points)  # a point told twice counts once
                whole[result["Id"]] = result.get("StatusCode", COMPLETE) == COMPLETE
        for name, points_of in told.items():
            gaps = [] if whole[name] else [(start, nan) for start, _ in windows]
            for at, value in (*points_of.items(), *gaps):
                yield name.rstrip("0123456789"), at, value


_BOTH: Final = {"TargetGroup", "LoadBalancer"}


def _counts(balancers: Sequence[tuple[str, str]]) -> bool:
    return any(space == APPLICATION for space, _ in balancers)


def _query(name: str, metric: str, target_group: str, load_balancer: str) -> dict[str, Any]:
    dimensions = [
        {"Name": "TargetGroup", "Value": target_group},
        {"Name": "LoadBalancer", "Value": load_balancer},
    ]
    told = {"Namespace": APPLICATION, "MetricName": metric, "Dimensions": dimensions}
    period = int(PERIOD.total_seconds())
    return {"Id": name, "MetricStat": {"Metric": told, "Period": period, "Stat": "Sum"}}


def _alarm(row: dict[str, Any]) -> Alarm:
    since = row.get("StateTransitionedTimestamp") or row.get("StateUpdatedTimestamp")
    return Alarm(row["AlarmName"], row.get("StateValue", ""), since)
