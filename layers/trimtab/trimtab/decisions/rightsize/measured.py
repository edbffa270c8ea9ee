"""Points of CloudWatch, and the sizes that were in force when -> digests of days.

A percentage means nothing without the size it is of: on a day with two sizes each point is turned into
vCPU and MiB by its own. What cannot be told for sure is missing, and what is missing is never zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import isfinite
from statistics import median
from typing import Final, NamedTuple

from trimtab.decisions.rightsize.day import CAPPED_RATIO, digest_day
from trimtab.model.digest import DayDigest
from trimtab.model.service import PastDeployment
from trimtab.model.task_size import TaskSize
from trimtab.model.usage import Point, UsagePoints

PERIOD: Final = timedelta(minutes=5)
START_UP: Final = timedelta(minutes=5)
"""What a task does in its first minutes is start-up, not load; longer where a health check waits longer."""

UNTOLD_ROLLOUT: Final = timedelta(hours=1)
"""A deployment whose end ECS does not tell is taken to last so long."""

RATIO_ABSURD: Final = 100.0
"""Nothing uses a hundred times its size: such a point is a fault of the metric, not usage."""

LEAST_MEMORY: Final = 1e-9
"""Nothing runs without memory: zero is no measurement of it."""

HOLE_MAX: Final = 6
HOLES_SHARE_MAX: Final = 0.1
"""Tasks that are scaled to nothing leave out hours. Points that are missing here and there, each for less
than half an hour, are a fault of the metric: with more than a tenth of them gone, so may the peak be."""

EVEN_BURST: Final = 1.3
HOT_MAX: Final = 1.5
"""The highest of fifteen 20-second samples is a third above the mean even where all tasks are alike; what is
beyond that is taken for a task hotter than the others, up to half as hot again."""


class Used(NamedTuple):
    """What was measured in one period, in ratios of the size in force."""

    cpu: float
    cpu_maximum: float
    memory: float


@dataclass(frozen=True, slots=True)
class Era:
    """The time of one deployment, from its begin to that of the next.

    Until ``settled`` it rolled out and started up. ``size`` is None where it is not known. ``resized`` says
    whether the size before was another one.
    """

    begins: datetime
    rolled_out: datetime
    settled: datetime
    ends: datetime
    size: TaskSize | None
    resized: bool = False


def eras(
    record: Sequence[PastDeployment],
    sizes: Mapping[str, TaskSize | None],
    start_up: timedelta,
    end: datetime,
) -> tuple[Era, ...]:
    """Return who was in force when, oldest first.

    Args:
        record: Deployments of the server's own record, in any order.
        sizes: Size by revision.
        start_up: How long tasks start up after a deployment, at least ``START_UP``.
        end: Nothing is told of what comes later.
    """
    found: list[Era] = []
    ordered = sorted(record, key=lambda one: one.created_at)
    for one, ends in zip(ordered, [*(later.created_at for later in ordered[1:]), end], strict=True):
        size = sizes.get(one.in_force.task_definition)
        rolled_out = one.finished_at or one.created_at + UNTOLD_ROLLOUT
        if one.status in ("PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
            rolled_out = ends
        wanted = sizes.get(one.wanted.task_definition)  # of one that ECS took back, for a while in force
        resized = bool(found) and (size is None or size != found[-1].size or wanted != size)
        settled = rolled_out + max(start_up, START_UP)
        found.append(Era(one.created_at, rolled_out, settled, ends, size, resized))
    return tuple(found)


def digest_days(
    points: UsagePoints,
    times: Sequence[Era],
    kills: Iterable[datetime],
    first: date,
    until: date,
    task_count: int,
    pauses: bool = False,
) -> tuple[DayDigest, ...]:
    """Digest the days from ``first`` to the one before ``until``, as far as enough is known of each.

    Args:
        points: As CloudWatch told them.
        times: Who was in force when.
        kills: When tasks were killed for memory: on that day they had used all of it.
        first: First day, in UTC.
        until: Day after the last.
        task_count: With two or more of them one may be hotter than their mean.
        pauses: Whether tasks come and go, so that a time without points is one without tasks.
    """
    days = [first + timedelta(days=n) for n in range(max((until - first).days, 0))]
    by_day: dict[date, dict[datetime, Used]] = {day: {} for day in days}
    if points.whole:
        for at, used in known_periods(points).items():
            if at.date() in by_day:
                by_day[at.date()][at] = used
    killed: dict[date, list[datetime]] = {}
    for at in kills:
        killed.setdefault(at.astimezone(UTC).date(), []).append(at)
    known = (day for day in days if pauses or not _is_torn(by_day[day]))
    found = (_digest(day, by_day[day], times, killed.get(day, ()), task_count) for day in known)
    return tuple(digest for digest in found if digest)


def known_periods(points: UsagePoints) -> dict[datetime, Used]:
    """Return the periods of which all is known: what cannot be, or is told in two ways, is missing."""
    cpu, cpu_maximum = _clean(points.cpu_average, 0), _clean(points.cpu_maximum, 0)
    memory = _clean(points.memory_maximum, LEAST_MEMORY)
    return {
        at: Used(cpu[at], cpu_maximum[at], memory[at])
        for at in sorted(cpu)
        if at in cpu_maximum and at in memory
    }


def _clean(points: Iterable[Point], least: float) -> dict[datetime, float]:
    told: dict[datetime, float | None] = {}
    for at, ratio in points:
        instant = at.astimezone(UTC)
        begin = instant
        if instant.minute % 5 or instant.second or instant.microsecond:
            begin = instant.replace(minute=instant.minute - instant.minute % 5, second=0, microsecond=0)
        sane = isfinite(ratio) and least <= ratio < RATIO_ABSURD
        twice = begin in told and told[begin] != ratio
        told[begin] = ratio if sane and not twice else None
    return {at: ratio for at, ratio in told.items() if ratio is not None}


def _digest(
    day: date,
    known: Mapping[datetime, Used],
    times: Sequence[Era],
    kills: Iterable[datetime],
    task_count: int,
) -> DayDigest | None:
    hot = hot_factor(known.values()) if task_count > 1 else 1.0
    vcpu, limits, memory, starting = [], [], [], []
    for at, used in known.items():
        era = _era_at(at, times)
        if era is None or era.size is None or at + PERIOD > era.ends:
            continue
        if at >= era.settled:
            limits.append(era.size.cpu_units / 1024)
            vcpu.append(used.cpu * hot * limits[-1])
            memory.append(used.memory * era.size.memory_mib)
        elif not era.resized or at >= era.rolled_out:  # while sizes mix, nobody knows of which it is a share
            starting.append(used.memory * era.size.memory_mib)
    memory += [era.size.memory_mib for at in kills if (era := _era_at(at, times)) and era.size]
    digest = digest_day(day, vcpu, limits, max(memory, default=None))
    if digest is None:
        return None
    deployed = any(era.begins.astimezone(UTC).date() == day for era in times)
    return replace(digest, start_peak_mib=max(starting, default=None), deployed=deployed)


class Demand(NamedTuple):
    """What a task used in the period that begins ``at``."""

    at: datetime
    vcpu: float
    memory_mib: float


def known_demand(points: UsagePoints, times: Sequence[Era], task_count: int) -> tuple[Demand, ...]:
    """Return the periods of which the size is known, in units, oldest first; without roll-outs and start-up.

    With two or more tasks it is that of the hottest, as for a digest.
    """
    if not points.whole:
        return ()
    known = known_periods(points)
    hot = hot_factor(known.values()) if task_count > 1 else 1.0
    found = []
    for at, used in known.items():
        era = _era_at(at, times)
        if era is not None and era.size is not None and at >= era.settled and at + PERIOD <= era.ends:
            vcpu, memory_mib = era.size.cpu_units / 1024, era.size.memory_mib
            found.append(Demand(at, min(used.cpu * hot, 1.0) * vcpu, used.memory * memory_mib))
    return tuple(found)


class Lately(NamedTuple):
    """What was measured since the last deployment, at most a day ago; ``memory`` is the highest of today.

    What is not known is 0: nothing is grown on it.
    """

    capped_periods: int
    memory: float


def lately(points: UsagePoints, midnight: datetime) -> Lately:
    """Return how long a service was at the limit of its CPU, and what share of its memory it used today."""
    if not points.whole:
        return Lately(0, 0.0)
    cpu, memory = _clean(points.cpu_average, 0), _clean(points.memory_maximum, LEAST_MEMORY)
    capped = sum(ratio >= CAPPED_RATIO for ratio in cpu.values())
    return Lately(capped, max((ratio for at, ratio in memory.items() if at >= midnight), default=0.0))


def _is_torn(known: Mapping[datetime, Used]) -> bool:
    """Tell whether so many points are missing here and there that the day's peak may be among them."""
    instants = list(known)
    gaps = [round((after - at) / PERIOD) - 1 for at, after in pairwise(instants)]
    holes = sum(gap for gap in gaps if gap < HOLE_MAX)
    return holes > HOLES_SHARE_MAX * (len(instants) + holes)


def hot_factor(known: Iterable[Used]) -> float:
    """Return how much hotter than the mean the hottest task of a day is taken to be, 1 to ``HOT_MAX``."""
    bursts = [used.cpu_maximum / used.cpu for used in known if used.cpu > 0]
    return min(max(median(bursts) / EVEN_BURST, 1.0), HOT_MAX) if bursts else 1.0


def _era_at(at: datetime, times: Sequence[Era]) -> Era | None:
    return next((era for era in reversed(times) if era.begins <= at < era.ends), None)
