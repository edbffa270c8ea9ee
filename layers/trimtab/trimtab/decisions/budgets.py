"""What a Change costs, and whether our own record allows one more at all."""

from datetime import datetime, timedelta
from typing import Final

from trimtab.model.budget import Charge, Limits, Record
from trimtab.model.change import Change, Kind
from trimtab.model.decision import Go, Wait
from trimtab.model.duration import spoken

FREE: Final = (Kind.ROLLBACK, Kind.TAG, Kind.HAND_OVER)
"""A way back is never refused for want of budget, and what touches no service costs nothing."""

PATIENT: Final = (Kind.RESIZE, Kind.RETURN)
"""These can wait: safety does not ask for them, so they queue behind each other."""

RECORDED: Final = (Kind.RESIZE,)
"""Whose ends make our record. A return that fails says that the pool is still empty, nothing about us."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOOK_AGAIN: Final = timedelta(minutes=5)
RUNNING: Final = "running"
CANARY: Final = "canary"


def era_of(release: str, policy_version: int) -> str:
    """Name the time in which this release acts under this version of the policy."""
    return f"{release}/{policy_version}"


def charges_of(change: Change, limits: Limits, record: Record, era: str, now: datetime) -> tuple[Charge, ...]:
    """Return every count that a Change has to fit into; all are charged at once or none is.

    Args:
        change: What is to be begun.
        limits: What the policy allows.
        record: How our own changes have ended, in this era and before.
        era: Which release acts under which policy (``era_of``).
        now: The instant.
    """
    if change.kind in FREE:
        return ()
    hour, day = f"{now:%Y-%m-%dT%H}", f"{now:%Y-%m-%d}"
    end_of_hour = now.replace(minute=0, second=0, microsecond=0) + HOUR
    end_of_day = now.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    if change.kind is Kind.RESTART:
        counts = (
            (f"restarts/{change.cluster}/{change.name}", limits.restarts_per_family_per_hour),
            (f"restarts/{change.cluster}", limits.restarts_per_cluster_per_hour),
            ("restarts", limits.restarts_per_account_per_hour),
        )
        return tuple(Charge(scope, hour, limit, end_of_hour) for scope, limit in counts)
    charges = [
        *_own_charges(change, limits, day, end_of_day),
        Charge(f"changes/{change.cluster}", hour, limits.changes_per_cluster_per_hour, end_of_hour),
        Charge("changes", hour, limits.changes_per_account_per_hour, end_of_hour),
    ]
    if change.kind in RECORDED and not record.proved:
        charges.append(Charge(CANARY, era, limits.canary_changes, now + HOUR, lasts=True))
    if change.kind in PATIENT:
        places = allowed_at_once(limits, record)
        charges.append(Charge(RUNNING, RUNNING, places, now + LOOK_AGAIN, lasts=True))
    return tuple(charges)


def _own_charges(change: Change, limits: Limits, day: str, end_of_day: datetime) -> tuple[Charge, ...]:
    """Return what one service may be changed in a day.

    A memory raise has a limit of its own (``memory_raise.RAISES_MAX``): whoever is killed for want of memory
    must not wait because the day's resizes are spent.
    """
    if change.kind is Kind.RAISE_MEMORY:
        return ()
    if change.kind is Kind.RESIZE:
        scope, limit = "sizes", limits.size_changes_per_service_per_day
    else:
        scope, limit = "shifts", limits.shifts_per_service_per_day
    return (Charge(f"{scope}/{change.workload}", day, limit, end_of_day),)


def allowed_at_once(limits: Limits, record: Record) -> int:
    """Return how many roll-outs may run together: one, two, four … with each that has ended well.

    One that ended badly starts the count again: whatever made it fail may be in all of them.
    """
    return int(min(1 << min(record.successes, 20), limits.running_changes))


def judge_record(change: Change, limits: Limits, record: Record, now: datetime) -> Go | Wait:
    """Hold resizes while resizes fail: the breaker.

    It closes again by itself when the failures are old enough; what safety asks for goes on.
    """
    window = timedelta(hours=limits.failure_window_hours)
    recent = [at for at in record.failures if now - at < window]
    if change.kind not in RECORDED or not recent or len(recent) < limits.failures_that_pause:
        return Go()
    return Wait(
        min(recent) + window,
        "breaker_open",
        f"{len(recent)} resizes of ours went wrong within {spoken(window)}: none is begun until they "
        "are older. Look at them.",
    )


def spent(charge: Charge, now: datetime) -> Wait:
    """Say which limit was reached, and when it is worth another look."""
    if charge.scope == CANARY:
        return Wait(
            charge.until,
            "canary",
            f"{charge.limit} resizes have been begun since Trimtab or its policy changed (release and policy "
            f"{charge.window}), and none has ended well yet: the next one waits until one has.",
        )
    return Wait(
        max(charge.until, now + timedelta(minutes=1)),
        "budget_spent",
        f"The limit of {charge.limit} for {charge.scope} is reached.",
    )
