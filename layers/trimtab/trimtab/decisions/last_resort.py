"""When a Change that does not come to its end by itself is given to a person."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from trimtab.model.change import Change, Kind, State

TAKEN_OVER_WITHIN: Final = timedelta(hours=1)
"""How long after its deadline a Change that was begun may still be handed from applier to applier."""

TAKEOVERS_MAX: Final = 3
"""So many appliers may take one step over from each other: what killed four of them will kill the fifth."""

SETTLED_WITHIN: Final = timedelta(hours=1)
"""How long after the latest end of its state a Change that cannot be settled is still tried."""

TAKEOVERS: Final = "takeovers"
"""Under this name a Change notes since which step it has been taken over, and how often."""


def is_lost(change: Change, now: datetime) -> bool:
    """Tell whether no further applier is to take a Change in ``applying`` over.

    A rollback is tried for as long as it has time: nothing is worth more than the way back.
    """
    if now >= change.decide_by + TAKEN_OVER_WITHIN:
        return True
    return change.kind is not Kind.ROLLBACK and takeovers(change) >= TAKEOVERS_MAX


def takeovers(change: Change) -> int:
    """Return how often a Change was taken over since it was last planned.

    One that waits is planned again each time and begins anew; its fence rises all the same.
    """
    since, _, count = change.applied.get(TAKEOVERS, "").partition(" ")
    return int(count) if since == _planned_at(change) and count.isdigit() else 0


def one_more_takeover(change: Change) -> Mapping[str, str]:
    """Return what to note of one more takeover."""
    return {TAKEOVERS: f"{_planned_at(change)} {takeovers(change) + 1}"}


def _planned_at(change: Change) -> str:
    return f"{change.times.get(State.PLANNED, change.created_at):%Y-%m-%dT%H:%M:%SZ}"


def tried_so_far(change: Change) -> str:
    """Say what the appliers of a Change noted before they were lost."""
    noted = []
    if change.kind is not Kind.ROLLBACK and "task_definition" in change.applied:
        noted.append(f"registered {change.applied['task_definition'].rpartition('/')[2]}")
    if sent_at := change.applied.get("sent_at"):
        noted.append(f"began to write to ECS at {sent_at}; whether that was carried out is not known")
    return " and ".join(noted) or "noted nothing that was carried out"


def latest_end(change: Change, rollout: timedelta, watches: int) -> datetime:
    """Return when a Change that was begun has to be over in its state, whatever its service says.

    Args:
        change: A Change that was begun.
        rollout: How long a roll-out may take at most; the service's own deadline is usually much earlier,
            and cannot be told where nothing can be read.
        watches: How many times its length a watch may take.
    """
    since = change.times.get(change.state, change.created_at)
    if change.state is State.APPLYING:
        return change.decide_by + TAKEN_OVER_WITHIN
    if change.state is State.WATCHING:
        return since + timedelta(seconds=change.watch_seconds) * watches
    return since + rollout
