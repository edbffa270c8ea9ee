"""What size a service should have: the same for the plan of the day and for a person at a laptop."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

from trimtab.decisions.rightsize.offer import NOTHING, memory_to_start_mib, offer_size, terms_of
from trimtab.decisions.sizing_scope import (
    Scope,
    choose_within,
    memory_beside_mib,
    needed_mib,
    scope_of,
    told_split,
)
from trimtab.model.decision import Keep, Resize, Setting
from trimtab.model.digest import SizingHistory
from trimtab.model.price_book import PriceBook
from trimtab.model.scaling import Scaling, TaskSamples
from trimtab.model.service import Service
from trimtab.model.sizing import Terms
from trimtab.model.task_definition import TaskDefinition
from trimtab.model.task_size import TaskSize
from trimtab.model.usage import ContainerUse
from trimtab.ports import Insights, TaskCounts

YOUNG: Final = timedelta(days=1)
"""Of a service that is younger, no day is known."""

PINNED_FOR: Final = timedelta(days=14)
"""So far back it is asked how many tasks a service had that is scaled by CPU and is at its minimum."""


@dataclass(frozen=True, slots=True)
class Sizeable:
    """A service whose size may be decided, and what it is decided on."""

    service: Service
    definition: TaskDefinition
    setting: Setting
    scope: Scope
    scaling: Scaling | None = None
    used: Mapping[str, ContainerUse] = field(default_factory=dict, hash=False)
    """By name what its containers used; empty where nobody measures single ones, or nobody asked."""

    @property
    def size(self) -> TaskSize:
        """The size in force, which its utilization is measured against."""
        return self.scope.current


def sizeable(
    service: Service,
    definition: TaskDefinition | None,
    setting: Setting,
    largest: TaskSize,
    scaling: Scaling | None,
    lately: TaskSamples | None,
    now: datetime,
) -> Keep | Sizeable:
    """Return what a service's size is decided on, or why it is not decided.

    Args:
        service: As read now.
        definition: The revision it runs, None when ECS does not know it.
        setting: What tags and policy allow.
        largest: What may be registered at all.
        scaling: How its desired count is moved, None where nothing moves it.
        lately: Its last two weeks, as ``counts_if_pinned`` tells them.
        now: The instant.
    """
    if service.deployment_controller != "ECS" or service.scheduling_strategy != "REPLICA":
        return Keep("other_controller", "It is not a replica service with the controller ECS.")
    scope = scope_of(service, definition, setting, scaling, lately, now)
    if isinstance(scope, Keep) or definition is None:
        return scope if isinstance(scope, Keep) else Keep("no_task_size", "Its task definition is gone.")
    if not scope.on_instances and not largest.holds(scope.current):
        return Keep(
            "size_above_caps",
            f"It runs {scope.current}, more than the stack's caps let Trimtab register.",
        )
    if service.deploying:
        return Keep("deployment_in_progress", "A deployment is on its way.")
    return Sizeable(service, definition, setting, scope, scaling)


def counts_if_pinned(
    service: Service, scaling: Scaling | None, counts: TaskCounts, now: datetime
) -> TaskSamples | None:
    """Return the last two weeks of a service that is scaled by CPU and has as few tasks as it may."""
    if scaling and scaling.follows_cpu and service.desired_count == scaling.minimum > 0:
        return counts.of(service, now - PINNED_FOR, now)
    return None


def terms_for(
    one: Sizeable,
    sizes: tuple[TaskSize, ...],
    history: SizingHistory,
    kill_floor_mib: int,
    prices: PriceBook,
) -> Terms:
    """Return on what terms some sizes may be chosen; ``kill_floor_mib`` is what a memory kill has taught."""
    needed = needed_mib(one.definition.containers, one.used, history.digests)
    beside_mib = memory_beside_mib(one.scope, history.digests, needed)
    floor_mib = max(kill_floor_mib, start_floor_mib(one, history), beside_mib)
    price, tasks = prices.of(one.definition), max(one.service.desired_count, 1)
    return terms_of(one.setting, price, sizes, floor_mib, tasks)


def start_floor_mib(one: Sizeable, history: SizingHistory) -> int:
    """Return the memory that it takes to start; it does start with what it has."""
    return min(memory_to_start_mib(history), one.size.memory_mib)


def size_of(
    one: Sizeable,
    history: SizingHistory,
    kill_floor_mib: int,
    prices: PriceBook,
    now: datetime,
    too_small: TaskSize = NOTHING,
) -> Keep | Resize:
    """Choose by what is known up to yesterday, within what may be chosen for the service.

    Args:
        one: The service.
        history: What is known of its usage.
        kill_floor_mib: What a kill for memory has taught.
        prices: Of its Region.
        now: The instant.
        too_small: What had to be given back: it gets more of both.
    """
    if now - one.service.created_at < YOUNG:
        return Keep("too_little_data", f"{one.service.name} is younger than a day.")

    def ask(sizes: tuple[TaskSize, ...]) -> Keep | Resize:
        terms = terms_for(one, sizes, history, kill_floor_mib, prices)
        return offer_size(one.size, history, now.date(), terms, too_small)

    decision = choose_within(one.scope, one.definition, one.scaling, history.digests, ask)
    return told_split(decision, one.definition.containers, one.used)


def with_containers(
    one: Sizeable, history: SizingHistory, prices: PriceBook, insights: Insights, now: datetime
) -> Sizeable:
    """Return a service with what its containers used, where that may decide on its size.

    Reading costs money for each container: it is asked for only where a task has several, and would get
    another size if its sidecars needed nothing for themselves.
    """
    if len(one.definition.containers) < 2 or one.scope.on_instances or not history.digests:
        return one
    alone = replace(one, scope=replace(one.scope, memory_aside_mib=0))
    if isinstance(size_of(alone, history, 0, prices, now), Keep):
        return one
    first = datetime.combine(history.digests[0].day, time(), UTC)
    return replace(one, used=insights.of_containers(one.service, first, now))
