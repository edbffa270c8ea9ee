"""Stops that have something in common, and the brake that holds their restarts together."""

from dataclasses import dataclass
from datetime import datetime

from trimtab.model.restart_policy import CauseClass


@dataclass(frozen=True, slots=True)
class CountedStop:
    """One stop that is to be answered by a restart.

    ``lineage`` is the ARN of its first task; ``shares`` says what it may have in common with others, each as
    ``name=value``, by the names of ``decisions.storm.NARROW_TO_WIDE``.
    """

    at: datetime
    lineage: str
    shares: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brake:
    """Restarts after stops of one class in one cluster that share ``key`` wait for one that goes first.

    ``lineages`` and ``tracked`` are the counts it was opened on. The first may go at ``hold_until``;
    ``canary`` is ``workload id`` of the Change that does, empty while there is none. ``told`` says whether
    people have heard of it. ``version`` rises with each step, so that of two who would take the same one only
    one does.
    """

    cluster: str
    cause_class: CauseClass
    key: str
    opened_at: datetime
    lineages: int
    tracked: int | None
    hold_until: datetime
    hold_seconds: int
    canary: str = ""
    closed_at: datetime | None = None
    told: bool = False
    version: int = 1
