"""What a write of ours really replaced. ECS has no conditional update: its own record has to tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Final

from trimtab.model.change import SENT_AFTER, SENT_AT, SIZE_KINDS, Change, Kind, about_capacity
from trimtab.model.service import InForce, PastDeployment

CLOCKS_APART: Final = timedelta(seconds=15)
"""What ECS's clock and ours may differ by, and more."""

SENT_WITHIN: Final = timedelta(minutes=5)
"""A deployment that began later than this after the note is not the one that the note announced."""


class Replaced(StrEnum):
    """What the record says."""

    PLANNED_BASE = "planned_base"
    SOMEBODY_ELSES = "somebody_elses"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Testimony:
    """What our deployment replaced.

    ``restore`` is whose to put back; ``newest`` tells that none followed ours; ``went_back_to`` is what ECS
    put in force when it took ours back.
    """

    replaced: Replaced
    restore: InForce | None = None
    newest: bool = False
    went_back_to: InForce | None = None


def hear_witness(change: Change, history: Sequence[PastDeployment]) -> Testimony:
    """Compare what our deployment replaced with the base that it was planned on.

    A person who deploys between our last look and our write loses that deployment without a word from
    ECS. The record of deployments shows it: after the one before ours something else than our base was in
    force.

    Args:
        change: An applied Change; ``applied`` names what it put in force.
        history: The service's deployments, newest first.

    Returns:
        ``SOMEBODY_ELSES`` with what to restore; ``UNKNOWN`` when ours or the one before it is not in the
        record, which is never taken for good.
    """
    ours = writes_of_ours(change, history)
    if not ours or ours[-1] + 1 >= len(history):
        return Testimony(Replaced.UNKNOWN)
    before = history[ours[-1] + 1]
    # What ECS took back while a way back from it was on its way was nobody's wish to keep.
    taken_back = change.kind is Kind.ROLLBACK and _is_base(change, before.wanted)
    if taken_back or _is_base(change, before.in_force):
        return Testimony(Replaced.PLANNED_BASE)
    return Testimony(Replaced.SOMEBODY_ELSES, before.in_force, ours[0] == 0, history[ours[0]].went_back_to)


def passed_over(change: Change, history: Sequence[PastDeployment]) -> InForce | None:
    """Return what ECS went back past when it took a move between pools back; None when it was nothing else's.

    A move carries along the revision that is in force. One that somebody deployed in the moment of our write
    never completed, and ECS goes back to the revision that did, of which the strategy tells nothing.
    """
    ours = writes_of_ours(change, history)
    if not about_capacity(change) or not ours or ours[0] > 0 or ours[-1] + 1 >= len(history):
        return None
    before, back = history[ours[-1] + 1].in_force, history[0].went_back_to
    return before if back is not None and back.task_definition != before.task_definition else None


def writes_of_ours(change: Change, history: Sequence[PastDeployment]) -> list[int]:
    """Return the places in the record of what put in force what the Change wants, newest first.

    Whoever moves a service on what we put there deploys it once more, and an applier that took over may have
    too: a revision of our making is ours wherever it stands. Anything else may have been in force before:
    ours came about when it was sent, and not before what it was decided on, as a record that lags would have
    it; those in a row before it that want the same are ours too.
    """
    alike = [n for n, one in enumerate(history) if _is_wanted(change, one.wanted)]
    if change.kind in SIZE_KINDS:
        return alike
    bases = [n for n, one in enumerate(history) if n not in alike and _is_base(change, one.in_force)]
    newest = next((n for n in alike if _is_in_time(change, history[n].created_at)), None)
    if newest is None or (bases and bases[-1] < newest):
        return []
    return list(range(newest, next(n for n in count(newest) if n not in alike)))


def since_ours(change: Change, history: Sequence[PastDeployment]) -> Sequence[PastDeployment]:
    """Return the record from the newest deployment down to ours; empty when it does not show ours."""
    ours = writes_of_ours(change, history)
    return history[: ours[0] + 1] if ours else ()


def _is_in_time(change: Change, created_at: datetime) -> bool:
    sent_at, after = change.applied.get(SENT_AT), change.applied.get(SENT_AFTER)
    noted = datetime.fromisoformat(sent_at) if sent_at else change.created_at
    if sent_at and created_at > noted + SENT_WITHIN:
        return False
    # What was in force when it was noted may be old: ECS goes back to what completed last.
    return created_at >= noted - CLOCKS_APART and (not after or created_at > datetime.fromisoformat(after))


def _is_wanted(change: Change, wanted: InForce) -> bool:
    if about_capacity(change):
        return wanted.capacity_provider_strategy == change.target.capacity_provider_strategy
    return wanted.task_definition == change.applied.get("task_definition")


def _is_base(change: Change, before: InForce) -> bool:
    if about_capacity(change):
        return before.capacity_provider_strategy == change.base.capacity_provider_strategy
    return before.task_definition == change.base.task_definition
