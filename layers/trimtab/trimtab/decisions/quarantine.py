"""When a service is left alone: our changes there went wrong, or somebody keeps resetting them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from trimtab.model.budget import Limits
from trimtab.model.change import SIZE_KINDS, Change, Kind, State
from trimtab.model.decision import Go, Refuse, Resize
from trimtab.model.duration import spoken
from trimtab.model.task_definition import TaskDefinition
from trimtab.model.task_size import TaskSize

FORWARD: Final = (*SIZE_KINDS, Kind.RETURN)

NOT_AGAINST_IT: Final = (
    "covered_a_deployment", "covered_again",  # a race for the write
    # What could not be told has not gone wrong.
    "too_few_requests", "requests_unclear", "no_samples", "alarm_unclear", "cannot_be_settled",
)  # fmt: skip
EXCUSED: Final = frozenset((kind, why) for kind in FORWARD for why in NOT_AGAINST_IT) | {
    (Kind.RETURN, "rollout_deadline")  # a pool that is still empty
}
"""Kinds and outcomes that say nothing against the change."""

REVERTED_KEPT: Final = timedelta(days=30)
"""A size that had to be taken back is not tried again for so long."""

UNDONE_BY_PERSON: Final = "undone_by_person"
AFTERWARDS, SEEN_AT = "afterwards", "afterwards_seen_at"
"""Under these names a Change of the size notes what somebody deployed after it, and when that was seen."""


class Afterwards(StrEnum):
    """What somebody else's deployment did to a size of ours."""

    RESET = "reset"
    OLD_SIZE = "old_size"
    OTHER = "other"


def what_came_after(change: Change, ours: TaskDefinition, theirs: TaskDefinition) -> Afterwards:
    """Tell a pure reset from a deployment that brings other things along.

    An older revision that differs in nothing but its size is a reset too, also past several of ours.

    Args:
        change: A change of the size that was put in force.
        ours: The revision that it put there.
        theirs: The revision that somebody has put there since.
    """
    pure = _sizeless(ours) == _sizeless(theirs)
    went_back = theirs.family == ours.family and theirs.revision < ours.revision
    if theirs.arn == change.base.task_definition or (pure and went_back and theirs.size != ours.size):
        return Afterwards.RESET
    if theirs.size is None or theirs.size != change.base.size:
        return Afterwards.OTHER
    return Afterwards.RESET if pure else Afterwards.OLD_SIZE


def _sizeless(definition: TaskDefinition) -> dict[str, Any]:
    said = {k: v for k, v in definition.registration().items() if k not in ("cpu", "memory")}
    containers = said.get("containerDefinitions", ())
    sizes = ("cpu", "memory", "memoryReservation")
    kept = [{k: v for k, v in one.items() if k not in sizes} for one in containers]
    return {**said, "containerDefinitions": kept}


def to_look_after(past: Sequence[Change], revision: str) -> Change | None:
    """Return the last size of ours that was put in force, if it is over and what came after is not known.

    What we or a person took back ourselves came to nobody's reset.
    """
    put = [c for c in past if c.kind in SIZE_KINDS and "deployment" in c.applied]
    last = max(put, key=lambda c: c.times.get(State.DEPLOYING, c.created_at), default=None)
    if last is None or last.state not in (State.SUCCEEDED, State.SUPERSEDED) or AFTERWARDS in last.applied:
        return None
    way_back = (c for c in past if c.kind is Kind.ROLLBACK and c.cause == last.id)
    undone = any(c.is_open or "deployment" in c.applied for c in way_back)
    return None if undone or last.applied.get("task_definition") == revision else last


def judge_past(
    kind: Kind, name: str, past: Sequence[Change], cleared_at: datetime | None, limits: Limits
) -> Go | Refuse:
    """Ask whether a service may be changed again, after what became of our changes there.

    Args:
        kind: What is to be done.
        name: The service, for people.
        past: Every Change of the service that is kept.
        cleared_at: When a person last cleared it: what was before does not count. None when nobody has.
        limits: How many reversals within which time, and how many resets, are enough.

    Returns:
        ``Refuse`` with ``quarantined`` or ``fought``. Both last until a person clears the service: they do
        not pass because the reversals grow old.
    """
    if kind not in FORWARD:
        return Go()
    return (
        _quarantined(name, past, cleared_at, limits)
        or (kind in SIZE_KINDS and _fought(name, past, cleared_at, limits))
        or Go()
    )


def taken_back(past: Sequence[Change], cleared_at: datetime | None, now: datetime) -> TaskSize:
    """Return of what a new size has to have more, after cuts that had to be taken back within 30 days.

    Of CPU, of memory or of both, whatever was cut; 0 where nothing was. A person who clears the service
    clears this too.
    """
    since = max(now - REVERTED_KEPT, cleared_at or now - REVERTED_KEPT)
    cpu_units = memory_mib = 0
    for one in past:
        new, old = one.target.size, one.base.size
        if one.kind not in SIZE_KINDS or not new or not old or not _went_wrong(one):
            continue
        if one.times.get(one.state, one.created_at) > since:
            cpu_units = max(cpu_units, new.cpu_units if new.cpu_units < old.cpu_units else 0)
            memory_mib = max(memory_mib, new.memory_mib if new.memory_mib < old.memory_mib else 0)
    return TaskSize(cpu_units, memory_mib)


def _went_wrong(change: Change) -> bool:
    """Tell whether a change of ours that was put in force was taken back, or left to a person."""
    given_up = change.state is State.NEEDS_HUMAN and State.DEPLOYING in change.times
    gone_back = change.state is State.ROLLED_BACK or given_up
    return gone_back and (change.kind, change.outcome) not in EXCUSED


def why_left_alone(
    name: str, past: Sequence[Change], cleared_at: datetime | None, limits: Limits
) -> tuple[str, ...]:
    """Return the codes of all that holds changes of a service back until a person clears it."""
    found = (_quarantined(name, past, cleared_at, limits), _fought(name, past, cleared_at, limits))
    return tuple(one.reason for one in found if one)


def _quarantined(
    name: str, past: Sequence[Change], cleared_at: datetime | None, limits: Limits
) -> Refuse | None:
    wrong = sorted(at for at in _reversals(past) if cleared_at is None or at > cleared_at)
    enough, window = limits.reversals_that_quarantine, timedelta(days=limits.reversal_window_days)
    close = [last for first, last in zip(wrong, wrong[enough - 1 :], strict=False) if last - first <= window]
    if not close:
        return None
    return Refuse(
        "quarantined",
        f"{enough} changes of {name} had to be taken back within {spoken(window)}, the last on "
        f"{close[-1]:%Y-%m-%d}: no size and no return is put in force there until somebody has looked "
        "and run `trimtab clear`.",
    )


def _fought(name: str, past: Sequence[Change], cleared_at: datetime | None, limits: Limits) -> Refuse | None:
    resets = sum(after == Afterwards.RESET for after in _after(past, cleared_at))
    if resets < limits.resets_that_stop:
        return None
    return Refuse(
        "fought",
        f"{resets} times somebody put the old size of {name} back and changed nothing else: no size is "
        "put there again until somebody runs `trimtab clear`. If infrastructure code sets the size, "
        "trimtab:mode = handover gives it the sizes instead.",
    )


def advise(decision: Resize, past: Sequence[Change], cleared_at: datetime | None) -> Resize:
    """Add to a new size that deployments keep bringing the old one along, and what would help."""
    brought = sum(after == Afterwards.OLD_SIZE for after in _after(past, cleared_at))
    if not brought:
        return decision
    told = "The last deployment of the service's own brought the old size along: "
    return replace(
        decision,
        sentence=f"{decision.sentence} {told}trimtab:mode = handover gives new sizes to where it comes from.",
        evidence={**decision.evidence, "old_size_deployed": brought},
    )


def _reversals(past: Sequence[Change]) -> Iterator[datetime]:
    """Yield when a change of ours was taken back, by us, by ECS or by a person, or left to a person."""
    forward = {c.id for c in past if c.kind in FORWARD}
    for change in past:
        if change.id in forward and _went_wrong(change):
            yield change.times.get(change.state, change.created_at)
        # What is undone after it had succeeded stays succeeded; its rollback stands alone.
        undoes = change.reason == UNDONE_BY_PERSON and change.parent is None and change.cause in forward
        if undoes and change.kind is Kind.ROLLBACK and change.state is State.SUCCEEDED:
            yield change.times.get(State.SUCCEEDED, change.created_at)


def _after(past: Sequence[Change], cleared_at: datetime | None) -> Iterator[str]:
    """Yield what came after sizes of ours; what cannot be dated counts, whoever cleared the service since."""
    for change in past:
        if change.kind not in SIZE_KINDS or AFTERWARDS not in change.applied:
            continue
        try:
            old = cleared_at and datetime.fromisoformat(change.applied[SEEN_AT]) <= cleared_at
        except (KeyError, TypeError, ValueError):
            old = False
        if not old:
            yield change.applied[AFTERWARDS]
