"""What the decisions answer: keep things as they are, or one change with its reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from trimtab.model.budget import Limits
from trimtab.model.change import Kind, MonthlyUsd, Scalar
from trimtab.model.change_window import ChangeWindow, Freeze
from trimtab.model.policy import Shrink, Unclear
from trimtab.model.service import Strategy
from trimtab.model.tags import Mode
from trimtab.model.task_size import TaskSize


@dataclass(frozen=True, slots=True)
class Keep:
    """Nothing is to be done: ``reason`` is a stable code, ``sentence`` is for people."""

    reason: str
    sentence: str
    evidence: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for one workload after tags and policy: the stricter of both."""

    mode: Mode
    profile: str = "general"
    smallest: TaskSize = TaskSize(256, 512)
    largest: TaskSize = TaskSize(16384, 122880)
    windows: tuple[ChangeWindow, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    shrink_without_signals: bool = False
    unclear_signals: Unclear | None = None
    limits: Limits = Limits()
    oom_usd: float | None = None
    shrink: Shrink = Shrink.PIGGYBACK

    def waits_for_signals(self, kind: Kind) -> bool:
        """Tell whether a signal that cannot tell holds up a Change of this kind; what can wait waits."""
        if self.unclear_signals is not None:
            return self.unclear_signals is Unclear.WAIT
        return kind in (Kind.RESIZE, Kind.RETURN)


@dataclass(frozen=True, slots=True)
class Resize:
    """Give the task definition another size."""

    size: TaskSize
    rule: str
    reason: str
    sentence: str
    evidence: Mapping[str, Scalar]
    monthly_usd: MonthlyUsd | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """Move a service to another capacity provider strategy."""

    capacity_provider_strategy: Strategy
    rule: str
    reason: str
    sentence: str
    evidence: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class StartAgain:
    """Start a stopped task again as try ``attempt``, not before ``not_before``."""

    attempt: int
    not_before: datetime
    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Go:
    """The guards let the write through."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: look again at ``until``. ``applied`` is what the Change notes of this try."""

    until: datetime
    reason: str
    sentence: str
    applied: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refuse:
    """No: the Change is closed with this reason, in ``state`` ``refused`` or ``superseded``."""

    reason: str
    sentence: str
    superseded: bool = False
