"""Demand against the tasks that really run: utilization, and kills for memory.

Every five minutes the cell that ends is measured and the one that begins is checked for tasks
whose memory will not fit.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple, Protocol

from trimtab_lab.demand import CELL_SECONDS, IDLE, Demand, Need, chance, salt_of
from trimtab_lab.insights import Insights, Sample
from trimtab_lab.lab import Lab
from trimtab_lab.series import CellSeries

MEASURABLE_SECONDS = 20  # one sample of AWS/ECS (Developer Guide, "service_utilization", read 2026-11-22)
WARM_UP_SECONDS = 60.0  # until a new task has the memory of its kind
KILL_SPREAD_SECONDS = 200.0
LEAK_SPREAD = 0.2
Workload = tuple[str, str]


class Run(Protocol):
    """The time in which the containers of one task ran, as the ECS of the laboratory tells it."""

    task_arn: str
    cluster: str
    service: str | None
    family: str
    task_definition_arn: str
    cpu_units: int
    memory_mib: int
    limits_mib: dict[str, int]
    started_at: float
    stopped_at: float | None


class Ecs(Protocol):
    """What usage needs of the simulated ECS."""

    def images(self, task_definition_arn: str) -> list[str]:
        """Return the images of a revision's containers."""
        ...

    def container_insights(self, cluster: str) -> str:
        """Return ``disabled``, ``enabled`` or ``enhanced``."""
        ...

    def kill_for_memory(self, task_arn: str) -> None:
        """Let the kernel kill the task's container for memory now."""
        ...


@dataclass(slots=True, eq=False)
class Member:
    """A task that runs or ran in the present cell."""

    run: Run
    demand: Demand
    limit_mib: float
    luck: float  # 0..1: no two tasks leak alike

    @property
    def leak_mib_per_hour(self) -> float:
        """What this very task leaks."""
        return self.demand.leak_mib_per_hour * (1 + LEAK_SPREAD * (2 * self.luck - 1))

    def weight(self, start: float, end: float) -> float:
        """Return the share of [start, end) that the task ran."""
        if self.run.stopped_at is None and self.run.started_at <= start:
            return 1.0
        stopped = end if self.run.stopped_at is None else min(self.run.stopped_at, end)
        return max(stopped - max(self.run.started_at, start), 0.0) / (end - start)

    def memory(self, mib: float, at: float) -> float:
        """Return the task's memory at an instant, given its demand without the leak."""
        if not self.demand.leak_mib_per_hour:
            return mib
        return mib + self.leak_mib_per_hour * max(at - self.run.started_at, 0.0) / 3600


Weighted = tuple[Member, float]
"""A task and the share of a cell in which it ran."""

Front = Callable[[int, list[Weighted]], None]
"""Is told, at the end of a cell, which tasks ran in it."""


class _Crew(NamedTuple):
    """Who of a service ran in a cell: each task with its share of it, their sum, one for all alike."""

    weighted: list[Weighted]
    tasks: float
    alike: list[Weighted]


@dataclass(slots=True)
class _Service:
    """The metrics of one service and the tasks to measure."""

    cpu: CellSeries = field(default_factory=lambda: CellSeries(CELL_SECONDS))
    memory: CellSeries = field(default_factory=lambda: CellSeries(CELL_SECONDS))
    members: list[Member] = field(default_factory=list)
    front: Front | None = None
    steady: _Crew | None = None
    """That of the last cell, if all of them ran through it and nothing has changed since."""

    def crew(self, start: float, end: float) -> _Crew:
        """Return who ran in [start, end), and forget those who have stopped."""
        if self.steady is not None:
            return self.steady
        weighted = [(member, member.weight(start, end)) for member in self.members]
        self.members = [member for member in self.members if member.run.stopped_at is None]
        crew = _crew(weighted)
        if len(self.members) == len(weighted) == crew.tasks:
            self.steady = crew
        return crew


class Usage:
    """Measures every task that ECS runs.

    Demand belongs to a service ``(cluster, service)``, to a family of standalone tasks
    ``(cluster, family)`` or, first of all, to an image; without any a task is nearly idle.
    """

    def __init__(self, lab: Lab, ecs: Ecs) -> None:
        self._lab, self._ecs = lab, ecs
        self._salt = salt_of(lab.seed, "usage")
        self._demands: dict[Workload, Demand] = {}
        self._images: list[tuple[str, Demand]] = []
        self._services: dict[Workload, _Service] = {}
        self._standalone: list[Member] = []
        self._needs: dict[int, tuple[Demand, Need]] = {}  # of the present cell
        self.insights = Insights(ecs.container_insights, CELL_SECONDS)
        self._cell = int(lab.clock.now // CELL_SECONDS)
        lab.clock.at((self._cell + 1) * CELL_SECONDS, self._turn)

    def set(self, cluster: str, workload: str, demand: Demand) -> None:
        """From now on a service, or a family of standalone tasks, asks for ``demand``."""
        self._demands[cluster, workload] = demand
        for member in self._members():
            if (member.run.cluster, member.run.service or member.run.family) == (cluster, workload):
                member.demand = self._demand(member.run)
        if (cluster, workload) in self._services:
            self._services[cluster, workload].steady = None

    def need(self, demand: Demand) -> Need:
        """Return what a demand asks for in the present cell."""
        known = self._needs.get(id(demand))
        if known is None:
            known = self._needs[id(demand)] = (demand, demand.at(self._cell))
        return known[1]

    def front(self, cluster: str, service: str, front: Front) -> None:
        """From now on tell ``front`` of each cell in which the service had tasks."""
        self._services.setdefault((cluster, service), _Service()).front = front

    def of_image(self, pattern: str, demand: Demand) -> None:
        """From now on tasks with an image like ``pattern`` (``*:leaky``) ask for ``demand``."""
        self._images.insert(0, (pattern, demand))

    def series(self, cluster: str, service: str, metric: str) -> CellSeries | None:
        """Return the data of ``CPUUtilization`` or ``MemoryUtilization`` of a service."""
        known = self._services.get((cluster, service))
        if known is None or metric not in ("CPUUtilization", "MemoryUtilization"):
            return None
        return known.cpu if metric == "CPUUtilization" else known.memory

    def service_names(self) -> list[Workload]:
        """Return ``(cluster, service)`` of everything that was measured."""
        return sorted(self._services)

    def backfill(self, run: Run, tasks: int, since: float) -> None:
        """Measure the time from ``since`` to now as if ``tasks`` tasks like ``run`` had run in it.

        For a service that has no data yet; nothing is killed in that past.
        """
        service = self._services.setdefault((run.cluster, run.service or run.family), _Service())
        crew = _crew([(self._member(run), 1.0) for _ in range(tasks)])
        for cell in range(int(since // CELL_SECONDS), self._cell):
            _measure(service, crew, cell, lambda demand, cell=cell: demand.at(cell))  # type: ignore[misc]

    def task_started(self, run: Run) -> None:
        """Begin to measure a task, and kill it soon if its memory is too small from the start."""
        member = self._member(run)
        if run.service is None:
            self._standalone.append(member)
        else:
            service = self._services.setdefault((run.cluster, run.service), _Service())
            service.members.append(member)
            service.steady = None
        self._check([member], self._lab.clock.now)

    def task_stopped(self, run: Run) -> None:
        """Take note of a stop; the task still counts in the cell in which it ended."""
        service = self._services.get((run.cluster, run.service or ""))
        if service is not None:
            service.steady = None

    def _member(self, run: Run) -> Member:
        return Member(run, self._demand(run), _limit(run), chance(self._salt, salt_of(run.task_arn)))

    def _demand(self, run: Run) -> Demand:
        if self._images:
            images = self._ecs.images(run.task_definition_arn)
            for pattern, demand in self._images:
                if any(fnmatchcase(image, pattern) for image in images):
                    return demand
        return self._demands.get((run.cluster, run.service or run.family), IDLE)

    def _members(self) -> Iterator[Member]:
        yield from self._standalone
        for service in self._services.values():
            yield from service.members

    def _turn(self) -> None:
        start, end = self._cell * CELL_SECONDS, (self._cell + 1) * CELL_SECONDS
        self.insights.measure(self._samples(start, end), self._cell)
        self._standalone = [member for member in self._standalone if member.run.stopped_at is None]
        for service in self._services.values():
            if service.members:
                crew = service.crew(start, end)
                _measure(service, crew, self._cell, self.need)
                if service.front is not None:
                    service.front(self._cell, crew.weighted)
        self._cell += 1
        self._needs.clear()
        self._lab.clock.at((self._cell + 1) * CELL_SECONDS, self._turn)
        self._check(list(self._members()), end)

    def _samples(self, start: float, end: float) -> Iterator[Sample]:
        """Yield what each task of a cluster with Container Insights used in the cell that ends."""
        clusters = {cluster for cluster, _ in self._services} | {one.run.cluster for one in self._standalone}
        wanted = {cluster for cluster in clusters if self.insights.wants(cluster)}
        for member in self._members() if wanted else ():
            run = member.run
            if run.cluster in wanted and (weight := member.weight(start, end)) > 0:
                need = self.need(member.demand)
                service = self._services.get((run.cluster, run.service or ""))
                share = max(sum(one.weight(start, end) for one in service.members), 1.0) if service else 1.0
                divided = share if member.demand.shared else 1.0
                yield Sample(
                    run,
                    weight,
                    min(need.cpu_units / divided, run.cpu_units),
                    min(need.cpu_peak_units / divided, run.cpu_units),
                    min(member.memory(need.memory_mib, end), member.limit_mib),
                    min(member.memory(need.memory_peak_mib, end), member.limit_mib),
                )

    def _check(self, members: list[Member], start: float) -> None:
        """Book the kills of the cell that has begun."""
        end = (self._cell + 1) * CELL_SECONDS
        for member in members:
            peak = self.need(member.demand).memory_peak_mib
            if peak <= member.limit_mib and not member.demand.leak_mib_per_hour:
                continue
            if member.memory(peak, end) <= member.limit_mib:
                continue
            luck = chance(self._salt + salt_of(member.run.task_arn), self._cell)
            at = start + luck * KILL_SPREAD_SECONDS
            leak = member.leak_mib_per_hour
            if leak:
                hours = (member.limit_mib - peak) / leak
                at = max(member.run.started_at + hours * 3600, start)
            at = max(at, member.run.started_at + WARM_UP_SECONDS * (0.3 + 0.7 * luck))
            if at < end:
                self._lab.clock.at(at, lambda run=member.run: self._kill(run))  # type: ignore[misc]

    def _kill(self, run: Run) -> None:
        if run.stopped_at is None:
            self._ecs.kill_for_memory(run.task_arn)


def _limit(run: Run) -> float:
    """Return the MiB at which the kernel kills: the task's size, or a lone container's own limit."""
    alone = list(run.limits_mib.values()) if len(run.limits_mib) == 1 else []
    return float(min([run.memory_mib, *alone]))


def _measure(service: _Service, crew: _Crew, cell: int, need_of: Callable[[Demand], Need]) -> None:
    tasks = crew.tasks
    if tasks * CELL_SECONDS < MEASURABLE_SECONDS:
        return
    end = (cell + 1) * CELL_SECONDS
    cpu, memory = [], []
    for member, weight in crew.alike:
        need, run = need_of(member.demand), member.run
        share = max(tasks, 1.0) if member.demand.shared else 1.0
        cpu.append(_use(weight, need.cpu_units / share, need.cpu_peak_units / share, run.cpu_units))
        mib, peak = member.memory(need.memory_mib, end), member.memory(need.memory_peak_mib, end)
        memory.append(_use(weight, mib, peak, min(member.limit_mib, run.memory_mib)))
    service.cpu.add(cell, tasks, *_together(cpu, tasks))
    service.memory.add(cell, tasks, *_together(memory, tasks))


def _use(weight: float, average: float, peak: float, size: float) -> tuple[float, float, float]:
    """Return what tasks that are alike use of their size: weight x average, lowest and highest, in percent.

    The trough lies as far below the average as the peak above it, as a ratio.
    """
    low = average * average / max(peak, average, 1e-9)
    return weight * (min(average / size, 1.0) * 100), min(low / size, 1.0) * 100, min(peak / size, 1.0) * 100


def _together(uses: list[tuple[float, float, float]], tasks: float) -> tuple[float, float, float]:
    """Return the average of all tasks, the lowest and the highest."""
    if len(uses) == 1:
        total, low, high = uses[0]
        return total / tasks, low, high
    totals, lows, highs = zip(*uses, strict=True)
    return sum(totals) / tasks, min(lows), max(highs)


def _crew(weighted: list[Weighted]) -> _Crew:
    return _Crew(weighted, sum(weight for _, weight in weighted), _alike(weighted))


def _alike(weighted: list[Weighted]) -> list[Weighted]:
    """Return one member for all that use the same; tasks that leak each have their own age."""
    if len(weighted) == 1:
        return weighted
    groups: dict[tuple[float, ...], Weighted] = {}
    for member, weight in weighted:
        if weight > 0:
            self_only = id(member) if member.demand.leak_mib_per_hour else 0
            key = (id(member.demand), member.run.cpu_units, member.limit_mib, self_only)
            known = groups.get(key)
            groups[key] = (member, weight + known[1] if known else weight)
    return list(groups.values())
