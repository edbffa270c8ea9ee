"""Paying for a Change before it is carried out, and giving back a place when its roll-out is over."""

from trimtab.decisions.budgets import PATIENT, RECORDED, RUNNING, charges_of, judge_record, spent
from trimtab.model.change import Change, State
from trimtab.model.decision import Go, Wait
from trimtab.model.policy import BUILT_IN
from trimtab.ports import World

ROLLING_OUT = (State.APPLYING, State.DEPLOYING)
BADLY = (State.ROLLED_BACK, State.FAILED, State.NEEDS_HUMAN)


def pay(taken: Change, world: World) -> Go | Wait:
    """Charge a Change against every limit at once, or say which one is reached.

    A Change that is put off and comes again has paid already.
    """
    now = world.clock.now()
    _, policy = world.control.switch_and_policy()
    limits, record = (policy or BUILT_IN).limits, world.budgets.record()
    answer = judge_record(taken, limits, record, now)
    if isinstance(answer, Wait):
        world.telemetry.count("BreakerOpen")
        return answer
    reached = world.budgets.charge(charges_of(taken, limits, record, now), holder_of(taken))
    if reached is None:
        return Go()
    if reached.scope == RUNNING:
        _clear_places(world)
    world.telemetry.count("BudgetsSpent")
    return spent(reached, now)


def step_aside(change: Change, world: World) -> None:
    """Give back the place of a Change that has to wait after all, so that others need not wait with it."""
    if change.kind in PATIENT:
        world.budgets.release(holder_of(change))


def end(change: Change, state: State, world: World) -> None:
    """Give back the place of a Change, and add its end to our record."""
    if change.kind not in PATIENT:
        return
    world.budgets.release(holder_of(change))
    if change.kind in RECORDED and (state is State.SUCCEEDED or state in BADLY):
        world.budgets.note_end(state is State.SUCCEEDED, world.clock.now())


def holder_of(change: Change) -> str:
    """Return the name under which a Change is counted."""
    return f"{change.workload} {change.id}"


def _clear_places(world: World) -> None:
    """Give back places whose Changes are no longer rolling out: their function died before it could."""
    for holder in world.budgets.running():
        workload, _, change_id = holder.partition(" ")
        change = world.changes.get(workload, change_id)
        if change is None or change.state not in ROLLING_OUT:
            world.budgets.release(holder)
