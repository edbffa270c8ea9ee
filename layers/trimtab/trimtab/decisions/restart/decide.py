"""Whether a stopped task may be started again, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from trimtab.decisions.restart.history import Past, counted, same_failure, starts_of
from trimtab.model.decision import Keep, StartAgain
from trimtab.model.duration import spoken
from trimtab.model.policy import StandaloneRule
from trimtab.model.restart_policy import Backoff, CauseClass, Then, Tries

STEP_SECONDS: Final = 5
"""From which a wait grows whose first is none."""

STARTS_A_DAY_MAX: Final = 100
"""No lineage is started more often in a day, whatever its policy says and however long each task ran."""

PATIENCE: Final = {
    CauseClass.APPLICATION: timedelta(hours=1),
    CauseClass.MEMORY: timedelta(hours=1),
    CauseClass.CONFIGURATION: timedelta(hours=1),
    CauseClass.NETWORK: timedelta(hours=2),
    CauseClass.INFRASTRUCTURE: timedelta(hours=6),
}
"""How long a restart may wait to be carried out; one for want of capacity as long as its policy says."""

TOLD: Final = {
    CauseClass.APPLICATION: ("application_died", "it died by itself"),
    CauseClass.INFRASTRUCTURE: ("infrastructure_lost", "its host or capacity was taken away"),
    CauseClass.NETWORK: ("network_failed", "what failed on the network may pass"),
    CauseClass.CAPACITY: ("no_capacity", "there was no capacity for it"),
    CauseClass.MEMORY: ("killed_for_memory", "it was killed for memory"),
    CauseClass.CONFIGURATION: ("one_probe", "the policy allows one more look"),
}


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop, in what matters for a restart.

    ``exit_code`` and ``texts`` are those of the containers that count; ``signature`` is empty where a
    repeat would prove nothing. ``quarantined`` says that its revision failed alike twice before.
    ``refunded_at`` is when the team registered a newer revision: what was before counts no longer.
    """

    cause_class: CauseClass
    stopped_at: datetime
    run_seconds: float | None = None
    signature: str = ""
    exit_code: int | None = None
    texts: tuple[str, ...] = ()
    lineage_started_at: datetime | None = None
    quarantined: bool = False
    refunded_at: datetime | None = None


def decide_restart(
    stop: Stop, history: Sequence[Past], rule: StandaloneRule, chance: float, now: datetime
) -> Keep | StartAgain:
    """Decide on one more try for a lineage. Total: it never raises.

    Args:
        stop: The stop to answer.
        history: The stops of the lineage before it, and whether each was answered by a start.
        rule: What the policy allows the family.
        chance: From 0 to 1, derived from the stop, so that a repeat of the question has the same answer.
        now: The instant.

    Returns:
        ``StartAgain``, or ``Keep``: ``exit_done`` or ``exit_stops`` for an exit that the policy names,
        ``deadline_passed``, ``revision_quarantined``, ``same_failure_again``, ``attempts_used_up``.
    """
    named = exit_named(rule, stop.exit_code, stop.texts)
    if named is Then.DONE:
        return Keep("exit_done", "The policy takes this exit as work that is done.")
    if named is Then.STOP:
        return Keep("exit_stops", "The policy says that starting it again after this exit cannot help.")
    healthy = stop.run_seconds is not None and stop.run_seconds >= rule.healthy_after_seconds
    own_doing = stop.cause_class is CauseClass.APPLICATION and not healthy
    recent = [one for one in history if stop.refunded_at is None or one.stopped_at > stop.refunded_at]
    if own_doing and stop.quarantined:
        return Keep(
            "revision_quarantined",
            "This revision failed twice in the same way right after its start: it is left alone until the "
            "team registers another one, or a person clears the family.",
        )
    if own_doing and same_failure(stop.signature, stop.run_seconds, recent):
        return Keep(
            "same_failure_again",
            "It failed twice in a row in the same way right after its start: another try would end alike. "
            "It needs another revision, or a person.",
        )
    if no := _used_up(stop, recent, history, rule):
        return no
    tried = _tries_before(stop, recent, rule)
    not_before = max(stop.stopped_at + backoff(_backoff_of(stop.cause_class, rule), tried, chance), now)
    until = lineage_ends(stop.lineage_started_at, rule)
    if until is not None and not_before >= until:
        told = spoken(timedelta(seconds=rule.deadline_seconds or 0))
        return Keep("deadline_passed", f"Its lineage had {told} from its first start, and they are over.")
    attempt = len(starts_of(history)) + 1
    reason, why = TOLD[stop.cause_class]
    return StartAgain(
        attempt,
        not_before,
        reason,
        f"The family is declared safe to run again and {why}: try {attempt}, {_of(stop, tried, rule)}.",
    )


def exit_named(rule: StandaloneRule, exit_code: int | None, texts: Sequence[str]) -> Then | None:
    """Return what the policy says of an exit, by the first entry that speaks of it; None when none does."""
    return next((one.then for one in rule.exits if one.matches(exit_code, texts)), None)


def backoff(rule: Backoff, tried: int, chance: float) -> timedelta:
    """Return how long to wait after ``tried`` tries: by chance between the base and what it has grown to.

    A base of nothing means at once the first time; from then on it grows from a few seconds.
    """
    if rule.base_seconds == 0 and tried == 0:
        return timedelta(0)
    base = rule.base_seconds or STEP_SECONDS
    grown = min(base * rule.factor ** min(tried + 1, 20), rule.cap_seconds)
    least = min(base, grown)
    return timedelta(seconds=least + (grown - least) * min(max(chance, 0.0), 1.0))


def decide_by(
    cause_class: CauseClass, rule: StandaloneRule, not_before: datetime, lineage_started_at: datetime | None
) -> datetime:
    """Return until when a restart may be carried out: by its class, and not after its lineage's deadline."""
    capacity = timedelta(seconds=rule.classes.capacity.deadline_seconds)
    by_class = not_before + PATIENCE.get(cause_class, capacity)
    until = lineage_ends(lineage_started_at, rule)
    return by_class if until is None else max(min(by_class, until), not_before)


def lineage_ends(started_at: datetime | None, rule: StandaloneRule) -> datetime | None:
    """Return the deadline of a lineage; None where the policy sets none, or its start is not known."""
    if started_at is None or rule.deadline_seconds is None:
        return None
    return started_at + timedelta(seconds=rule.deadline_seconds)


def _used_up(
    stop: Stop, recent: Sequence[Past], history: Sequence[Past], rule: StandaloneRule
) -> Keep | None:
    """Say no when the limit of the class, or the one of the day, is reached."""
    today = sum(at > stop.stopped_at - timedelta(days=1) for at in starts_of(history))
    if today >= STARTS_A_DAY_MAX:
        return Keep(
            "attempts_used_up",
            f"{today} restarts in a day are too many, whatever the policy allows: a person has to look.",
        )
    if stop.cause_class is CauseClass.CAPACITY:
        waited = stop.stopped_at - _without_capacity_since(stop, recent)
        if waited < timedelta(seconds=rule.classes.capacity.deadline_seconds):
            return None
        return Keep(
            "capacity_deadline",
            f"There has been no capacity for it for {spoken(waited)}, longer than the policy waits.",
        )
    tries = _tries_of(stop.cause_class, rule)
    if tries is None:
        return None
    done = _tries_before(stop, recent, rule)
    if done < tries.attempts:
        return None
    window = spoken(timedelta(seconds=tries.window_seconds))
    return Keep(
        "attempts_used_up",
        f"{done} restarts in {window} are all the policy allows: a person has to look.",
    )


def _tries_of(cause_class: CauseClass, rule: StandaloneRule) -> Tries | None:
    """Return how often a class is tried; None for those that are bounded otherwise."""
    classes = rule.classes
    return {
        CauseClass.APPLICATION: classes.application,
        CauseClass.INFRASTRUCTURE: classes.infrastructure,
        CauseClass.NETWORK: classes.network,
        CauseClass.CONFIGURATION: classes.configuration,
    }.get(cause_class)


def _backoff_of(cause_class: CauseClass, rule: StandaloneRule) -> Backoff:
    if cause_class is CauseClass.CAPACITY:
        return rule.classes.capacity.backoff
    tries = _tries_of(cause_class, rule) or rule.classes.application
    return tries.backoff


def _tries_before(stop: Stop, recent: Sequence[Past], rule: StandaloneRule) -> int:
    """Count the tries that stand against one more: of its class, in its window, since the last good run.

    A good run does not bring back what may be started after lost hosts: a bad zone lets tasks run a while
    too, and must not loop for nothing.
    """
    tries = _tries_of(stop.cause_class, rule)
    window = timedelta(seconds=tries.window_seconds) if tries else timedelta(days=1)
    good = None if stop.cause_class is CauseClass.INFRASTRUCTURE else rule.healthy_after_seconds
    alike = counted(recent, stop.cause_class, stop.run_seconds, good)
    return sum(at > stop.stopped_at - window for at in alike)


def _without_capacity_since(stop: Stop, recent: Sequence[Past]) -> datetime:
    """Return when capacity was first missing, of the stops in a row that say so."""
    since = stop.stopped_at
    for one in reversed(recent):
        if one.cause_class != CauseClass.CAPACITY:
            break
        since = min(since, one.stopped_at)
    return since


def _of(stop: Stop, tried: int, rule: StandaloneRule) -> str:
    tries = _tries_of(stop.cause_class, rule)
    if stop.cause_class is CauseClass.CAPACITY:
        return f"for {spoken(timedelta(seconds=rule.classes.capacity.deadline_seconds))} at most"
    if tries is None:
        return f"with at most {rule.classes.memory.raises} raises"
    return f"{tried + 1} of {tries.attempts} in {spoken(timedelta(seconds=tries.window_seconds))}"
