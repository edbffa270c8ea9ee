"""Amazon CloudWatch Container Insights: how much families of tasks, and single containers, use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Final

from trimtab.adapters.metric_series import read_series, stat_query
from trimtab.model.service import Service
from trimtab.model.usage import ContainerUse, FamilyName, FamilyPoints, Point

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

OF_CONTAINER: Final = frozenset({CLUSTER, "ServiceName", "ContainerName"})
CONTAINER_METRICS: Final = {
    "memory": ("ContainerMemoryUtilized", "Maximum"),
    "cpu": ("ContainerCpuUtilized", "Average"),
}
"""Source: CloudWatch User Guide, Container-Insights-enhanced-observability-metrics-ECS (read 2026-11-22): CPU
in units, memory in megabytes. Without enhanced observability there is none of a single container."""

CONTAINERS_MAX: Final = 40
"""Of more none is read: AWS gives what it puts into a task a name of its own in each task or deployment, and
what is left out would count as nothing."""

HOUR: Final = timedelta(hours=1)


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

    def of_containers(self, service: Service, start: datetime, end: datetime) -> Mapping[str, ContainerUse]:
        """Return by name what the containers of a service used; none where one of them is not known.

        Source: CloudWatch API Reference, ListMetrics (read 2026-11-22).
        """
        names = self._containers(service)
        if not names or len(names) > CONTAINERS_MAX:
            return {}
        queries = [
            stat_query(f"{name}{n}", NAMESPACE, *metric, {**_of_service(service), "ContainerName": one}, HOUR)
            for n, one in enumerate(names)
            for name, metric in CONTAINER_METRICS.items()
        ]
        told: dict[str, list[Point]] = {query["Id"]: [] for query in queries}
        status: dict[str, str] = {}
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries,  # type: ignore[arg-type]
            StartTime=start,
            EndTime=end,
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                told[result["Id"]] += zip(result["Timestamps"], result["Values"], strict=True)
                status[result["Id"]] = result.get("StatusCode", "Complete")
        used = {one: (told[f"memory{n}"], told[f"cpu{n}"]) for n, one in enumerate(names)}
        whole = all(one == "Complete" for one in status.values())
        if not whole or not all(_is_sane(memory, cpu) for memory, cpu in used.values()):
            return {}
        return {one: _use(memory, cpu) for one, (memory, cpu) in used.items() if memory}

    def _containers(self, service: Service) -> list[str]:
        dimensions = [{"Name": name, "Value": value} for name, value in _of_service(service).items()]
        pages = self._client.get_paginator("list_metrics").paginate(
            Namespace=NAMESPACE,
            MetricName="ContainerMemoryUtilized",
            Dimensions=dimensions,  # type: ignore[arg-type]
        )
        listed = (one["Dimensions"] for page in pages for one in page["Metrics"])
        named = ({one["Name"]: one["Value"] for one in dimensions} for dimensions in listed)
        names = {one["ContainerName"] for one in named if one.keys() == OF_CONTAINER}
        return sorted(names)


def _of_service(service: Service) -> dict[str, str]:
    return {CLUSTER: service.cluster, "ServiceName": service.name}


def _is_sane(memory: Sequence[Point], cpu: Sequence[Point]) -> bool:
    """Tell whether both are known of a container, or neither: one that did not run has used nothing."""
    return bool(memory) == bool(cpu) and all(isfinite(value) and value >= 0 for _, value in (*memory, *cpu))


def _use(memory: Sequence[Point], cpu: Sequence[Point]) -> ContainerUse:
    days = frozenset(at.astimezone(UTC).date() for at, _ in memory)
    return ContainerUse(max(mib for _, mib in memory), max(units for _, units in cpu), days)


def _of_family(family: FamilyName) -> Mapping[str, str]:
    return dict(zip((CLUSTER, FAMILY), family, strict=True))
