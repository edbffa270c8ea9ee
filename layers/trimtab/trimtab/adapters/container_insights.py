"""Amazon CloudWatch Container Insights: how much standalone tasks use, by their family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from trimtab.adapters.metric_series import read_series
from trimtab.model.usage import FamilyName, FamilyPoints

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

NAMESPACE: Final = "ECS/ContainerInsights"
CLUSTER: Final = "ClusterName"
FAMILY: Final = "TaskDefinitionFamily"
OF_FAMILY: Final = frozenset({CLUSTER, FAMILY})

FAMILY_METRICS: Final = {
    "cpu": ("CpuUtilized", "Average"),
    "cpumaximum": ("CpuUtilized", "Maximum"),
    "memory": ("MemoryUtilized", "Maximum"),
    "cpureserved": ("CpuReserved", "Average"),
    "memoryreserved": ("MemoryReserved", "Average"),
}
"""Source: CloudWatch User Guide, Container-Insights-metrics-ECS (read 2026-11-22): CPU in units, memory in
megabytes, by family and cluster, of the tasks of services too."""


class ContainerInsights:
    """The port ``Insights``."""

    def __init__(self, client: CloudWatchClient) -> None:
        self._client = client

    def families(self, clusters: Sequence[str]) -> frozenset[FamilyName]:
        """Return the families that Container Insights has measured in the last two weeks.

        Source: CloudWatch API Reference, ListMetrics (read 2026-11-22).
        """
        pages = self._client.get_paginator("list_metrics").paginate(
            Namespace=NAMESPACE, MetricName="MemoryUtilized", Dimensions=[{"Name": FAMILY}]
        )
        found = set()
        for page in pages:
            for metric in page["Metrics"]:
                named = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
                if named.keys() == OF_FAMILY and (not clusters or named[CLUSTER] in clusters):
                    found.add((named[CLUSTER], named[FAMILY]))
        return frozenset(found)

    def of_families(
        self, starts: Mapping[FamilyName, datetime], end: datetime
    ) -> Iterator[tuple[FamilyName, FamilyPoints]]:
        """Yield each family with what was told of its tasks from its own start to ``end``."""
        read = read_series(self._client, starts, end, NAMESPACE, FAMILY_METRICS, _of_family)
        for family, told, whole in read:
            cpu, cpu_maximum, memory, cpu_reserved, memory_reserved = (
                tuple(point for point in told[name] if point[0] >= starts[family]) for name in FAMILY_METRICS
            )
            yield family, FamilyPoints(cpu, cpu_maximum, memory, cpu_reserved, memory_reserved, whole)


def _of_family(family: FamilyName) -> Mapping[str, str]:
    return dict(zip((CLUSTER, FAMILY), family, strict=True))
