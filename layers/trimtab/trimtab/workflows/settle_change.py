"""Watch each applied Change until it is kept, rolled back, superseded, or handed to a person."""

from datetime import timedelta
from typing import Final

from trimtab.decisions.last_resort import (
    SETTLED_WITHIN,
    is_lost,
    latest_end,
    one_more_takeover,
    takeovers,
    tried_so_far,
)
from trimtab.decisions.rollout_deadline import UNKNOWN_STRATEGY
from trimtab.decisions.settlement import UNDONE_BY_ECS, WATCH_EXTENSIONS
from trimtab.model.change import Change, Kind, State, Turn
from trimtab.model.duration import spoken
from trimtab.model.errors import ConflictError
from trimtab.model.task import Task
from trimtab.ports import World
from trimtab.workflows.close_change import close, give_up_parent
from trimtab.workflows.one_by_one import each, raise_together
from trimtab.workflows.settle_restart import settle_restart
from trimtab.workflows.settle_roll_out import settle_roll_out, settle_watch

POLL: Final = timedelta(minutes=5)
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
            close(change, State.NEEDS_HUMAN, "cannot_be_settled", told, world)
            give_up_parent(change, told, world)
        raise


def settle_workload(workload: str, world: World) -> int:
    """Settle the applied Changes of one workload, because an event says that something happened there."""
    applied = [c for c in world.changes.open_of(workload) if c.state in (State.DEPLOYING, State.WATCHING)]
    for change in applied:
        settle(change, world)
    return len(applied)


def settle_start(task: Task, world: World) -> int:
    """Settle the restart that started this task, which runs now or has stopped."""
    lineage = world.control.lineage(task.task_arn)
    change = world.changes.get(lineage.root, lineage.change_id) if lineage.change_id else None
    if change is None or change.state not in (State.DEPLOYING, State.WATCHING):
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
            settle_restart(change, world)
        elif change.state is State.DEPLOYING:
            settle_roll_out(change, world)
        elif change.state is State.WATCHING:
            settle_watch(change, world)
    except ConflictError as moved:
        world.telemetry.note("change moved meanwhile", change_id=change.id, told=str(moved))


def _expire(change: Change, world: World) -> None:
    now = world.clock.now()
    if now < change.decide_by:
        return
    told = "Nobody carried it out in its time; it may be decided again."
    close(change, State.EXPIRED, change.outcome or "not_carried_out", told, world)


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
        close(change, State.NEEDS_HUMAN, "applier_lost", told, world)
        give_up_parent(change, told, world)
    else:
        noted = world.changes.note(change, one_more_takeover(change))
        world.changes.wait(noted, Turn.APPLY, now, "applier_lost", "The applier did not come back.")
        world.telemetry.count("Takeovers")


def _look_at_rollback(change: Change, world: World) -> None:
    """Its rollback did not come to an end in time: a person has to look."""
    rollback = next((c for c in world.changes.of(change.workload) if c.parent == change.id), None)
    if rollback is not None and rollback.state is State.SUCCEEDED:
        close(change, State.ROLLED_BACK, change.outcome, change.outcome_sentence, world)
    elif rollback is not None and rollback.is_open:
        later = world.clock.now() + POLL
        world.changes.wait(change, Turn.SETTLE, later, change.outcome, change.outcome_sentence)
    elif rollback is not None and rollback.state in (State.SUPERSEDED, State.ROLLED_BACK):
        # Somebody else's deployment came after all: theirs is in force.
        close(change, State.SUPERSEDED, rollback.outcome, rollback.outcome_sentence, world)
    elif rollback is None and change.outcome == UNDONE_BY_ECS:
        close(change, State.ROLLED_BACK, change.outcome, change.outcome_sentence, world)
    else:
        told = "Its rollback was not carried out. A person has to look."
        close(change, State.NEEDS_HUMAN, "rollback_failed", told, world)
