"""Carry out one Change: take it, look again, ask the guards, write once, say what came of it."""

from datetime import timedelta
from typing import Final

from trimtab.decisions.guards import service_allows, switch_allows
from trimtab.model.change import HOLDS_HEAD, Change, Kind, State, Turn, outranks
from trimtab.model.decision import Go, Refuse, Wait
from trimtab.model.errors import ConflictError, RejectedError, ThrottledError
from trimtab.model.service import Service
from trimtab.ports import World
from trimtab.workflows.apply_to_service import apply_rollback, apply_size, apply_strategy, hand_over
from trimtab.workflows.apply_to_task import start_again
from trimtab.workflows.record_change import describe, setting_under

BUSY: Final = timedelta(minutes=1)
UNREADABLE: Final = timedelta(minutes=5)
THROTTLED: Final = timedelta(minutes=1)

WRITES: Final = {
    Kind.RESIZE: apply_size,
    Kind.RAISE_MEMORY: apply_size,
    Kind.SHIFT: apply_strategy,
    Kind.RETURN: apply_strategy,
    Kind.ROLLBACK: apply_rollback,
    Kind.HAND_OVER: hand_over,
}


def apply_change(workload: str, change_id: str, lease_seconds: int, world: World) -> str:
    """Carry out a Change if it is due; return the state it is left in, or why it was left alone.

    A normal no (held, switched off, not at rest, throttled) writes when to look again, and returns. What AWS
    refuses for good closes the Change. An answer that never came is raised: the next applier reads it back.

    Args:
        workload: Hash key of the Change.
        change_id: Its id.
        lease_seconds: How long nobody else may take it: the time this invocation has left, and a margin.
        world: The world.
    """
    now = world.clock.now()
    change = world.changes.get(workload, change_id)
    if change is None or change.turn is not Turn.APPLY or change.due_at > now:
        return "not_due"
    if change.state is State.PLANNED and now > change.decide_by:
        told = "It could not be carried out in time, and nothing old is released late."
        return world.changes.move(
            change, State.EXPIRED, Turn.NONE, now, now, change.outcome or "too_late", told
        ).state
    try:
        taken = world.changes.take(change, now + timedelta(seconds=lease_seconds), now)
    except ConflictError:
        return _stand_back(change, world)
    try:
        return _carry_out(taken, world)
    except ConflictError:
        return "moved_meanwhile"  # the lease ran out, and another applier has taken over
    except ThrottledError as fault:
        answer = Wait(world.clock.now() + THROTTLED, "throttled", f"AWS took no more requests: {fault}")
        return _say_no(taken, answer, world)
    except RejectedError as fault:
        return _fail(taken, str(fault), world)


def _stand_back(change: Change, world: World) -> str:
    """Look again in a minute if the workload is busy; leave a Change alone that has moved."""
    now = world.clock.now()
    try:
        world.changes.wait(
            change, Turn.APPLY, now + BUSY, "workload_busy", "Another Change of this workload is under way."
        )
    except ConflictError:
        return "moved_meanwhile"
    return "workload_busy"


def _supersede_lesser(taken: Change, world: World) -> None:
    """Close what is less urgent on the same workload and has not begun to change it."""
    now = world.clock.now()
    for other in world.changes.of(taken.workload):
        lesser = other.is_open and other.state not in HOLDS_HEAD and outranks(taken.kind, other.kind)
        if lesser and other.id not in (taken.id, taken.parent):
            told = f"{taken.kind} {taken.id} is more urgent."
            try:
                world.changes.move(other, State.SUPERSEDED, Turn.NONE, now, now, "outranked", told)
            except ConflictError:
                world.telemetry.note("lesser change moved meanwhile", change_id=other.id)


def _carry_out(taken: Change, world: World) -> str:
    now = world.clock.now()
    switch, policy = world.control.switch_and_policy()
    answer: Go | Wait | Refuse = switch_allows(taken, switch, now)
    if policy is None:
        answer = Wait(now + UNREADABLE, "policy_unreadable", "The stored policy cannot be read.")
    if not isinstance(answer, Go):
        return _say_no(taken, answer, world)
    if taken.kind is Kind.RESTART:
        _supersede_lesser(taken, world)
        return _finish(taken, start_again(taken, policy, world), world)
    service = world.services.describe(taken.workload)
    setting = setting_under(policy, service, world) if service else None
    if service and not _already_written(taken, service):
        answer = service_allows(taken, service, setting, now)
    elif service is None:
        answer = service_allows(taken, None, None, now)
    if service is None or not isinstance(answer, Go):
        return _say_no(taken, answer, world)
    _supersede_lesser(taken, world)
    return _finish(taken, WRITES[taken.kind](taken, service, world), world)


def _already_written(taken: Change, service: Service) -> bool:
    """Tell whether an earlier try of this Change put its revision or strategy in force before it died."""
    if strategy := taken.target.capacity_provider_strategy:
        return taken.fence > 1 and service.capacity_provider_strategy == strategy
    return taken.applied.get("task_definition") == service.task_definition


def _finish(taken: Change, answer: Change | Wait | Refuse, world: World) -> str:
    if not isinstance(answer, Change):
        return _say_no(taken, answer, world)
    world.telemetry.note("change applied", **{**describe(answer), **answer.applied})
    world.telemetry.count("ChangesApplied")
    return answer.state


def _fail(taken: Change, why: str, world: World) -> str:
    """Close a Change that AWS refuses to carry out, however often it is asked."""
    now = world.clock.now()
    told = f"AWS refused it: {why} Nothing was changed by this request."
    failed = world.changes.move(taken, State.FAILED, Turn.NONE, now, now, "aws_refused", told)
    world.telemetry.note("change failed", **{**describe(failed), "told": told})
    world.telemetry.count("ChangesFailed")
    return failed.state


def _say_no(taken: Change, answer: Go | Wait | Refuse, world: World) -> str:
    """Write down a no: look again later, or close the Change."""
    now = world.clock.now()
    if isinstance(answer, Wait):
        moved = world.changes.move(
            taken, State.PLANNED, Turn.APPLY, answer.until, now, answer.reason, answer.sentence
        )
        return moved.state
    if isinstance(answer, Refuse):
        state = State.SUPERSEDED if answer.superseded else State.REFUSED
        world.changes.move(taken, state, Turn.NONE, now, now, answer.reason, answer.sentence)
        world.telemetry.note("change refused", **{**describe(taken), "reason": answer.reason})
        return state
    return taken.state
