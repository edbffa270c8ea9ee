"""Whether a stopped task may be started again, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trimtab.model.decision import Keep, StartAgain
from trimtab.model.duration import spoken
from trimtab.model.policy import StandaloneRule

BACKOFF_MAX = timedelta(minutes=15)
INFRASTRUCTURE_WINDOW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Start:
    """One start of ours: when, and whether what it answered lay below the application."""

    at: datetime
    infrastructure: bool


def decide_restart(
    infrastructure: bool, starts: Sequence[Start], rule: StandaloneRule, stopped_at: datetime
) -> Keep | StartAgain:
    """Decide on one more try for a lineage.

    A task that died by itself counts against ``rule.attempts`` in its window and waits, doubling from
    ``backoff_seconds``. One whose host or capacity was taken away is started at once; it has its own
    limit a day, so that a bad zone cannot loop for free. Neither counts against the other's limit.

    Args:
        infrastructure: The cause lies below the application.
        starts: How we started this lineage before.
        rule: What the policy allows the family.
        stopped_at: When the task stopped.

    Returns:
        ``StartAgain``, or ``Keep`` with ``attempts_used_up``.
    """
    window = INFRASTRUCTURE_WINDOW if infrastructure else timedelta(seconds=rule.window_seconds)
    limit = rule.infrastructure_attempts if infrastructure else rule.attempts
    alike = [start for start in starts if start.infrastructure is infrastructure]
    recent = sum(stopped_at - window < start.at for start in alike)
    attempt = len(starts) + 1
    if recent >= limit:
        return Keep(
            "attempts_used_up",
            f"{recent} restarts in {spoken(window)} are all the policy allows: a person has to look.",
        )
    wait = timedelta(0)
    if not infrastructure:
        wait = min(timedelta(seconds=rule.backoff_seconds) * (1 << min(recent, 10)), BACKOFF_MAX)
    told = "its host or capacity was taken away" if infrastructure else "it died by itself"
    return StartAgain(
        attempt,
        stopped_at + wait,
        "infrastructure_lost" if infrastructure else "application_died",
        f"The family is declared safe to run again and {told}: try {attempt}, "
        f"{recent + 1} of {limit} in {spoken(window)}.",
    )
