"""What tells how a service's users fare: alarms, answers to requests, tasks that died of their own."""

from dataclasses import dataclass
from datetime import datetime

OK, FIRING = "OK", "ALARM"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm that a service is linked to; ``state`` stays CloudWatch's text, empty when there is none.

    ``since`` is when it came into that state, None when that is not told.
    """

    name: str
    state: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the targets of a service answered in one stretch of time: ``seconds`` is all of it added up."""

    requests: float = 0.0
    errors: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Death:
    """One task of a service that died of its own; ``cause`` is that of its verdict."""

    at: datetime
    task_definition: str
    cause: str
