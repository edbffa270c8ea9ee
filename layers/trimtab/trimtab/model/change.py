"""The Change: every recommendation and every action, from the first thought to the outcome."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from trimtab.model.errors import IllegalTransitionError
from trimtab.model.service import Strategy
from trimtab.model.task_size import TaskSize

Scalar = str | int | float | bool

ALERTS_TOPIC: Final = "alerts_topic"
"""In the evidence: the topic of its owner, who is told of the Change besides the stack's own topic."""


class State(StrEnum):
    """Where a Change stands. ``TRANSITIONS`` says where it may go."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    PLANNED = "planned"
    APPLYING = "applying"
    DEPLOYING = "deploying"
    WATCHING = "watching"
    ROLLING_BACK = "rolling_back"
    SUCCEEDED = "succeeded"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    EXPIRED = "expired"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    NEEDS_HUMAN = "needs_human"


class Turn(StrEnum):
    """Who has to do something next."""

    APPLY = "apply"
    SETTLE = "settle"
    PERSON = "person"
    NONE = "none"


class Kind(StrEnum):
    """What a Change would do."""

    RESIZE = "resize"
    RAISE_MEMORY = "raise_memory"
    RESTART = "restart"
    SHIFT = "shift"
    RETURN = "return"
    ROLLBACK = "rollback"
    HAND_OVER = "hand_over"
    TAG = "tag"
    ALERT = "alert"


CLOSED: Final = frozenset({
    State.SUCCEEDED, State.SUPERSEDED, State.REFUSED, State.EXPIRED,
    State.FAILED, State.ROLLED_BACK, State.NEEDS_HUMAN,
})  # fmt: skip

HOLDS_HEAD: Final = frozenset({State.APPLYING, State.DEPLOYING, State.ROLLING_BACK})
"""The states in which a Change owns its workload; proposals, plans and watches do not."""

PRIORITY: Final = (
    Kind.ROLLBACK, Kind.RESTART, Kind.RAISE_MEMORY, Kind.SHIFT,
    Kind.RETURN, Kind.RESIZE, Kind.HAND_OVER, Kind.TAG, Kind.ALERT,
)  # fmt: skip
"""Most urgent first: a higher kind supersedes a lower one that does not hold HEAD."""

_WAITING = frozenset({State.SUPERSEDED, State.REFUSED, State.EXPIRED, State.NEEDS_HUMAN})

TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    State.PROPOSED: _WAITING | {State.APPROVED},
    State.APPROVED: _WAITING | {State.PLANNED},
    State.PLANNED: _WAITING | {State.APPLYING},
    State.APPLYING: frozenset({
        State.APPLYING, State.DEPLOYING, State.SUCCEEDED, State.REFUSED,
        State.PLANNED, State.FAILED, State.SUPERSEDED, State.NEEDS_HUMAN,
    }),
    State.DEPLOYING: frozenset({
        State.WATCHING, State.ROLLING_BACK, State.SUPERSEDED, State.FAILED, State.NEEDS_HUMAN,
    }),
    State.WATCHING: frozenset({
        State.SUCCEEDED, State.ROLLING_BACK, State.SUPERSEDED, State.FAILED, State.NEEDS_HUMAN,
    }),
    State.ROLLING_BACK: frozenset({State.ROLLED_BACK, State.SUPERSEDED, State.NEEDS_HUMAN}),
    **{state: frozenset() for state in CLOSED},
}  # fmt: skip
"""The whole life of a Change. ``docs/design/0002-change-states.md`` says why it is this one."""

FIRST_STATES: Final = frozenset({
    State.PROPOSED, State.APPROVED, State.PLANNED, State.REFUSED, State.NEEDS_HUMAN,
})  # fmt: skip
"""How a Change may begin; a refusal and an alert (``needs_human``) are closed as they begin."""


@dataclass(frozen=True, slots=True)
class Base:
    """What was in place when the decision was made: what a rollback goes back to."""

    task_definition: str | None = None
    capacity_provider_strategy: Strategy = ()
    launch_type: str | None = None
    size: TaskSize | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What the Change wants in place; only what its kind needs is set.

    ``stopped_task`` and ``attempt`` belong to a restart: the task to start again, and which try it is;
    ``container_limit`` is the memory in MiB that one container may use in the new task. It follows from the
    stop alone, so ids, which are made of what ``repr`` shows, do without it.
    """

    size: TaskSize | None = None
    task_definition: str | None = None
    capacity_provider_strategy: Strategy = ()
    launch_type: str | None = None
    stopped_task: str | None = None
    attempt: int = 0
    container_limit: tuple[str, int] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class MonthlyUsd:
    """USD a month before and after, and the basis of the prices."""

    before: float
    after: float
    basis: str


@dataclass(frozen=True, slots=True)
class Change:
    """One Change. Frozen: the table moves it, and gives back a new one.

    ``workload`` is a service's ARN, or for standalone tasks the ARN of the first task of the lineage.
    ``fence`` rises each time an applier takes the Change, so that a late one cannot write.
    ``applied`` names what came of it: ``task_definition``, ``deployment``, ``task``, ``parameter``.
    """

    workload: str
    id: str
    kind: Kind
    state: State
    turn: Turn
    due_at: datetime
    cluster: str
    name: str
    mode: str
    base: Base
    target: Target
    rule: str
    reason: str
    sentence: str
    cause: str
    decide_by: datetime
    created_at: datetime
    evidence: Mapping[str, Scalar] = field(default_factory=dict)
    monthly_usd: MonthlyUsd | None = None
    depth: int = 0
    parent: str | None = None
    watch_seconds: int = 0
    fence: int = 0
    wakes: int = 0
    outcome: str = ""
    outcome_sentence: str = ""
    applied: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether something may still happen to it."""
        return self.state not in CLOSED

    def moved(self, to: State, at: datetime) -> "Change":
        """Return the Change in its next state.

        Raises:
            IllegalTransitionError: The state machine has no such step; nothing was changed.
        """
        check_transition(self, to)
        return replace(self, state=to, times={**self.times, to.value: at})


def check_transition(change: Change, to: State) -> None:
    """Refuse a step that the state machine does not have.

    Raises:
        IllegalTransitionError: Always with what was tried and that nothing was changed.
    """
    if to not in TRANSITIONS[change.state]:
        raise IllegalTransitionError(
            f"cannot move Change {change.id} of {change.workload} from {change.state} to {to}: "
            f"from {change.state} it may go to {', '.join(sorted(TRANSITIONS[change.state])) or 'nowhere'}. "
            "Nothing was changed. Read the Change again before deciding its next step."
        )


def change_id(workload: str, kind: Kind, base: Base, target: Target, cause: str, epoch: str) -> str:
    """Return the id that the same decision always gets: a repeat is the same Change.

    ``epoch`` is the day of a resize, the stop event of a restart, the episode of a shift: a refused
    decision may come again in the next one.
    """
    said = "\n".join([workload, kind, repr(base), repr(target), cause, epoch])
    return base64.b32encode(hashlib.sha256(said.encode()).digest()).decode().lower()[:20]


def plan_hash(change: Change) -> str:
    """Return a short name for what a Change would do: who approves it approves exactly that."""
    said = "\n".join([change.workload, change.id, change.kind, repr(change.base), repr(change.target)])
    return hashlib.sha256(said.encode()).hexdigest()[:12]


APPROVED_PLAN: Final = "approved_plan"
"""Under this name an approved Change keeps the hash of the plan that a person approved."""


def is_approved(change: Change) -> bool:
    """Tell whether a person approved the very plan that the Change now holds."""
    return change.applied.get(APPROVED_PLAN) == plan_hash(change)


def outranks(kind: Kind, other: Kind) -> bool:
    """Tell whether ``kind`` is more urgent than ``other``."""
    return PRIORITY.index(kind) < PRIORITY.index(other)


SENT, SENT_AT, SENT_AFTER = "sent", "sent_at", "sent_after"
"""What an applier notes right before it writes: the deployment there was, when, and when that one began.

The last is by ECS's clock, which says when ours began too: what is ours began later.
"""

HEARD: Final = "witness"
"""Under this name an applied Change notes what the server's record said it replaced."""

COVERED_AGAIN: Final = "covered_again"
"""Noted so when a repair covered one more deploy, and no further repair is begun."""

CARRIED_OUT: Final = ("deployment", "task", "parameter")
"""What ``applied`` of a Change names once the world outside has been changed by it."""


def is_carried_out(change: Change) -> bool:
    """Tell whether a Change has come so far that something outside of Trimtab is different for it."""
    return any(name in change.applied for name in CARRIED_OUT)


SIZE_KINDS: Final = (Kind.RESIZE, Kind.RAISE_MEMORY)
"""Kinds that put another size in force, by a revision of our own."""

CAPACITY_KINDS: Final = frozenset({Kind.SHIFT, Kind.RETURN})


def about_capacity(change: Change) -> bool:
    """Tell whether a Change is about capacity providers; anything else for a service is about its revision.

    A rollback is about what it puts back.
    """
    if change.kind is Kind.ROLLBACK:
        return change.target.task_definition is None
    return change.kind in CAPACITY_KINDS


def same_subject(change: Change, other: Change) -> bool:
    """Tell whether both are about the revision, or both about the capacity."""
    return about_capacity(change) is about_capacity(other)
