"""When a decision says again what has been said: whether it is recorded, and whether it is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from trimtab.model.change import Change, Kind, State
from trimtab.model.handed_size import STANDS_FOR

SAME_AS: Final = "same_as"
"""In the evidence of a proposal that repeats another: the id of the one that was told."""

SAID_LATELY: Final = timedelta(days=8)
"""A proposal that comes back within a week of daily or weekly plans is the same one, still standing."""


def standing_for(change: Change, alike: Sequence[Change]) -> Change | None:
    """Return the Change that already does, or says, what a new one would; None when it has to be recorded.

    That is a hand-over of the same size, on its way or the last that was made and still stands; the same
    plan on its way under another mode; or the same proposal of the same day.

    Args:
        change: What would be recorded.
        alike: The Changes of its workload and kind.
    """
    if change.kind is Kind.HAND_OVER:
        made = [c for c in alike if c.is_open or c.state is State.SUCCEEDED]
        last = max(made, key=lambda c: c.created_at, default=None)
        stands = last is not None and change.created_at - last.created_at < STANDS_FOR
        return last if last is not None and stands and last.target == change.target else None
    for other in alike:
        if not (other.is_open and _says_the_same(other, change)):
            continue
        if other.state is State.PROPOSED:
            of_today = other.created_at.date() == change.created_at.date()
            if change.state is State.PROPOSED and other.mode == change.mode and of_today:
                return other
        elif change.state is State.PROPOSED or other.mode != change.mode:
            return other
    return None


def as_repeat(change: Change, alike: Sequence[Change]) -> Change:
    """Return a proposal with the one it repeats in its evidence, anything else as it is."""
    if change.state is not State.PROPOSED:
        return change
    proposals = [c for c in alike if State.PROPOSED.value in c.times]
    last = max(proposals, key=lambda c: c.created_at, default=None)
    if last is None or last.mode != change.mode or not _says_the_same(last, change):
        return change
    if change.created_at - last.created_at > SAID_LATELY:
        return change
    return replace(change, evidence={**change.evidence, SAME_AS: last.evidence.get(SAME_AS, last.id)})


def _says_the_same(one: Change, other: Change) -> bool:
    return one.base == other.base and one.target == other.target
