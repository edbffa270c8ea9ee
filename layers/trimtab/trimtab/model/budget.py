"""How much Trimtab may do in a stretch of time, and how it has fared lately."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """Changes and restarts at most; each is a setting of the policy. Rollbacks are never counted.

    ``size_changes_per_service_per_day`` and ``shifts_per_service_per_day`` count what was sent to ECS.
    ``running_changes`` bounds how many resizes and returns roll out at once, when all went well lately.
    """

    size_changes_per_service_per_day: int = 2
    shifts_per_service_per_day: int = 8
    changes_per_cluster_per_hour: int = 40
    changes_per_account_per_hour: int = 100
    running_changes: int = 8
    restarts_per_family_per_hour: int = 20
    restarts_per_cluster_per_hour: int = 60
    restarts_per_account_per_hour: int = 200
    failures_that_pause: int = 3


@dataclass(frozen=True, slots=True)
class Charge:
    """One count against one limit: ``scope`` in ``window``, which is over at ``until``."""

    scope: str
    window: str
    limit: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """How our own changes have ended: successes since the last failure, and when failures were."""

    successes: int = 0
    failures: tuple[datetime, ...] = ()
