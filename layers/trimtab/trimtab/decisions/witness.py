"""What a write of ours really replaced. ECS has no conditional update: its own record has to tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count

from trimtab.model.change import Change, Kind, about_capacity
from trimtab.model.service import PastDeployment


class Replaced(StrEnum):
    """What the record says."""

    PLANNED_BASE = "planned_base"
    SOMEBODY_ELSES = "somebody_elses"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Testimony:
    """What our deployment replaced; ``restore`` is whose to put back, ``newest`` that none followed ours."""

    replaced: Replaced
    restore: PastDeployment | None = None
    newest: bool = False


def hear_witness(change: Change, history: Sequence[PastDeployment]) -> Testimony:
    """Compare what our deployment replaced with the base that it was planned on.

    A person who deploys between our last look and our write loses that deployment without a word from
    ECS. The record of deployments shows it: the one before ours put in force something else than our base.

    Args:
        change: An applied Change; ``applied`` names what it put in force.
        history: The service's deployments, newest first.

    Returns:
        ``SOMEBODY_ELSES`` with what to restore; ``UNKNOWN`` when ours or the one before it is not in the
        record, which is never taken for good.
    """
    ours = _our_write(change, history)
    if ours is None or ours + 1 >= len(history):
        return Testimony(Replaced.UNKNOWN)
    before = history[ours + 1]
    if _is_base(change, before):
        return Testimony(Replaced.PLANNED_BASE)
    return Testimony(Replaced.SOMEBODY_ELSES, before, newest=ours == 0)


def _our_write(change: Change, history: Sequence[PastDeployment]) -> int | None:
    """Return the place of our write in the record.

    Whoever moves a service on what we put there deploys it once more, so it is the oldest that looks like
    ours: of all where the revision is of our making, else of those in a row.
    """
    alike = [n for n, one in enumerate(history) if _is_ours(change, one)]
    if not alike or change.kind in (Kind.RESIZE, Kind.RAISE_MEMORY):
        return alike[-1] if alike else None
    return next(n for n in count(alike[0]) if n + 1 not in alike)


def _is_ours(change: Change, one: PastDeployment) -> bool:
    if one.created_at.replace(microsecond=0) < change.created_at:
        return False
    if about_capacity(change):
        return one.capacity_provider_strategy == change.target.capacity_provider_strategy
    return one.task_definition == change.applied.get("task_definition")


def _is_base(change: Change, before: PastDeployment) -> bool:
    if about_capacity(change):
        return before.capacity_provider_strategy == change.base.capacity_provider_strategy
    return before.task_definition == change.base.task_definition
