"""Closing a Change that was carried out, and what hangs on its end."""

from trimtab.model.change import Change, State, Turn
from trimtab.ports import World
from trimtab.workflows.look_back import leave_latest_right
from trimtab.workflows.pay import end
from trimtab.workflows.record_change import describe


def close(change: Change, to: State, reason: str, sentence: str, world: World) -> None:
    """Close a Change: its end is counted, told, and leaves "latest" right."""
    now = world.clock.now()
    if to is State.SUCCEEDED:
        # Before the move, of which the answer may be lost: nobody comes back to what is closed, and every
        # canary would wait for a proof that was there.
        end(change, to, world)
    closed = world.changes.move(change, to, Turn.NONE, now, now, reason, sentence)
    if to is not State.SUCCEEDED:
        end(closed, to, world)
    world.telemetry.note("change settled", **describe(closed), outcome=reason)
    world.telemetry.count(f"Changes{to.value.title().replace('_', '')}")
    if to is not State.SUCCEEDED:
        leave_latest_right(closed, world)


def give_up_parent(change: Change, why: str, world: World) -> None:
    """Leave what a rollback was to take back to a person, as the rollback has failed."""
    parent = world.changes.get(change.workload, change.parent) if change.parent else None
    if parent is not None and parent.state is State.ROLLING_BACK:
        close(parent, State.NEEDS_HUMAN, "rollback_failed", why, world)
