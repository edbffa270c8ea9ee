"""Paying for a Change before it is carried out, and giving back a place when its roll-out is over."""

from datetime import timedelta
from typing import Final

from trimtab.decisions.budgets import (
    CANARY,
    PATIENT,
    RECORDED,
    RUNNING,
    charges_of,
    era_of,
    judge_record,
    spent,
)
from trimtab.decisions.guards import switch_allows
from trimtab.model.budget import Charge, Record
from trimtab.model.change import Change, State
from trimtab.model.decision import Go, Wait
from trimtab.model.errors import UnreadableError
from trimtab.model.policy import Policy
from trimtab.model.switch import Switch
from trimtab.ports import World

ROLLING_OUT: Final = (State.APPLYING, State.DEPLOYING)
BADLY: Final = (State.ROLLED_BACK, State.NEEDS_HUMAN)
PROVED_NOTHING: Final = (State.SUPERSEDED, State.REFUSED, State.EXPIRED, State.FAILED)
"""So a resize ends that says nothing of the release and the policy under which it was begun.

A resize that failed is one that AWS refused to carry out: no service was touched.
"""

UNREADABLE: Final = timedelta(minutes=5)

BEGUN_UNDER: Final = "begun_under"
"""Under this name a resize notes the release and the version of the policy under which it was begun."""


def pay(taken: Change, world: World, steering: tuple[Switch, Policy | None] | None = None) -> Change | Wait:
    """Charge a Change against every limit at once, or say which one is reached.

    A Change that is put off and comes again has paid already. A resize notes the era it was begun in.
    ``steering`` is switch and policy, where they have just been read.
    """
    now = world.clock.now()
    switch, policy = steering or world.control.switch_and_policy()
    answer: Go | Wait = switch_allows(taken, switch, now)
    if isinstance(answer, Wait):
        return answer  # it was let through a moment ago; what is read last holds
    if policy is None:
        # It could be read a moment ago. Any other limits might be wider than the team's.
        world.telemetry.count("PolicyUnreadable")
        return Wait(now + UNREADABLE, "policy_unreadable", "The stored policy cannot be read.")
    era = era_of(world.release, policy.version)
    record = world.budgets.record(era) if taken.kind in (*RECORDED, *PATIENT) else Record()
    answer = judge_record(taken, policy.limits, record, now)
    if isinstance(answer, Wait):
        world.telemetry.count("BreakerOpen")
        return answer
    charges = charges_of(taken, policy.limits, record, era, now)
    reached = world.budgets.charge(charges, holder_of(taken))
    if reached is not None:
        _clear(reached, world)
        world.telemetry.count("BudgetsSpent")
        return spent(reached, now)
    if taken.kind in RECORDED and taken.applied.get(BEGUN_UNDER) != era:
        return world.changes.note(taken, {BEGUN_UNDER: era})
    return taken


def step_aside(change: Change, world: World) -> None:
    """Give back the place of a Change that has to wait after all, so that others need not wait with it."""
    if change.kind in PATIENT:
        world.budgets.release(RUNNING, RUNNING, holder_of(change))


def end(change: Change, state: State, world: World) -> None:
    """Give back the place of a Change, and add its end to our record; doing it twice is doing it once."""
    step_aside(change, world)
    if change.kind in RECORDED and (state is State.SUCCEEDED or state in BADLY):
        era = change.applied.get(BEGUN_UNDER, era_of("unknown", 0))
        at = change.times.get(state, world.clock.now())
        world.budgets.note_end(state is State.SUCCEEDED, at, era, change.id)


def holder_of(change: Change) -> str:
    """Return the name under which a Change is counted."""
    return f"{change.workload} {change.id}"


def _clear(reached: Charge, world: World) -> None:
    """Give back places of Changes that need them no longer: whose function died before it could do so.

    A place among the roll-outs is needed while one runs; one among the canaries until it says something.
    """
    if not reached.lasts:
        return
    for holder in world.budgets.holders(reached.scope, reached.window):
        if _needs_no_place(holder, reached.scope, world):
            world.budgets.release(reached.scope, reached.window, holder)


def _needs_no_place(holder: str, scope: str, world: World) -> bool:
    workload, _, change_id = holder.partition(" ")
    try:
        change = world.changes.get(workload, change_id)
    except UnreadableError as fault:
        # Another version's, or somebody's edit: it would hold back every other Change for as long.
        world.telemetry.note("place of an unreadable Change given back", told=str(fault))
        world.telemetry.count("UnreadableChanges")
        return True
    if change is None:
        return True
    return change.state in PROVED_NOTHING if scope == CANARY else change.state not in ROLLING_OUT
