"""What a person decides on a Change: approve the plan as it stands, or undo what was done."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from trimtab.model.change import APPROVED_PLAN, Change, Kind, State, Turn, plan_hash
from trimtab.model.decision import Refuse
from trimtab.model.service import Service
from trimtab.ports import Changes
from trimtab.workflows.ask_for_rollback import rollback_of, way_back

UNDOABLE: Final = (Kind.RESIZE, Kind.RAISE_MEMORY, Kind.SHIFT, Kind.RETURN)


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
        change: One that succeeded, or is being watched.
        service: As ECS shows it now.
        person: Who asks.
        changes: The table.
        now: The instant.
    """
    if change.kind not in UNDOABLE or change.state not in (State.SUCCEEDED, State.WATCHING):
        return Refuse("nothing_to_undo", f"it is a {change.kind} that is {change.state}")
    if service is None:
        return Refuse("service_gone", "ECS no longer knows the service")
    if newer := _newer(change, service):
        return Refuse("something_newer", f"{newer} is in place by now")
    sentence = f"{person} asked for it to be undone."
    rollback = rollback_of(change, way_back(change), "undone_by_person", sentence, now)
    if change.state is State.WATCHING:
        changes.roll_back(change, rollback, now, "undone_by_person", sentence)
        return rollback
    alone = replace(rollback, parent=None)
    if not changes.record(alone):
        return Refuse("asked_before", "it was asked to be undone before")
    return alone


def _newer(change: Change, service: Service) -> str | None:
    """Return what is in force instead of what the Change put there, None when it still is."""
    if change.kind in (Kind.SHIFT, Kind.RETURN):
        if service.capacity_provider_strategy == change.target.capacity_provider_strategy:
            return None
        pools = [item.capacity_provider for item in service.capacity_provider_strategy]
        return "+".join(pools) or "a launch type"
    ours = change.applied.get("task_definition")
    return None if service.task_definition == ours else service.task_definition.rpartition("/")[2]
