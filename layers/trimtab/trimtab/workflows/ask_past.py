"""Asking what became of earlier changes of a service before the next, and noting what others did since."""

from collections.abc import Sequence
from typing import Final

from trimtab.decisions.quarantine import (
    AFTERWARDS,
    FORWARD,
    SEEN_AT,
    Afterwards,
    advise,
    judge_past,
    to_look_after,
    what_came_after,
)
from trimtab.model.budget import Limits
from trimtab.model.change import SIZE_KINDS, Change, Kind
from trimtab.model.decision import Go, Refuse, Resize, Setting
from trimtab.model.errors import ConflictError
from trimtab.model.service import Service
from trimtab.model.tags import Mode
from trimtab.ports import World
from trimtab.workflows.record_change import describe, refused_for_good

PUT_IN_FORCE: Final = (Mode.APPROVE, Mode.APPLY)
"""Modes in which a decision may come to be carried out: in the others nothing is asked of the past."""


def past_allows(taken: Change, limits: Limits, world: World) -> Go | Refuse:
    """Ask the past of the service of a Change that is about to be carried out."""
    if taken.kind not in FORWARD:
        return Go()
    past, cleared_at = world.changes.of(taken.workload), world.control.cleared_at(taken.workload)
    return judge_past(taken.kind, taken.name, past, cleared_at, limits)


def barred(kind: Kind, service: Service, setting: Setting, cause: str, world: World) -> Refuse | None:
    """Ask the past before a Change is recorded; a no is recorded and told once, until somebody clears it."""
    if kind not in FORWARD or setting.mode not in PUT_IN_FORCE:
        return None
    past = _looked_after(world.changes.of(service.arn), service, world)
    cleared_at = world.control.cleared_at(service.arn)
    answer = judge_past(kind, service.name, past, cleared_at, setting.limits)
    if isinstance(answer, Go):
        return None
    epoch = f"since {cleared_at:%Y-%m-%dT%H:%M:%S}" if cleared_at else "since ever"
    refused = refused_for_good(kind, service, setting, answer, cause, epoch, world)
    if world.changes.record(refused):
        world.telemetry.note("left alone", **describe(refused))
    return answer


def with_advice(decision: Resize, service: Service, setting: Setting, world: World) -> Resize:
    """Return a new size with what there is to say about deployments that keep bringing the old one."""
    if setting.mode not in PUT_IN_FORCE:
        return decision
    return advise(decision, world.changes.of(service.arn), world.control.cleared_at(service.arn))


def note_afterwards(change: Change, service: Service, world: World) -> Change:
    """Note on a size of ours that somebody has deployed over what that deployment did to it.

    A reset stays noted, whatever is deployed next: ECS may go back from it, and it was one all the same.
    """
    put, noted = change.applied.get("task_definition"), change.applied.get(AFTERWARDS)
    if change.kind not in SIZE_KINDS or noted == Afterwards.RESET or put in (None, service.task_definition):
        return change
    past = world.changes.of(change.workload)
    if any(
        c.kind in SIZE_KINDS and c.applied.get("task_definition") == service.task_definition for c in past
    ):
        return change  # a later size of ours is nobody's reset
    ours = world.task_definitions.describe(put)
    theirs = world.task_definitions.describe(service.task_definition)
    if ours is None or theirs is None:
        return change
    seen = what_came_after(change, ours, theirs).value
    if seen == noted:
        return change
    return world.changes.note(change, {AFTERWARDS: seen, SEEN_AT: world.clock.now().isoformat()})


def _looked_after(past: Sequence[Change], service: Service, world: World) -> Sequence[Change]:
    """Return the past with a note on the last size that succeeded and has been deployed over since."""
    last = to_look_after(past, service.task_definition)
    if last is None:
        return past
    try:
        noted = note_afterwards(last, service, world)
    except ConflictError:
        return world.changes.of(service.arn)  # another look has just noted it
    return [noted if one.id == noted.id else one for one in past]
