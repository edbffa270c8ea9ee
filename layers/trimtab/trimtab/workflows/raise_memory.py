"""A task of a service was killed for memory: record more of it, or why more would not help."""

from collections.abc import Sequence
from math import ceil
from typing import Final

from trimtab.decisions.fit import judge_fit
from trimtab.decisions.memory_raise import (
    Kill,
    count_raises,
    is_raise,
    limit_that_stays,
    raise_memory,
)
from trimtab.decisions.rightsize import after_kill
from trimtab.decisions.rightsize.offer import terms_of
from trimtab.model.change import Change, Kind, State, is_carried_out
from trimtab.model.decision import Keep, Resize, Setting
from trimtab.model.digest import SizingHistory
from trimtab.model.service import Service
from trimtab.model.task import Task
from trimtab.model.task_definition import TaskDefinition
from trimtab.model.task_size import TaskSize, smallest_holding
from trimtab.model.verdict import Verdict
from trimtab.ports import World
from trimtab.workflows.ask_past import barred
from trimtab.workflows.record_change import describe, record_for_service, refused_for_service, setting_of

TRIES_A_DAY: Final = 4
"""A raise that came to nothing is asked for again by the next kill; a refusal that lasts is no news."""


def raise_service_memory(task: Task, verdict: Verdict, cause: str, world: World) -> tuple[str, str]:
    """Record more memory for a service; carried out once a revision. Return a code and a sentence."""
    service = world.services.describe(task.service_arn) if task.service_arn else None
    if service is None:
        return "service_gone", "ECS no longer knows the service."
    setting = setting_of(service, world)
    if isinstance(setting, Keep):
        return setting.reason, setting.sentence
    if service.task_definition != task.task_definition_arn:
        return "old_revision", "The service is on another revision by now: the kill says nothing of that one."
    changes = world.changes.of(service.arn)
    if _is_answered(service.task_definition, changes):
        return "already_recorded", "This revision's memory kill has been answered before."
    definition = world.task_definitions.describe(service.task_definition)
    size = definition.size if definition else None
    decision = _decide(service, definition, verdict, setting, changes, world)
    if size is not None:
        floor = decision.size if isinstance(decision, Resize) else size
        world.control.raise_floor(service.arn, floor.memory_mib, world.clock.now())
    if isinstance(decision, Keep):
        return _record_no(service, setting, verdict, decision, cause, world)
    if no := barred(Kind.RAISE_MEMORY, service, setting, cause, world):
        return no.reason, no.sentence
    return _record(service, size, decision, setting, changes, cause, world)


def _is_answered(revision: str, changes: Sequence[Change]) -> bool:
    """Tell whether a raise for this revision is on its way, was carried out, or waits for a person."""
    for_this = [c for c in changes if c.kind is Kind.RAISE_MEMORY and c.base.task_definition == revision]
    return any(
        is_carried_out(c) or c.state is State.NEEDS_HUMAN or (c.is_open and c.state is not State.PROPOSED)
        for c in for_this
    )


def _decide(
    service: Service,
    definition: TaskDefinition | None,
    verdict: Verdict,
    setting: Setting,
    changes: Sequence[Change],
    world: World,
) -> Keep | Resize:
    unfit = judge_fit(service, definition)
    if unfit is not None or definition is None or definition.size is None:
        return unfit or Keep("no_task_size", "Its task definition sets no task size.")
    container = str(verdict.evidence.get("container", ""))
    size, price = definition.size, world.prices.fargate().of(definition)
    history, today = world.control.sizing_history(service.arn), world.clock.now().date()
    kill = Kill(
        container,
        limit_that_stays(definition, container, size.memory_mib),
        count_raises(changes, world.clock.now()),
        floor_mib=_once_used(history, size, setting.largest),
    )
    terms = terms_of(setting, price, (), 0, service.desired_count)
    return raise_memory(
        size,
        kill,
        setting.largest,
        service.desired_count,
        price,
        lambda larger: after_kill(size, larger, history, today, terms),
    )


def _once_used(history: SizingHistory, size: TaskSize, largest: TaskSize) -> int:
    """Return the most memory that is known to have been used, 0 where no allowed size holds that.

    A kill at a size that was cut below it is no leak: a few steps may not lead back to it.
    """
    peaks = [day.memory_peak_mib for day in history.digests if day.memory_peak_mib is not None]
    most_mib = ceil(max(peaks, default=0))
    holding = smallest_holding(TaskSize(size.cpu_units, most_mib))
    return most_mib if any(largest.holds(one) for one in holding) else 0


def _record(
    service: Service,
    size: TaskSize | None,
    decision: Resize,
    setting: Setting,
    changes: Sequence[Change],
    cause: str,
    world: World,
) -> tuple[str, str]:
    """Record the raise: one a revision and day, and another when that one came to nothing."""
    today = world.clock.now().date()
    tried = sum(
        is_raise(c) and _came_to_nothing(c) and c.created_at.date() == today
        for c in changes
        if c.base.task_definition == service.task_definition
    )
    epoch = f"{service.task_definition}/{today}/{min(tried, TRIES_A_DAY - 1)}"
    change, new = record_for_service(
        Kind.RAISE_MEMORY, service, size, decision, setting, "memory_kill", epoch, world
    )
    if not new:
        return "already_recorded", "This revision's memory kill has been answered before."
    world.telemetry.note("memory raise decided", event=cause, **describe(change))
    return change.state.value, change.sentence


def _came_to_nothing(change: Change) -> bool:
    """Tell whether a raise was to be carried out and was not: for want of time, by a fault, by a hold."""
    return State.PLANNED in change.times and not change.is_open and not is_carried_out(change)


def _record_no(
    service: Service, setting: Setting, verdict: Verdict, decision: Keep, cause: str, world: World
) -> tuple[str, str]:
    """Record that memory is not raised, once a day: the team has to know that kills go on."""
    change = refused_for_service(Kind.RAISE_MEMORY, service, setting, verdict, decision, cause, world)
    if world.changes.record(change):
        world.telemetry.note("memory not raised", **describe(change))
    return decision.reason, decision.sentence
