"""What size the tasks of a declared family should have: the same for the plan of the day and at a laptop.

A family is judged like a service of one task on Fargate that has no deployments. Its size is only proposed:
no revision is ever registered for it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Final

from trimtab.decisions.rightsize.family_days import digest_family_days
from trimtab.decisions.rightsize.family_offer import offer_family_size
from trimtab.decisions.sizing_scope import choose_within, scope_of
from trimtab.model.decision import Keep, Resize, Setting
from trimtab.model.digest import DIGESTS_KEPT, SizingHistory
from trimtab.model.policy import StandaloneRule
from trimtab.model.price_book import PriceBook
from trimtab.model.service import Service
from trimtab.model.tags import Mode
from trimtab.model.task_definition import TaskDefinition, family_workload
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize
from trimtab.model.usage import FamilyName, FamilyPoints
from trimtab.ports import Insights
from trimtab.workflows.not_judged import judged
from trimtab.workflows.size_of_service import Sizeable, terms_for

ONE_DAY: Final = timedelta(days=1)
Kills = Callable[[FamilyName, datetime], Iterable[datetime]]
"""When tasks of a family were killed for memory since then."""


def sizeable_family(
    cluster: str, family: str, rule: StandaloneRule, definition: TaskDefinition | None, now: datetime
) -> Keep | Sizeable:
    """Return what the size of a family is decided on, or why it is not decided.

    Args:
        cluster: Its name.
        family: Its name.
        rule: What the policy declares of it.
        definition: Its newest ACTIVE revision, None where there is none.
        now: The instant.
    """
    if definition is None:
        return Keep("no_task_size", f"Family {family} has no ACTIVE task definition.")
    if "FARGATE" not in (definition.fields.get("requiresCompatibilities") or ()):
        return Keep("not_fargate", f"Family {family} is not made for Fargate, whose sizes are chosen from.")
    service = as_service(cluster, family, definition)
    present = definition.size.memory_mib if definition.size else 0
    most_mib = max(rule.classes.memory.memory_mib_max, present)
    setting = Setting(Mode.OBSERVE, largest=TaskSize(FARGATE_LINUX_SIZES[-1].cpu_units, most_mib))
    scope = scope_of(service, definition, setting, None, None, now)
    return scope if isinstance(scope, Keep) else Sizeable(service, definition, setting, scope)


def as_service(cluster: str, family: str, definition: TaskDefinition | None) -> Service:
    """Return a family as if it was a service of one task that has always been there."""
    revision = definition.arn if definition else family
    return Service(
        arn=family_workload(revision, cluster),
        name=family,
        cluster_arn=cluster,
        status="ACTIVE",
        task_definition=revision,
        desired_count=1,
        running_count=1,
        pending_count=0,
        launch_type="FARGATE",
        capacity_provider_strategy=(),
        deployment_controller="ECS",
        scheduling_strategy="REPLICA",
        minimum_healthy_percent=100,
        deployments=(),
        created_at=datetime.min.replace(tzinfo=UTC),
    )


def read_families(
    known: Mapping[FamilyName, SizingHistory], insights: Insights, kills: Kills, now: datetime
) -> Iterator[tuple[FamilyName, SizingHistory | Keep]]:
    """Yield each family with its history up to yesterday, as far as enough was measured.

    A family whose measurements cannot be judged gets a ``Keep`` ``not_judged``.

    Args:
        known: Families with what is known of them already.
        insights: Where to read.
        kills: When their tasks were killed for memory.
        now: The instant.
    """
    today = now.astimezone(UTC).date()
    oldest, end = today - DIGESTS_KEPT * ONE_DAY, _midnight(today)
    histories = {family: kept.between(oldest, today - ONE_DAY) for family, kept in known.items()}
    starts = {
        family: _midnight(history.last_day + ONE_DAY if history.last_day else oldest)
        for family, history in histories.items()
    }
    yield from ((family, histories[family]) for family, start in starts.items() if start >= end)
    for family, points in insights.of_families(starts, end):
        learn = partial(_learn, family, histories[family], points, kills, starts[family], today)
        yield family, judged(learn)


def _learn(
    family: FamilyName,
    history: SizingHistory,
    points: FamilyPoints,
    kills: Kills,
    start: datetime,
    today: date,
) -> SizingHistory:
    for digest in digest_family_days(points, kills(family, start), start.date(), today):
        history = history.with_day(digest)
    return history


def size_of_family(
    one: Sizeable, history: SizingHistory, kill_floor_mib: int, prices: PriceBook, now: datetime
) -> Keep | Resize:
    """Choose by what is known up to yesterday; ``kill_floor_mib`` is what a kill for memory has taught."""

    def ask(sizes: tuple[TaskSize, ...]) -> Keep | Resize:
        terms = terms_for(one, sizes, history, kill_floor_mib, prices)
        return offer_family_size(one.size, history, now.date(), terms)

    return choose_within(one.scope, one.definition, None, history.digests, ask)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
