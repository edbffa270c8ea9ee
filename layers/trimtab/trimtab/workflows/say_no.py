"""Writing down why a Change is not carried out: it is put off, or closed."""

from datetime import timedelta
from typing import Final

from trimtab.model.change import Change, State, Turn
from trimtab.model.decision import Go, Refuse, Wait
from trimtab.ports import World
from trimtab.workflows.look_back import leave_latest_right
from trimtab.workflows.pay import end
from trimtab.workflows.record_change import describe
from trimtab.workflows.settle_change import settle_parent

EXPIRED: Final = timedelta(seconds=1)
"""So long after its deadline a Change is too late; in the second of it, it would be asked over and over."""


def say_no(taken: Change, answer: Go | Wait | Refuse, world: World) -> str:
    """Write down a no: look again later, or close the Change."""
    now = world.clock.now()
    if isinstance(answer, Wait):
        # Looked at again once it has expired at the latest: then it says why, and is open no longer.
        due_at = max(min(answer.until, taken.decide_by + EXPIRED), now)
        moved = world.changes.move(
            taken, State.PLANNED, Turn.APPLY, due_at, now, answer.reason, answer.sentence, answer.applied
        )
        return moved.state
    if isinstance(answer, Refuse):
        state = State.SUPERSEDED if answer.superseded else State.REFUSED
        world.telemetry.note("change refused", **{**describe(taken), "reason": answer.reason})
        return close_undone(taken, state, answer.reason, answer.sentence, world)
    return taken.state


def fail(taken: Change, why: str, world: World) -> str:
    """Close a Change that AWS refuses to carry out, however often it is asked."""
    told = f"AWS refused it: {why} Nothing was changed by this request."
    world.telemetry.note("change failed", **{**describe(taken), "told": told})
    world.telemetry.count("ChangesFailed")
    return close_undone(taken, State.FAILED, "aws_refused", told, world)


def close_undone(taken: Change, state: State, reason: str, sentence: str, world: World) -> str:
    """Close a Change that was not carried out, and leave nothing of it behind.

    It is read again for what was noted on the way; one that another applier has taken since is its business.
    """
    now = world.clock.now()
    latest = world.changes.get(taken.workload, taken.id)
    if latest is None or (latest.state, latest.fence) != (taken.state, taken.fence):
        return "moved_meanwhile"
    closed = world.changes.move(latest, state, Turn.NONE, now, now, reason, sentence)
    end(closed, state, world)
    leave_latest_right(closed, world)
    settle_parent(closed, world)
    return closed.state
