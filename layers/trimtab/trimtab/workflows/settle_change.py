"""Watch each applied Change until it is kept, rolled back, superseded, or handed to a person."""

from datetime import datetime, timedelta
from typing import Final

from trimtab.decisions.last_resort import (
    SETTLED_WITHIN,
    is_lost,
    latest_end,
    one_more_takeover,
    takeovers,
    tried_so_far,
)
from trimtab.decisions.owner import owner_of
from trimtab.decisions.rollout_deadline import LEAST, UNKNOWN_STRATEGY, rollout_deadline
from trimtab.decisions.settlement import (
    NO_WAY_BACK,
    WATCH_EXTENSIONS,
    by_record,
    is_on_ours,
    judge_rollout,
    judge_watch,
    with_signals,
)
from trimtab.decisions.stopped_task import judge_task
from trimtab.decisions.witness import since_ours
from trimtab.model.change import HEARD, Change, Kind, State, Turn
from trimtab.model.duration import spoken
from trimtab.model.errors import ConflictError
from trimtab.model.finding import Finding, Settlement
from trimtab.model.service import Service
from trimtab.model.task import Task
from trimtab.model.verdict import Cause
from trimtab.ports import World
from trimtab.workflows.ask_for_rollback import ask_for_rollback
from trimtab.workflows.ask_past import note_afterwards
from trimtab.workflows.look_at_signals import look_at_signals
from trimtab.workflows.look_back import hear, history_of, leave_latest_right
from trimtab.workflows.one_by_one import each, raise_together
from trimtab.workflows.pay import end
from trimtab.workflows.record_change import describe

POLL: Final = timedelta(minutes=5)
ASK_AGAIN: Final = timedelta(minutes=1)
LOOK_EVERY: Final = timedelta(minutes=30)
"""How often signals that could not tell at the end of a watch are read again: each reading is paid for."""

MISSING_SINCE: Final = "missing_since"
"""Noted in an applied Change: since when ECS does not find its service, empty when it was found again."""

GONE_AFTER: Final = timedelta(minutes=30)
"""For so long without the service in any answer, and it is gone."""

START_DEADLINE: Final = timedelta(minutes=10)
AT_ONCE: Final = 500
"""How many of each turn one tick looks at: many proposals that expire together keep no restart waiting."""

WAITING: Final = (State.PROPOSED, State.APPROVED, State.PLANNED)


def tick(world: World) -> dict[str, int]:
    """Ring the bell for what is due to be applied, then settle what is due; one fault stops nothing else.

    The heart beats before faults are raised: those of single Changes must not hide that later ticks do not
    come at all. It does not where there was none but faults: a tick that can do nothing is as good as none.
    """
    now = world.clock.now()
    counts, faults = {"settled": 0, "rung": 0}, list[Exception]()
    counts["rung"] = each(world.changes.due(Turn.APPLY, now, AT_ONCE), world.changes.ring, faults)
    for turn in (Turn.SETTLE, Turn.PERSON):
        due = world.changes.due(turn, now, AT_ONCE)
        counts["settled"] += each(due, lambda change: _settle_or_give_up(change, world), faults)
    if not faults or len(faults) < sum(counts.values()):
        world.telemetry.count("Heartbeat")
    raise_together(faults, sum(counts.values()), "Changes that were due")
    return counts


def _settle_or_give_up(change: Change, world: World) -> None:
    """Settle a Change; one that cannot be settled long after it had to be over is a person's."""
    try:
        settle(change, world)
    except Exception as fault:
        over_at = max(latest_end(change, UNKNOWN_STRATEGY, 1 + WATCH_EXTENSIONS), change.due_at)
        late = world.clock.now() - over_at
        if change.state not in WAITING and late >= SETTLED_WITHIN:
            told = (
                f"It could not be settled until {spoken(SETTLED_WITHIN)} after it had to be over "
                f"({type(fault).__name__}; the log of the settler says why). A person has to look."
            )
            _close(change, State.NEEDS_HUMAN, "cannot_be_settled", told, world)
            _give_up_parent(change, Settlement(Finding.CANNOT_TELL, "cannot_be_settled", told), world)
        raise


def settle_workload(workload: str, world: World) -> int:
    """Settle the applied Changes of one workload, because an event says that something happened there."""
    applied = [c for c in world.changes.open_of(workload) if c.state in (State.DEPLOYING, State.WATCHING)]
    for change in applied:
        settle(change, world)
    return len(applied)


def settle_start(task: Task, world: World) -> int:
    """Settle the restart that started this task."""
    lineage = world.control.lineage(task.task_arn)
    change = world.changes.get(lineage.root, lineage.change_id) if lineage.change_id else None
    if change is None or change.state is not State.DEPLOYING:
        return 0
    settle(change, world)
    return 1


def settle_parent(rollback: Change, world: World) -> None:
    """Settle the Change whose rollback has just ended without success: it waits for nothing any more."""
    parent = world.changes.get(rollback.workload, rollback.parent) if rollback.parent else None
    if parent is not None and parent.state is State.ROLLING_BACK:
        settle(parent, world)


def settle(change: Change, world: World) -> None:
    """Bring one Change one step on. One that has moved meanwhile is left to whoever moved it."""
    try:
        if change.state in WAITING:
            _expire(change, world)
        elif change.state is State.APPLYING:
            _hand_back(change, world)
        elif change.state is State.ROLLING_BACK:
            _look_at_rollback(change, world)
        elif change.kind is Kind.RESTART:
            _settle_restart(change, world)
        elif change.state is State.DEPLOYING:
            _settle_rollout(change, world)
        elif change.state is State.WATCHING:
            _settle_watch(change, world)
    except ConflictError as moved:
        world.telemetry.note("change moved meanwhile", change_id=change.id, told=str(moved))


def _expire(change: Change, world: World) -> None:
    now = world.clock.now()
    if now < change.decide_by:
        return
    told = "Nobody carried it out in its time; it may be decided again."
    _close(change, State.EXPIRED, change.outcome or "not_carried_out", told, world)


def _hand_back(change: Change, world: World) -> None:
    """The applier's lease has run out: it died on the way. Let another one take over, but not for ever."""
    now = world.clock.now()
    if now < change.due_at:
        return
    if is_lost(change, now):
        why = "The applier did not come back"
        if change.outcome == "service_not_found":
            why = change.outcome_sentence.removesuffix(".")
        told = (
            f"{why}, nor did any of {takeovers(change)} takeovers help. So far they {tried_so_far(change)}. "
            "The log of apply_change says what struck them. A person has to look."
        )
        _close(change, State.NEEDS_HUMAN, "applier_lost", told, world)
        _give_up_parent(change, Settlement(Finding.CANNOT_TELL, "applier_lost", told), world)
    else:
        noted = world.changes.note(change, one_more_takeover(change))
        world.changes.wait(noted, Turn.APPLY, now, "applier_lost", "The applier did not come back.")
        world.telemetry.count("Takeovers")


def _look(change: Change, service: Service | None, world: World) -> Change | None:
    """Hear the witness; None when there is nothing to judge now.

    An answer without the service proves nothing: it is believed when none has been with it for a while. One
    that was deleted is told as INACTIVE first.
    """
    now = world.clock.now()
    missing_since = change.applied.get(MISSING_SINCE)
    if service is not None:
        change = world.changes.note(change, {MISSING_SINCE: ""}) if missing_since else change
    elif not missing_since or now - datetime.fromisoformat(missing_since) < GONE_AFTER:
        if not missing_since:
            change = world.changes.note(change, {MISSING_SINCE: now.isoformat()})
        told = "ECS did not find the service; it is asked again before that is believed."
        world.changes.wait(change, Turn.SETTLE, now + POLL, "service_not_found", told)
        return None
    return hear(change, service, world)


def _settle_rollout(change: Change, world: World) -> None:
    now = world.clock.now()
    service = world.services.describe(change.workload)
    heard = _look(change, service, world)
    if heard is None:
        return
    change, found = heard, _judge_rollout(heard, service, world)
    if found.finding is Finding.NOT_YET:
        if now >= change.due_at:
            world.changes.wait(change, Turn.SETTLE, now + POLL, found.reason, found.sentence)
    elif found.finding is Finding.GOOD:
        _rolled_out(change, found, world)
    elif found.finding is Finding.UNDONE_BY_ECS:
        if _is_asked_again(change, world):
            return
        moved = world.changes.move(
            change, State.ROLLING_BACK, Turn.SETTLE, now, now, found.reason, found.sentence
        )
        _close(moved, State.ROLLED_BACK, found.reason, found.sentence, world)
    else:
        _went_wrong(change, service, found, world)


def _judge_rollout(change: Change, service: Service | None, world: World) -> Settlement:
    """Judge by the service's own pace; where it does not tell how it stands, by ECS's record."""
    now = world.clock.now()
    if service is None or service.primary is None:
        return judge_rollout(change, service, (), LEAST, now)
    ours = is_on_ours(change, service)
    history = () if ours and service.primary.rollout_state else history_of(service, world)
    service = by_record(service, history)
    definition = world.task_definitions.describe(service.task_definition)
    stop_seconds = definition.stop_seconds if definition else 0
    deadline = rollout_deadline(change.kind, service, stop_seconds)
    return judge_rollout(change, service, since_ours(change, history), deadline, now)


def _rolled_out(change: Change, found: Settlement, world: World) -> None:
    """A finished rollback is the end of it; anything else is watched."""
    now = world.clock.now()
    until = now + timedelta(seconds=change.watch_seconds)
    watching = world.changes.move(
        change, State.WATCHING, Turn.SETTLE, until, now, found.reason, found.sentence
    )
    end(watching, State.WATCHING, world)
    if change.kind is Kind.ROLLBACK:
        _went_back(watching, world)


def _went_back(change: Change, world: World) -> None:
    """Close a rollback that is rolled out, and what it took back; whoever finds it in ``watching`` does."""
    _close(change, State.SUCCEEDED, "rolled_back", "What was in force before is in force again.", world)
    parent = world.changes.get(change.workload, change.parent) if change.parent else None
    if parent is not None and parent.state is State.ROLLING_BACK:
        _close(parent, State.ROLLED_BACK, parent.outcome, parent.outcome_sentence, world)


def _settle_watch(change: Change, world: World) -> None:
    if change.kind is Kind.ROLLBACK:
        _went_back(change, world)
        return
    now = world.clock.now()
    service = world.services.describe(change.workload)
    heard = _look(change, service, world)
    if heard is None:
        return
    change, found, later = heard, judge_watch(heard, service, now), POLL
    if found.finding is Finding.GOOD and service is not None:
        change, told = look_at_signals(change, service, world)
        found, later = with_signals(change, found, told, now), LOOK_EVERY
    if found.finding is Finding.NOT_YET:
        if now >= change.due_at:
            world.changes.wait(change, Turn.SETTLE, now + later, found.reason, found.sentence)
    elif found.finding is Finding.GOOD:
        _close(change, State.SUCCEEDED, found.reason, found.sentence, world)
    else:
        _went_wrong(change, service, found, world)


def _went_wrong(change: Change, service: Service | None, found: Settlement, world: World) -> None:
    """Somebody else's deployment stays; ours is taken back; what cannot be is a person's."""
    if found.finding is Finding.SUPERSEDED:
        change = note_afterwards(change, service, world) if service else change
        _close(change, State.SUPERSEDED, found.reason, found.sentence, world)
    elif found.finding is Finding.CANNOT_TELL or change.kind in NO_WAY_BACK:
        # A shift left an exhausted pool: going back there would be worse than staying.
        _close(change, State.NEEDS_HUMAN, found.reason, f"{found.sentence} A person has to look.", world)
        _give_up_parent(change, found, world)
    elif not _is_asked_again(change, world):
        ask_for_rollback(change, found.reason, found.sentence, world)


def _is_asked_again(change: Change, world: World) -> bool:
    """Tell whether the witness has to be asked once more before anything is put back or called taken back.

    What a write replaced may be somebody's deploy, and that is what has to come back then. A record that
    does not tell the second time either holds no rollback up.
    """
    now = world.clock.now()
    if HEARD in change.applied:
        return False
    if change.outcome == "record_unclear":
        return now < change.due_at
    told = "ECS's record does not tell yet what the write replaced; it is asked again before any way back."
    world.changes.wait(change, Turn.SETTLE, now + ASK_AGAIN, "record_unclear", told)
    return True


def _give_up_parent(change: Change, found: Settlement, world: World) -> None:
    parent = world.changes.get(change.workload, change.parent) if change.parent else None
    if parent is not None and parent.state is State.ROLLING_BACK:
        _close(parent, State.NEEDS_HUMAN, "rollback_failed", found.sentence, world)


def _look_at_rollback(change: Change, world: World) -> None:
    """Its rollback did not come to an end in time: a person has to look."""
    rollback = next((c for c in world.changes.of(change.workload) if c.parent == change.id), None)
    if rollback is not None and rollback.state is State.SUCCEEDED:
        _close(change, State.ROLLED_BACK, change.outcome, change.outcome_sentence, world)
    elif rollback is not None and rollback.is_open:
        later = world.clock.now() + POLL
        world.changes.wait(change, Turn.SETTLE, later, change.outcome, change.outcome_sentence)
    elif rollback is not None and rollback.state in (State.SUPERSEDED, State.ROLLED_BACK):
        # Somebody else's deployment came after all: theirs is in force.
        _close(change, State.SUPERSEDED, rollback.outcome, rollback.outcome_sentence, world)
    else:
        told = "Its rollback was not carried out. A person has to look."
        _close(change, State.NEEDS_HUMAN, "rollback_failed", told, world)


def _settle_restart(change: Change, world: World) -> None:
    now = world.clock.now()
    task_arn = change.applied.get("task", "")
    found = world.tasks.describe(task_arn.rsplit(":task/", 1)[-1].split("/")[0], [task_arn])
    task = found[0] if found else None
    if task and task.last_status == "STOPPED" and _finished(task):
        _finish_restart(change, world)
    elif task is None or task.last_status == "STOPPED":
        told = "The task that was started stopped again; its own stop is judged by itself."
        _close(change, State.FAILED, "stopped_again", told, world)
    elif change.state is State.DEPLOYING and task.last_status == "RUNNING":
        until = now + timedelta(seconds=change.watch_seconds)
        world.changes.move(change, State.WATCHING, Turn.SETTLE, until, now, "running", "Its task runs.")
    elif change.state is State.WATCHING and now >= change.due_at:
        _close(change, State.SUCCEEDED, "alive", f"Its task ran for {change.watch_seconds} seconds.", world)
    elif change.state is State.DEPLOYING and now - change.times[State.DEPLOYING] >= START_DEADLINE:
        told = f"Its task does not run after {spoken(START_DEADLINE)}. A person has to look."
        _close(change, State.NEEDS_HUMAN, "never_ran", told, world)
    elif now >= change.due_at:
        world.changes.wait(change, Turn.SETTLE, now + POLL, "starting", "Its task is starting.")


def _finished(task: Task) -> bool:
    """Tell whether a stopped task had done its work: a short job ends before its watch does."""
    return judge_task(task, owner_of(task), None).cause is Cause.SUCCESS


def _finish_restart(change: Change, world: World) -> None:
    now = world.clock.now()
    if change.state is State.DEPLOYING:
        change = world.changes.move(change, State.WATCHING, Turn.SETTLE, now, now)
    _close(change, State.SUCCEEDED, "finished", "Its task did its work and ended.", world)


def _close(change: Change, to: State, reason: str, sentence: str, world: World) -> None:
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
