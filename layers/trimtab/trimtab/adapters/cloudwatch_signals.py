"""Amazon CloudWatch: the alarms that services are linked to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from trimtab.model.signals import Alarm

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

NAMES_PER_CALL: Final = 100
"""What DescribeAlarms takes. Source: CloudWatch API Reference, DescribeAlarms (read 2026-11-22)."""

ALARM_TYPES: Final = ("MetricAlarm", "CompositeAlarm", "LogAlarm")
"""Without them only metric alarms are answered. Source: the same."""


class CloudWatchSignals:
    """The port ``HealthSignals`` on Amazon CloudWatch."""

    def __init__(self, client: CloudWatchClient) -> None:
        self._client = client

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


def _alarm(row: dict[str, Any]) -> Alarm:
    since = row.get("StateTransitionedTimestamp") or row.get("StateUpdatedTimestamp")
    return Alarm(row["AlarmName"], row.get("StateValue", ""), since)
