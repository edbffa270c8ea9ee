"""The switch: what Trimtab may do at all, right now."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Position(StrEnum):
    """``stop`` lets nothing through, ``rollback-only`` lets rollbacks through, ``run`` everything."""

    RUN = "run"
    ROLLBACK_ONLY = "rollback-only"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Switch:
    """The switch as last set; a pause that has expired stays ``rollback-only`` until a person resumes."""

    position: Position
    reason: str
    set_by: str
    set_at: datetime | None = None


NEVER_SET = Switch(Position.ROLLBACK_ONLY, "never set: `trimtab resume` arms a new installation", "nobody")
UNREADABLE = Switch(Position.STOP, "the switch cannot be read", "nobody")
