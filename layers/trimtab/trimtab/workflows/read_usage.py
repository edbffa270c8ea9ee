"""What CloudWatch measured since a service was looked at last -> its history of digests.

Works with an empty history as well: then six weeks are read. It takes the ports it needs, so that a laptop
without our tables can do the same.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from trimtab.decisions.rightsize.measured import Era, digest_days, eras
from trimtab.model.decision import Keep
from trimtab.model.digest import DIGESTS_KEPT, SizingHistory
from trimtab.model.errors import UnreadableError
from trimtab.model.service import InForce, PastDeployment, Service
from trimtab.model.task_size import TaskSize
from trimtab.model.usage import UsagePoints
from trimtab.ports import DeploymentHistory, TaskDefinitions, UsageReader
from trimtab.workflows.not_judged import judged

ONE_DAY = timedelta(days=1)
Kills = Callable[[Service, datetime], Iterable[datetime]]
"""When tasks of a service were killed for memory since then."""


@dataclass(frozen=True, slots=True)
class Readers:
    """What a service's usage is read from."""

    usage: UsageReader
    deployments: DeploymentHistory
    task_definitions: TaskDefinitions
    kills: Kills


def read_usage(
    known: Mapping[Service, tuple[TaskSize, SizingHistory]], readers: Readers, now: datetime
) -> Iterator[tuple[Service, SizingHistory | Keep]]:
    """Yield each service with its history up to yesterday, as far as enough was measured.

    A service whose measurements cannot be judged gets a ``Keep`` ``not_judged``.

    Args:
        known: Services with the size in force and what is known of them already.
        readers: Where to read.
        now: The instant.
    """
    today = now.astimezone(UTC).date()
    end = _midnight(today)
    starts, histories = {}, {}
    for service, (_, kept) in known.items():
        oldest = max(service.created_at.astimezone(UTC).date(), today - DIGESTS_KEPT * ONE_DAY)
        histories[service] = kept.between(oldest, today - ONE_DAY)
        last = histories[service].last_day
        starts[service] = _midnight(last + ONE_DAY if last else oldest)
    nothing = UsagePoints((), (), ())
    finished = ((service, nothing) for service, start in starts.items() if start >= end)
    for some in (finished, readers.usage.points(starts, end)):
        for service, points in some:
            size, history = known[service][0], histories[service]
            learn = partial(_learn, history, service, size, points, starts[service], now, readers)
            yield service, judged(learn)


def _learn(
    history: SizingHistory,
    service: Service,
    size: TaskSize,
    points: UsagePoints,
    start: datetime,
    now: datetime,
    readers: Readers,
) -> SizingHistory:
    today = now.astimezone(UTC).date()
    times = eras_of(service, size, start, now, readers)
    kills = readers.kills(service, start) if start.date() < today else ()
    for digest in digest_days(points, times, kills, start.date(), today, service.desired_count):
        history = history.with_day(digest)
    moves = [era.begins.astimezone(UTC).date() for era in times if era.resized]
    moved = max((day for day in (history.last_move, *moves) if day), default=None)
    return replace(history, last_move=moved)


def eras_of(
    service: Service, size: TaskSize, start: datetime, now: datetime, readers: Readers
) -> tuple[Era, ...]:
    """Return what was in force when; the server's record is asked only where the present one is too young."""
    began = service.primary.created_at if service.primary else service.created_at
    present = PastDeployment("", InForce(service.task_definition, ()), began, "SUCCESSFUL")
    record: tuple[PastDeployment, ...] = (present,)
    if began > start:
        with suppress(UnreadableError):  # then the time before the present deployment stays unknown
            record = readers.deployments.of(service) or record
    sizes = {one.in_force.task_definition for one in record} | {one.wanted.task_definition for one in record}
    read = {arn: _size(arn, readers) for arn in sorted(sizes - {service.task_definition})}
    grace = timedelta(seconds=service.health_check_grace_seconds)
    return eras(record, {**read, service.task_definition: size}, grace, now)


def _size(revision: str, readers: Readers) -> TaskSize | None:
    definition = readers.task_definitions.describe(revision)
    return definition.metered_size if definition else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
