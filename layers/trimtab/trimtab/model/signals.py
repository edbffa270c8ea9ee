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
