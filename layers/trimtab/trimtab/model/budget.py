"""How much Trimtab may do in a stretch of time, and how it has fared lately."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """Changes and restarts at most; each is a setting of the policy. Rollbacks are never counted.

    ``size_changes_per_service_per_day`` and ``shifts_per_service_per_day`` count what was sent to ECS.
    ``running_changes`` bounds how many resizes and returns roll out at once, when all went well lately.
    ``canary_changes`` bounds how many resizes a release begins under a policy before one has ended well.
    ``mass_anomaly_…`` and ``inventory_…`` say when a whole plan looks like a fault of ours, ``storm_…`` when
    stops come together; shares are ratios.
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
    failure_window_hours: int = 6
    reversals_that_quarantine: int = 2
    reversal_window_days: int = 30
    resets_that_stop: int = 2
    canary_changes: int = 5
    mass_anomaly_services_min: int = 20
    mass_anomaly_share_max: float = 0.5
    inventory_share_min: float = 0.5
    storm_lineages_min: int = 5
    storm_share_min: float = 0.2
    storm_window_seconds: int = 120


@dataclass(frozen=True, slots=True)
class Charge:
    """One count against one limit: ``scope`` in ``window``, which is over at ``until``.

    One that ``lasts`` is never over by itself: what it counts is given back, or another window begins.
    """

    scope: str
    window: str
    limit: int
    until: datetime
    lasts: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """How our own changes have ended: when failures were, and what has ended well in this era.

    An era is a release under one version of the policy. ``successes`` are those since its last failure;
    it is ``proved`` once any resize that was begun in it has ended well.
    """

    successes: int = 0
    failures: tuple[datetime, ...] = ()
    proved: bool = False
