"""Whether the stops of one workload repeat so much that its owner has to hear of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from trimtab.model.duration import spoken
from trimtab.model.stop import Stop
from trimtab.model.verdict import Cause, Evidence

LOOKED_BACK: Final = timedelta(hours=1)
"""No pattern is older than that."""

STOPS_LOOKED_AT: Final = 64
"""Of the newest: more than any pattern asks for, so that a storm of stops costs no more to look at."""

REPEATS_MIN, REPEATS_MAX = 3, 20
SHARE_OF_TASKS: Final = 0.25
"""Three of a kind are a pattern, in a large service a quarter of its tasks; 20 are one in any."""

ASKED_EVERY: Final = timedelta(minutes=5)
"""A service whose tasks go on dying is looked at so often: nobody may have asked for it to be spoken of."""

LAST_STOPS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Pattern:
    """Stops for any of ``causes`` within ``window`` are one story, told as ``happened``."""

    code: str
    causes: frozenset[Cause]
    window: timedelta
    happened: str


PATTERNS: Final = (
    Pattern(
        "crash_loop",
        frozenset({Cause.APPLICATION, Cause.MEMORY, Cause.MEMORY_UNCONFIRMED}),
        timedelta(minutes=15),
        "died by themselves",
    ),
    Pattern(
        "health_checks_fail",
        frozenset({Cause.HEALTH}),
        timedelta(minutes=15),
        "were stopped because health checks failed",
    ),
    # ECS waits longer and longer between tasks that never ran, up to half an hour: hence the longer window.
    Pattern(
        "starts_fail",
        frozenset({Cause.CONFIGURATION, Cause.NETWORK, Cause.CAPACITY}),
        LOOKED_BACK,
        "could not start",
    ),
)
"""The first that holds is told. Of one revision only: a new one begins anew."""

WORTH_A_LOOK: Final = frozenset().union(*(pattern.causes for pattern in PATTERNS))
"""Causes of which one more stop may complete a pattern."""


CAUSES: Final = "causes"
"""In the evidence of an alert: the causes of the stops that it tells of, of those that are trouble."""

VAGUE: Final = frozenset({"unexplained_failure", *(pattern.code for pattern in PATTERNS)})
"""Alerts that say nothing but that tasks stop: to whoever has heard of stops for the same causes no news."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What a workload's owner has to hear: a stable code, a sentence, and what it rests on."""

    code: str
    sentence: str
    evidence: Evidence


def judge_stops(stops: Sequence[Stop], task_count: int, deploying: bool, now: datetime) -> list[Alert]:
    """Return the patterns that the stops of one workload show; the first is what there is to tell.

    With one task and no deployment they are all that it can come to.

    Args:
        stops: Its last stops, in any order.
        task_count: How many tasks it has when all is well.
        deploying: A deployment is on its way: failed health checks are the deployment's own business then.
        now: The present.
    """
    found = list[Alert]()
    if not stops:
        return found
    revision = max(stops, key=lambda stop: stop.at).task_definition
    needed = min(max(REPEATS_MIN, ceil(SHARE_OF_TASKS * task_count)), REPEATS_MAX)
    for pattern in PATTERNS:
        alike = [
            stop
            for stop in stops
            if stop.cause in pattern.causes
            and stop.task_definition == revision
            and now - pattern.window < stop.at
        ]
        if len(alike) >= needed and not (deploying and Cause.HEALTH in pattern.causes):
            found.append(_alert(pattern, sorted(alike, key=lambda stop: stop.at)))
    return found


def is_worth_asking(stop: Stop, stops: Sequence[Stop], possible: Sequence[Alert]) -> bool:
    """Tell whether ECS is to be asked about a service of which one more task has stopped.

    For each of the first stops; once there are as many as make a pattern in any service, for the first of
    each five minutes.

    Args:
        stop: The stop at hand.
        stops: The last stops of the service, in any order.
        possible: What they show where the service has one task.
    """
    if any(int(alert.evidence["stops"]) <= REPEATS_MAX for alert in possible):
        return True
    before = max((one.at for one in stops if one.at < stop.at), default=None)
    return before is None or _slot(before) != _slot(stop.at)


def _slot(at: datetime) -> int:
    return int(at.timestamp() // ASKED_EVERY.total_seconds())


def causes_of(stops: Sequence[Stop]) -> str:
    """Return the causes of stops that are trouble, each once."""
    return ", ".join(sorted({stop.cause for stop in stops if stop.cause in WORTH_A_LOOK}))


def is_news(found: Alert, told: Iterable[tuple[str, Evidence]]) -> bool:
    """Tell whether an alert says something that its owner has not heard of the same revision lately.

    Args:
        found: What there is to tell.
        told: Code and evidence of each alert of that revision that was told lately.
    """
    causes = set(filter(None, str(found.evidence.get(CAUSES, "")).split(", ")))
    for code, evidence in told:
        heard = set(str(evidence.get(CAUSES, "")).split(", "))
        if code == found.code or (found.code in VAGUE and causes and causes <= heard):
            return False
    return True


def _alert(pattern: Pattern, stops: Sequence[Stop]) -> Alert:
    last = stops[-1]
    example, most = _most_common(stops)
    revision = last.task_definition.rpartition("/")[2]
    return Alert(
        pattern.code,
        f"{len(stops)} tasks of {revision} {pattern.happened} within {spoken(pattern.window)}, "
        f"{most} of them alike: {example.sentence}",
        {
            "stops": len(stops),
            "window_minutes": int(pattern.window.total_seconds() // 60),
            "most_common_rule": example.rule,
            "most_common_stops": most,
            "last_stops": last_stops(stops),
            CAUSES: causes_of(stops),
        },
    )


def _most_common(stops: Sequence[Stop]) -> tuple[Stop, int]:
    """Return the newest stop of the most common kind, and how many there are of it, of at least one stop."""
    (rule, most), *_ = Counter(stop.rule for stop in stops).most_common(1)
    return max((stop for stop in stops if stop.rule == rule), key=lambda stop: stop.at), most


def told_of(stops: Sequence[Stop]) -> str:
    """Return sentences on the last stops of a service in trouble: when, of which cause, what is wrong."""
    if not stops:
        return "No task of it stopped in the last hour."
    trouble = [stop for stop in stops if stop.cause in WORTH_A_LOOK]
    lately = f"Its last stops: {last_stops(stops)}."
    return f"{lately} {_most_common(trouble)[0].sentence}" if trouble else lately


def last_stops(stops: Sequence[Stop]) -> str:
    """Return the newest stops in one line: when, for which cause, with which exit codes."""
    newest = sorted(stops, key=lambda stop: stop.at)[-LAST_STOPS_SHOWN:]
    return "; ".join(
        " ".join(filter(None, (f"{s.at:%H:%M:%SZ}", s.cause, str(s.evidence.get("exit_codes", "")))))
        for s in newest
    )
