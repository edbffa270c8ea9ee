"""Watching what was put in force for a service: its roll-out, then its watch."""

from datetime import datetime, timedelta
from typing import Final

from trimtab.decisions.rollout_deadline import LEAST, rollout_deadline
from trimtab.decisions.settlement import (
    COVERED_FOR_NOW,
    NO_WAY_BACK,
    UNDONE_BY_ECS,
    by_record,
    is_on_ours,
    judge_rollout,
    judge_watch,
    with_signals,
)
from trimtab.decisions.witness import since_ours
from trimtab.model.change import HEARD, Change, Kind, State, Turn
from trimtab.model.finding import Finding, Settlement
from trimtab.model.service import Service
from trimtab.ports import World
from trimtab.workflows.ask_for_rollback import ask_for_rollback
from trimtab.workflows.ask_past import note_afterwards
from trimtab.workflows.close_change import close, give_up_parent
from trimtab.workflows.look_at_signals import look_at_signals
from trimtab.workflows.look_back import give_back_what_was_passed, hear, history_of
from trimtab.workflows.pay import end

POLL: Final = timedelta(minutes=5)
ASK_AGAIN: Final = timedelta(minutes=1)
LOOK_EVERY: Final = timedelta(minutes=30)
"""How often signals that could not tell at the end of a watch are read again: each reading is paid for."""

MISSING_SINCE: Final = "missing_since"
"""Noted in an applied Change: since when ECS does not find its service, empty when it was found again."""

GONE_AFTER: Final = timedelta(minutes=30)
"""For so long without the service in any answer, and it is gone."""


def settle_roll_out(change: Change, world: World) -> None:
    """Judge a Change in ``deploying``: its roll-out goes on, is done, or went wrong."""
    now = world.clock.now()
    service = world.services.describe(change.workload)
    heard = _look(change, service, world)
    if heard is None:
        return
    change, found = heard, _judge_rollout(heard, service, world)
    if found.reason == UNDONE_BY_ECS and give_back_what_was_passed(change, service, world):
        return
    if found.finding is Finding.NOT_YET:
        if now >= change.due_at:
            world.changes.wait(change, Turn.SETTLE, now + POLL, found.reason, found.sentence)
    elif found.finding is Finding.GOOD:
        if change.kind is Kind.ROLLBACK and _is_asked_again(change, world):
            return  # nobody looks at it any more once it has ended
        _rolled_out(change, found, world)
    elif found.finding is Finding.UNDONE_BY_ECS:
        if _is_asked_again(change, world):
            return
        moved = world.changes.move(
            change, State.ROLLING_BACK, Turn.SETTLE, now, now, found.reason, found.sentence
        )
        close(moved, State.ROLLED_BACK, found.reason, found.sentence, world)
    else:
        _went_wrong(change, service, found, world)


def settle_watch(change: Change, world: World) -> None:
    """Judge a Change in ``watching``: the watch goes on, is over, or something went wrong."""
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
    if found.reason in COVERED_FOR_NOW and service is not None:
        change = note_afterwards(change, service, world)  # before somebody deploys again
    if found.finding is Finding.NOT_YET:
        if now >= change.due_at:
            world.changes.wait(change, Turn.SETTLE, now + later, found.reason, found.sentence)
    elif found.finding is Finding.GOOD:
        close(change, State.SUCCEEDED, found.reason, found.sentence, world)
    else:
        _went_wrong(change, service, found, world)


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
    close(change, State.SUCCEEDED, "rolled_back", "What was in force before is in force again.", world)
    parent = world.changes.get(change.workload, change.parent) if change.parent else None
    if parent is not None and parent.state is State.ROLLING_BACK:
        close(parent, State.ROLLED_BACK, parent.outcome, parent.outcome_sentence, world)


def _went_wrong(change: Change, service: Service | None, found: Settlement, world: World) -> None:
    """Somebody else's deployment stays; ours is taken back; what cannot be is a person's."""
    if found.finding is Finding.SUPERSEDED:
        change = note_afterwards(change, service, world) if service else change
        close(change, State.SUPERSEDED, found.reason, found.sentence, world)
    elif found.finding is Finding.CANNOT_TELL or change.kind in NO_WAY_BACK:
        if change.kind is Kind.ROLLBACK and _is_asked_again(change, world):
            return  # what it covered may be somebody's deploy, and nobody looks once it is a person's
        # A shift left an exhausted pool: going back there would be worse than staying.
        close(change, State.NEEDS_HUMAN, found.reason, f"{found.sentence} A person has to look.", world)
        give_up_parent(change, found.sentence, world)
    elif not _is_asked_again(change, world):
        ask_for_rollback(change, found.reason, found.sentence, world)


def _is_asked_again(change: Change, world: World) -> bool:
    """Tell whether the witness has to be asked once more before anything is put back or called taken back.

    What a write replaced may be somebody's deploy, and that is what has to come back then. A record that
    does not tell the second time either holds no rollback up, neither its begin nor its end.
    """
    now = world.clock.now()
    if HEARD in change.applied:
        return False
    if change.outcome == "record_unclear":
        return now < change.due_at
    told = "ECS's record does not tell yet what the write replaced: it is asked once more."
    world.changes.wait(change, Turn.SETTLE, now + ASK_AGAIN, "record_unclear", told)
    return True
