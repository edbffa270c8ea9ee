"""What a person decides on a Change: approve the plan as it stands, or undo what was done."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from trimtab.model.change import APPROVED_PLAN, Change, Kind, State, Turn, plan_hash, same_subject
from trimtab.model.decision import Refuse
from trimtab.model.service import Service
from trimtab.ports import Changes
from trimtab.workflows.ask_for_rollback import rollback_of, way_back

UNDOABLE: Final = (Kind.RESIZE, Kind.RAISE_MEMORY, Kind.SHIFT, Kind.RETURN)
UNDER_WAY: Final = (State.DEPLOYING, State.WATCHING)
OVER: Final = (State.SUCCEEDED, State.NEEDS_HUMAN)
"""What is left to a person is in force, or may be: to take it back is what a person would want of us."""


def approve(change: Change, plan: str, person: str, changes: Changes, now: datetime) -> Change | Refuse:
    """Release a proposal that waits for a person, if it is the plan that the person has seen.

    An approval is used once, for this plan, and only while the proposal is in time: the applier compares
    the plan again and asks every guard.
    """
    if change.state is State.APPROVED and change.applied.get(APPROVED_PLAN) == plan:
        return changes.move(change, State.PLANNED, Turn.APPLY, now, now)
    if change.state is not State.PROPOSED or change.turn is not Turn.PERSON:
        return Refuse("not_waiting", f"it is {change.state} and does not wait for a person")
    if plan != plan_hash(change):
        return Refuse("other_plan", f"its plan is {plan_hash(change)} now, not {plan}: look at it again")
    if now > change.decide_by:
        return Refuse("too_late", "it has expired; the next one will be decided on newer numbers")
    signed = {APPROVED_PLAN: plan, "approved_by": person}
    approved = changes.move(change, State.APPROVED, Turn.SETTLE, change.decide_by, now, applied=signed)
    return changes.move(approved, State.PLANNED, Turn.APPLY, now, now)


def undo(
    change: Change, service: Service | None, person: str, changes: Changes, now: datetime
) -> Change | Refuse:
    """Record the rollback of a Change that was carried out, if nothing newer is in place.

    Args:
        change: One that is in force: on its way, watched, kept, or left to a person.
        service: As ECS shows it now.
        person: Who asks.
        changes: The table.
        now: The instant.
    """
    put = change.kind in UNDOABLE and "deployment" in change.applied
    if not put or change.state not in (*UNDER_WAY, *OVER):
        return Refuse("nothing_to_undo", f"it is a {change.kind} that is {change.state}")
    if service is None:
        return Refuse("service_gone", "ECS no longer knows the service")
    known = changes.of(change.workload)
    if newer := _newer(change, service) or _followed_by(change, known):
        return Refuse("something_newer", f"{newer} is in place by now")
    if any(c.kind is Kind.ROLLBACK and c.cause == change.id and _stands(c) for c in known):
        return Refuse("asked_before", "it was asked to be undone before")
    sentence = f"{person} asked for it to be undone."
    epoch = f"{now:%Y-%m-%dT%H:%M}"
    rollback = rollback_of(change, way_back(change), "undone_by_person", sentence, now, epoch=epoch)
    if change.state in UNDER_WAY:
        changes.roll_back(change, rollback, now, "undone_by_person", sentence)
        return rollback
    alone = replace(rollback, parent=None)
    if not changes.record(alone):
        return Refuse("asked_before", "it was asked to be undone before")
    return alone


def _stands(rollback: Change) -> bool:
    """Tell whether a rollback is on its way or was carried out; one that expired may be asked for again."""
    return rollback.is_open or "deployment" in rollback.applied


def _followed_by(change: Change, known: Sequence[Change]) -> str | None:
    """Return what Trimtab itself put in force after a Change, of the same subject; None when nothing."""
    began = change.times.get(State.DEPLOYING, change.created_at)
    later = [
        c for c in known
        if c.id != change.id and "deployment" in c.applied and same_subject(c, change)
        and c.times.get(State.DEPLOYING, c.created_at) > began
    ]  # fmt: skip
    return f"{later[-1].kind} {later[-1].id}" if later else None


def _newer(change: Change, service: Service) -> str | None:
    """Return what is in force instead of what the Change put there, None when it still is."""
    if change.kind in (Kind.SHIFT, Kind.RETURN):
        if service.capacity_provider_strategy == change.target.capacity_provider_strategy:
            return None
        pools = [item.capacity_provider for item in service.capacity_provider_strategy]
        return "+".join(pools) or "a launch type"
    ours = change.applied.get("task_definition")
    return None if service.task_definition == ours else service.task_definition.rpartition("/")[2]
