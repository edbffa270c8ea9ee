"""What the loop asks of a policy, ours or another."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from trimtab.model.task_size import TaskSize
from trimtab_cli.backtest.series import Floats


@dataclass(frozen=True, slots=True)
class Seen:
    """A finished day as a policy could observe it, for the periods with a sample.

    ``vcpu`` and ``memory_mib`` do not pass the size that was in force (``limit_vcpu`` is its CPU).
    """

    day: date
    vcpu: Floats
    limit_vcpu: Floats
    memory_mib: Floats | None


@dataclass(frozen=True, slots=True)
class Move:
    """A size and why it is taken."""

    size: TaskSize
    reason: str


class Sizer(Protocol):
    """A policy for one series. A move to the size in force, or None, is none."""

    capped_periods: int | None
    """So many 5-minute periods at the CPU limit, of 24 hours, are told to it; None: it does not ask."""

    @property
    def warn_ratio(self) -> float | None:
        """Share of the memory above which it is told of use; None: it does not ask."""

    def see(self, seen: Seen) -> None:
        """Hear of a finished day."""

    def plan(self, today: date, size: TaskSize) -> Move | None:
        """Decide once a day."""

    def killed(self, today: date, size: TaskSize) -> Move | None:
        """Answer a kill for memory."""

    def capped(self, today: date, size: TaskSize, periods: int) -> Move | None:
        """Answer ``capped_periods`` at the CPU limit since the last change."""

    def near(self, today: date, size: TaskSize, memory_mib: float) -> Move | None:
        """Answer memory above ``warn_ratio``."""
