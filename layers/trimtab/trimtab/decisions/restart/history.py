"""What became of a lineage so far, read from its Changes, and what of it counts."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from trimtab.model.change import Change, Kind, Scalar, State, is_carried_out
from trimtab.model.restart_policy import CauseClass

CAUSE_CLASS, SIGNATURE, RUN_SECONDS, REVISION = "cause_class", "signature", "run_s", "revision"
LINEAGE_STARTED, SCHEDULED_BY, SUBNET = "lineage_started_at", "scheduled_by", "subnet_id"
"""What a restart notes in its evidence, for the next stop of its lineage and for its applier."""

SHORT_RUN_SECONDS: Final = 60
"""What fails twice alike within a minute of its start does so for a reason that stays."""


@dataclass(frozen=True, slots=True)
class Past:
    """A stop of the lineage: what ended the task, how long it had run, and when it was answered by a start.

    ``started_at`` is None where it was not answered.
    """

    stopped_at: datetime
    cause_class: str
    signature: str = ""
    run_seconds: float | None = None
    started_at: datetime | None = None
    rule: str = ""


def history_of(changes: Iterable[Change]) -> list[Past]:
    """Return the stops of a lineage, oldest first: answered by what was carried out, or may have been."""
    found = []
    for change in changes:
        if change.kind is not Kind.RESTART:
            continue
        maybe = change.fence > 0 and change.state in (State.APPLYING, State.NEEDS_HUMAN)
        started_at = None
        if maybe or is_carried_out(change):
            times = change.times
            started_at = times.get(State.DEPLOYING) or times.get(State.APPLYING, change.created_at)
        evidence = change.evidence
        found.append(
            Past(
                change.created_at,
                str(evidence.get(CAUSE_CLASS, "")),
                str(evidence.get(SIGNATURE, "")),
                _number(evidence.get(RUN_SECONDS)),
                started_at,
                change.rule,
            )
        )
    return sorted(found, key=lambda one: one.stopped_at)


def starts_of(history: Sequence[Past]) -> list[datetime]:
    """Return when the lineage was started again."""
    return [one.started_at for one in history if one.started_at is not None]


def counted(
    history: Sequence[Past], cause_class: CauseClass, run_seconds: float | None, good_seconds: int | None
) -> list[datetime]:
    """Return the starts after stops of a class, since the last run that was good.

    Args:
        history: Oldest first.
        cause_class: Which starts count.
        run_seconds: How long the task ran that has just stopped.
        good_seconds: From how long a run is good and what came before it forgotten; None: never.
    """
    since = 0
    if good_seconds is not None:
        runs = [*(one.run_seconds for one in history), run_seconds]
        good = [i for i, run in enumerate(runs) if run is not None and run >= good_seconds]
        # The run that ended with stop i was begun after stop i-1: every start up to that one is forgotten.
        since = good[-1] if good else 0
    return [
        one.started_at
        for one in history[since:]
        if one.started_at is not None and one.cause_class == cause_class
    ]


def same_failure(signature: str, run_seconds: float | None, history: Sequence[Past]) -> bool:
    """Tell whether the last two tasks of a lineage ended alike, each right after its start."""
    if not signature or not history or run_seconds is None or run_seconds >= SHORT_RUN_SECONDS:
        return False
    last = history[-1]
    short = last.run_seconds is not None and last.run_seconds < SHORT_RUN_SECONDS
    return short and last.signature == signature


def signature_of(
    revision: str | None, container: Scalar | None, exit_code: int | None, cause_class: CauseClass | None
) -> str:
    """Return a short name for how a task failed; empty where a repeat would prove nothing.

    Lost hosts and missing capacity look alike each time and pass all the same.
    """
    if cause_class is not CauseClass.APPLICATION or exit_code is None or not revision:
        return ""
    said = "\n".join([revision, str(container or ""), str(exit_code), cause_class])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def chance_of(change_id: str, turn: int = 0) -> float:
    """Return a number from 0 to 1 that is always the same for a Change and a turn of it."""
    digest = hashlib.sha256(f"{change_id}/{turn}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 0xFFFFFFFF


def _number(value: Scalar | None) -> float | None:
    return float(value) if isinstance(value, int | float) else None
