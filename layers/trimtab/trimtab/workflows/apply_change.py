"""Carry out one Change: take it, look again, ask the guards, write once, say what came of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from trimtab.decisions.last_resort import TAKEN_OVER_WITHIN
from trimtab.model.change import Change, Kind, State, Turn
from trimtab.model.decision import Go, Refuse, Wait
from trimtab.model.errors import (
    ConflictError,
    DeniedError,
    RejectedError,
    ShareSpentError,
    StaleLookError,
    ThrottledError,
)
from trimtab.model.head import Head
from trimtab.model.launch import is_lineage
from trimtab.ports import World
from trimtab.workflows.apply_to_service import (
    apply_rollback,
    apply_size,
    apply_strategy,
    copy_or_mark,
    hand_over,
)
from trimtab.workflows.apply_to_task import start_again, started_before
from trimtab.workflows.brake_storm import may_share, storm_allows
from trimtab.workflows.last_look import (
    adopt,
    ask_guards,
    noted_before,
    policy_allows,
    was_carried_out,
    was_sent,
)
from trimtab.workflows.look_back import as_it_stands, hear
from trimtab.workflows.pay import pay, step_aside
from trimtab.workflows.record_change import describe
from trimtab.workflows.say_no import close_undone, fail, say_no
from trimtab.workflows.supersede_lesser import supersede_lesser

BUSY: Final = timedelta(minutes=1)
THROTTLED: Final = timedelta(minutes=1)

TOO_LATE: Final = Refuse("too_late", "It could not be carried out in time, and nothing old is released late.")

WRITES: Final = {
    Kind.RESIZE: apply_size,
    Kind.RAISE_MEMORY: apply_size,
    Kind.SHIFT: apply_strategy,
    Kind.RETURN: apply_strategy,
    Kind.ROLLBACK: apply_rollback,
    Kind.HAND_OVER: hand_over,
    Kind.TAG: copy_or_mark,
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
    change, lineage, head = _read(workload, change_id, world)
    if change is None or change.turn is not Turn.APPLY or change.due_at > now:
        return "not_due"
    if change.state is State.PLANNED and _is_too_late(change, now):
        told = f"{change.outcome_sentence} {TOO_LATE.sentence}".strip()
        return close_undone(change, State.EXPIRED, change.outcome or "too_late", told, world)
    try:
        taken = world.changes.take(change, now + timedelta(seconds=lease_seconds), now, head)
    except ConflictError:
        return _stand_back(change, world)
    with world.api_share.working_for(taken.kind):
        try:
            return _try(taken, change.state is State.APPLYING, lineage, world)
        except ConflictError:
            return "moved_meanwhile"  # the lease ran out, and another applier has taken over


def _is_too_late(change: Change, now: datetime) -> bool:
    return now > change.decide_by


def _read(workload: str, change_id: str, world: World) -> tuple[Change | None, Sequence[Change], Head | None]:
    """Read a Change; for a restart with the others of its lineage and HEAD, all of which count for it."""
    if not is_lineage(workload):
        return world.changes.get(workload, change_id), (), None
    lineage, head = world.changes.of_lineage(workload)
    return next((one for one in lineage if one.id == change_id), None), lineage, head


def _try(taken: Change, taken_over: bool, lineage: Sequence[Change], world: World) -> str:
    try:
        if taken.kind is Kind.RESTART:
            return _finish(taken, _start(taken, lineage, world), lineage, world)
        return _carry_out(taken, world)
    except StaleLookError as fault:
        return say_no(taken, Wait(world.clock.now() + BUSY, "look_too_old", str(fault)), world)
    except ThrottledError as fault:
        answer = Wait(world.clock.now() + THROTTLED, "throttled", f"AWS took no request for now: {fault}")
        if fault.share_seconds is not None:
            answer = _share_spent(str(fault), fault.share_seconds, world)
        return say_no(taken, answer, world)
    except ShareSpentError as fault:
        answer = _share_spent(str(fault), fault.seconds, world)
        return _ask_later(taken, answer, world) if taken_over else say_no(taken, answer, world)
    except RejectedError as fault:
        if taken.kind is Kind.ROLLBACK and isinstance(fault, DeniedError):
            told = f"IAM does not allow the way back; while there is time it is tried again: {fault}"
            return say_no(taken, Wait(world.clock.now() + THROTTLED, "aws_denied", told), world)
        return fail(taken, str(fault), world)


def _share_spent(why: str, seconds: float, world: World) -> Wait:
    return Wait(world.clock.now() + timedelta(seconds=seconds), "api_share", f"It waits for its turn: {why}")


def _ask_later(taken: Change, answer: Wait, world: World) -> str:
    """Leave a Change to the next applier that was taken over from one that may have sent something.

    It must not be put off, and perhaps expire, before ECS was asked. It keeps its lease until then; this is
    no takeover, as nobody was lost. Long after its deadline the settler gives it to a person.
    """
    asked_for_ever = world.clock.now() >= taken.decide_by + TAKEN_OVER_WITHIN
    turn = Turn.SETTLE if asked_for_ever else Turn.APPLY
    world.changes.wait(taken, turn, max(taken.due_at, answer.until), answer.reason, answer.sentence)
    return answer.reason


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


def _carry_out(taken: Change, world: World) -> str:
    looked_at = world.clock.now()
    service = world.services.describe(taken.workload)
    if noted_before(taken):
        if service is None:
            # What was sent may be in force: the next applier asks ECS again, as often as one may take over.
            told = "ECS does not find the service, to which something may have been written."
            world.changes.wait(taken, Turn.SETTLE, taken.due_at, "service_not_found", told)
            return "service_not_found"
        if was_sent(taken, service) or was_carried_out(taken, service, world):
            return _finish(taken, adopt(taken, service, world), None, world)
    if _is_too_late(taken, world.clock.now()):
        return say_no(taken, TOO_LATE, world)
    if service is not None and taken.kind is Kind.ROLLBACK:
        taken = as_it_stands(taken, service, world)
    answer = ask_guards(taken, service, world)
    if not isinstance(answer, Go) or service is None:
        return say_no(taken, answer, world)
    paid = pay(taken, world)
    if isinstance(paid, Wait):
        return say_no(taken, paid, world)
    return _finish(paid, WRITES[paid.kind](paid, looked_at, world), None, world)


def _start(taken: Change, lineage: Sequence[Change], world: World) -> Change | Wait | Refuse:
    """Ask what a restart has to be asked: was it started before, is it too late, the switch, the policy."""
    if started := started_before(taken, world):
        return started
    now = world.clock.now()
    if _is_too_late(taken, now):
        return TOO_LATE
    read = world.control.before_start(taken.workload, taken.cluster, *may_share(taken))
    answer = policy_allows(taken, read.switch, read.policy, world)
    if not isinstance(answer, Go):
        return answer
    free = storm_allows(taken, read.brakes, world)
    if isinstance(free, Wait):
        return free
    paid = pay(free, world, (read.switch, read.policy))
    if isinstance(paid, Wait):
        return paid
    return start_again(paid, lineage, read, now, world)


def _finish(
    taken: Change, answer: Change | Wait | Refuse, known: Sequence[Change] | None, world: World
) -> str:
    """Say what came of it; ``known`` are the Changes of the workload, where they have been read."""
    if not isinstance(answer, Change):
        if isinstance(answer, Wait):
            step_aside(taken, world)
        return say_no(taken, answer, world)
    world.telemetry.note("change applied", **{**describe(answer), **answer.applied})
    world.telemetry.count("ChangesApplied")
    others = world.changes.open_of(answer.workload) if known is None else [c for c in known if c.is_open]
    supersede_lesser(answer, others, world)
    if answer.state is State.DEPLOYING and answer.kind is not Kind.RESTART:
        _look_back(answer, world)
    return answer.state


def _look_back(answer: Change, world: World) -> None:
    """Look at once at what the write replaced; with our share used up the settler is the first to look."""
    try:
        hear(answer, world.services.describe(answer.workload), world)
    except ShareSpentError as fault:
        world.telemetry.note("looked back later", **{**describe(answer), "told": str(fault)})
