"""CloudWatch Container Insights: what tasks use, in units, by family, in clusters that have it on."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

from trimtab_lab.series import CellSeries

NAMESPACE = "ECS/ContainerInsights"
OFF = "disabled"
# User Guide, Container-Insights-metrics-ECS and Container-Insights-enhanced-observability-metrics-ECS (read
# 2026-11-22)
ENHANCED = "enhanced"
_UNITS = {
    "CpuUtilized": "None",
    "CpuReserved": "None",
    "MemoryUtilized": "Megabytes",
    "MemoryReserved": "Megabytes",
    "ContainerCpuUtilized": "None",
    "ContainerMemoryUtilized": "Megabytes",
}
MEASURABLE = 0.2
Dimensions = tuple[tuple[str, str], ...]


class Run(Protocol):
    """What is asked of the run of a task."""

    cluster: str
    service: str | None
    family: str
    cpu_units: int
    memory_mib: int


class Sample(NamedTuple):
    """What one task used while it ran in a cell: CPU units and MiB, the mean and the peak of each."""

    run: Run
    weight: float
    cpu: float
    cpu_peak: float
    memory: float
    memory_peak: float


class Insights:
    """The metrics of Container Insights. ``level`` tells what a cluster has switched on."""

    def __init__(self, level: Callable[[str], str], cell_seconds: int) -> None:
        self._level, self._cell_seconds = level, cell_seconds
        self._series: dict[tuple[str, Dimensions], CellSeries] = {}
        self._splits: dict[tuple[str, str], Mapping[str, float]] = {}

    def split(self, cluster: str, workload: str, shares: Mapping[str, float]) -> None:
        """Say what share of a task each container of a service or family uses, those that AWS put in too.

        Without it nothing is told of single containers.
        """
        self._splits[cluster, workload] = shares

    def wants(self, cluster: str) -> bool:
        """Tell whether tasks of a cluster are measured."""
        return self._level(cluster) != OFF

    def measure(self, samples: Iterable[Sample], cell: int) -> None:
        """Measure the tasks of a cell; those of services too, under their family."""
        tasks: dict[Dimensions, list[Sample]] = defaultdict(list)
        containers: dict[Dimensions, list[Sample]] = defaultdict(list)
        for sample in samples:
            named = (("ClusterName", sample.run.cluster), ("TaskDefinitionFamily", sample.run.family))
            tasks[named].append(sample)
            for dimensions, part in self._parts(sample):
                containers[dimensions].append(part)
        for told, prefix in ((tasks, ""), (containers, "Container")):
            for dimensions, some in told.items():
                self._add(cell, dimensions, some, prefix)

    def series(self, metric: str, dimensions: Mapping[str, str]) -> CellSeries | None:
        """Return the data of a metric with exactly these dimensions."""
        return self._series.get((metric, tuple(sorted(dimensions.items()))))

    def known(self) -> list[tuple[str, Dimensions]]:
        """Return every metric there is, with its dimensions."""
        return sorted(self._series)

    def _parts(self, sample: Sample) -> Iterator[tuple[Dimensions, Sample]]:
        """Yield what each container used, under each set of dimensions that it is told by."""
        run = sample.run
        shares = self._splits.get((run.cluster, run.service or run.family), {})
        if self._level(run.cluster) != ENHANCED:
            return
        owners = [("TaskDefinitionFamily", run.family)]
        owners += [("ServiceName", run.service)] if run.service else []
        for name, share in shares.items():
            used = (sample.cpu, sample.cpu_peak, sample.memory, sample.memory_peak)
            part = Sample(run, sample.weight, *(value * share for value in used))
            for owner in owners:
                yield tuple(sorted((("ClusterName", run.cluster), ("ContainerName", name), owner))), part

    def _add(self, cell: int, dimensions: Dimensions, samples: list[Sample], prefix: str) -> None:
        tasks = sum(sample.weight for sample in samples)
        if tasks < MEASURABLE:  # a task sends its first point at the end of a minute
            return
        told: dict[str, list[tuple[float, float, float]]] = {
            "CpuUtilized": [(s.weight, s.cpu, s.cpu_peak) for s in samples],
            "MemoryUtilized": [(s.weight, s.memory, s.memory_peak) for s in samples],
            "CpuReserved": [(s.weight, s.run.cpu_units, s.run.cpu_units) for s in samples],
            "MemoryReserved": [(s.weight, s.run.memory_mib, s.run.memory_mib) for s in samples],
        }
        for name, values in told.items():
            metric = f"{prefix}{name}"
            if metric not in _UNITS:
                continue
            average = sum(weight * mean for weight, mean, _ in values) / tasks
            low, high = min(mean for _, mean, _ in values), max(peak for *_, peak in values)
            series = self._series.setdefault(
                (metric, dimensions), CellSeries(self._cell_seconds, _UNITS[metric])
            )
            series.add(cell, tasks, average, low, high)
