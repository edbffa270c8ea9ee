"""What is found of an applied Change, by whatever looked at it."""

from dataclasses import dataclass
from enum import StrEnum


class Finding(StrEnum):
    """What the service shows."""

    NOT_YET = "not_yet"
    GOOD = "good"
    BAD = "bad"
    UNDONE_BY_ECS = "undone_by_ecs"
    SUPERSEDED = "superseded"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Settlement:
    """A finding, why, and for people."""

    finding: Finding
    reason: str
    sentence: str
