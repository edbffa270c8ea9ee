"""What the signals say of a service since our Change: each is good, bad or cannot tell, and none guesses.

A signal rolls back only on what chance does not explain: each has a least count beside its ratio.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf, isnan
from typing import Final

from trimtab.model.change import SIZE_KINDS, Change, Kind
from trimtab.model.finding import Finding, Settlement
from trimtab.model.signals import FIRING, OK, Alarm, Death, Traffic
from trimtab.model.usage import ServiceUsage
from trimtab.model.verdict import Cause

FINE: Final = "steady"
"""The reason of every good finding: only what is bad or unclear has a code of its own."""

REQUESTS_MIN: Final = 200
"""Fewer tell nothing: 200 answers without an error leave an error ratio of 1.5 % possible (rule of three)."""

ERRORS_MIN: Final = 30
ERRORS_TIMES: Final = 2.0
ERRORS_MORE: Final = 0.005
"""Worse is: 30 errors or more, twice the ratio of before, and half a percent of all requests more.

Where 15 errors were to be expected, 30 come by chance once in 2,000 looks.
"""

LATENCY_TIMES: Final = 1.5
LATENCY_SECONDS_MORE: Final = 0.1
"""Slower is: half as long again, and a tenth of a second, below which people notice nothing."""

DEATHS_MIN: Final = 2
"""One task dies of anything; two more than in the same time before are no chance. For memory one will do."""

NEAR_LIMIT: Final = 0.97
BUSY_PERIODS: Final = 12
BUSY_SHARE: Final = 0.1
"""Short of CPU is an hour of 5-minute averages near the limit, and a tenth of the time."""

COVERAGE_MIN: Final = 0.5

OWN_DEATHS: Final = frozenset({
    Cause.APPLICATION, Cause.MEMORY, Cause.MEMORY_UNCONFIRMED, Cause.HEALTH,
})  # fmt: skip
"""Causes that lie in the task itself. A deploy, a scale-in, a lost host, or a container that did not answer
its stop and was killed for it, are none of the size's making."""

MEMORY_DEATHS: Final = frozenset({Cause.MEMORY, Cause.MEMORY_UNCONFIRMED})


@dataclass(frozen=True, slots=True)
class Signals:
    """All that was read of one service for one Change. What is not there is None, or empty.

    ``traffic`` is that of before and of since; ``deaths`` reach back as far before as it is since.
    """

    alarms: tuple[Alarm, ...] = ()
    traffic: tuple[Traffic, Traffic] | None = None
    deaths: tuple[Death, ...] = ()
    usage: ServiceUsage | None = None


def windows(since: datetime, now: datetime) -> tuple[tuple[datetime, datetime], tuple[datetime, datetime]]:
    """Return the same hours before the Change, and the time since it: whole days lie between both."""
    days = timedelta(days=max(-(-(now - since) // timedelta(days=1)), 1))
    return (since - days, now - days), (since, now)


def verify(change: Change, signals: Signals, since: datetime, now: datetime) -> Mapping[str, Settlement]:
    """Return by name what each signal that is there says.

    Args:
        change: An applied Change.
        signals: What was read.
        since: When its deployment began: bake time and all belong to what is judged.
        now: The instant.
    """
    found: dict[str, Settlement] = {"deaths": judge_deaths(change, signals.deaths, since, now)}
    if signals.alarms:
        found["alarms"] = judge_alarms(signals.alarms, since)
    if signals.traffic is not None:
        found["errors"] = judge_errors(*signals.traffic)
        found["latency"] = judge_latency(*signals.traffic)
    if signals.usage is not None and change.kind is Kind.RESIZE:
        found["usage"] = judge_usage(change, signals.usage)
    return found


def verdict(found: Iterable[Settlement], waits: bool) -> Settlement:
    """Return what they say together: one bad is bad, and all that count must be good.

    Args:
        found: What each says.
        waits: Whether one that cannot tell counts.
    """
    ranked = {Finding.BAD: 0, Finding.CANNOT_TELL: 1}
    counted = [one for one in found if waits or one.finding is not Finding.CANNOT_TELL]
    good = Settlement(Finding.GOOD, FINE, "Every signal there is was good.")
    return min(counted, key=lambda one: ranked.get(one.finding, 2), default=good)


def judge_alarms(alarms: Sequence[Alarm], since: datetime) -> Settlement:
    """Judge the linked alarms: one that came to fire since is bad, one that fired before tells nothing."""
    firing = [one for one in alarms if one.state == FIRING]
    fired = [one.name for one in firing if one.since is not None and one.since >= since]
    if fired:
        return Settlement(Finding.BAD, "alarm_fired", f"Since the change these fire: {', '.join(fired)}.")
    unclear = [one.name for one in alarms if one.state != OK]
    if unclear:
        told = f"These alarms cannot tell: {', '.join(unclear)}."
        return Settlement(Finding.CANNOT_TELL, "alarm_unclear", told)
    return Settlement(Finding.GOOD, FINE, f"{len(alarms)} alarms are quiet.")


def judge_errors(before: Traffic, after: Traffic) -> Settlement:
    """Judge the share of server errors against the same hours before."""
    if unclear := _unclear(before, after, "errors"):
        return unclear
    old, new = before.errors / before.requests, after.errors / after.requests
    told = f"{new:.2%} of {after.requests:,.0f} requests failed; before: {old:.2%} of {before.requests:,.0f}."
    if after.errors >= ERRORS_MIN and new >= old * ERRORS_TIMES and new >= old + ERRORS_MORE:
        return Settlement(Finding.BAD, "errors_rose", told)
    return Settlement(Finding.GOOD, FINE, told)


def judge_latency(before: Traffic, after: Traffic) -> Settlement:
    """Judge the mean time to answer against the same hours before."""
    if unclear := _unclear(before, after, "answers"):
        return unclear
    old, new = before.seconds / before.requests, after.seconds / after.requests
    told = f"An answer takes {new:.3f} s on average; before: {old:.3f} s."
    if new >= old * LATENCY_TIMES and new >= old + LATENCY_SECONDS_MORE:
        return Settlement(Finding.BAD, "latency_rose", told)
    return Settlement(Finding.GOOD, FINE, told)


def _unclear(before: Traffic, after: Traffic, what: str) -> Settlement | None:
    """Return why the numbers tell nothing, None where they do: a comparison with NaN would call them good."""
    numbers = [n for one in (before, after) for n in (one.requests, one.errors, one.seconds)]
    if not all(0 <= number < inf for number in numbers):
        told = f"CloudWatch does not tell all of the requests, or tells what cannot be: no word of {what}."
        return Settlement(Finding.CANNOT_TELL, "requests_unclear", told)
    if min(before.requests, after.requests) >= REQUESTS_MIN:
        return None
    counts = f"{after.requests:,.0f} requests since and {before.requests:,.0f} before"
    told = f"{counts} are too few to tell of {what}."
    return Settlement(Finding.CANNOT_TELL, "too_few_requests", told)


def judge_deaths(change: Change, deaths: Sequence[Death], since: datetime, now: datetime) -> Settlement:
    """Judge the tasks that died of their own since, against as long a time before."""
    ours = change.applied.get("task_definition") if change.kind in SIZE_KINDS else None
    later = [one for one in deaths if one.at >= since and ours in (None, one.task_definition)]
    before = sum(since - (now - since) <= one.at < since for one in deaths)
    killed = sum(one.cause in MEMORY_DEATHS for one in later)
    told = f"{len(later)} tasks died of their own since, {killed} of them for memory; before: {before}."
    if len(later) > before and (killed or len(later) - before >= DEATHS_MIN):
        return Settlement(Finding.BAD, "tasks_died", told)
    return Settlement(Finding.GOOD, FINE, told)


def judge_usage(change: Change, usage: ServiceUsage) -> Settlement:
    """Judge CPU and memory of a new size, of each only where the change cut it."""
    old, new, memory = change.base.size, change.target.size, usage.memory_ratio_max
    if old is None or new is None or memory is None or isnan(memory) or usage.coverage < COVERAGE_MIN:
        told = f"{usage.coverage:.0%} of the samples of CPU and memory are known, which is too little."
        return Settlement(Finding.CANNOT_TELL, "no_samples", told)
    busy = sum(ratio >= NEAR_LIMIT for ratio in usage.cpu_ratios)
    told = (
        f"Memory reached {memory:.0%} of the new size; CPU was near its limit in {busy} periods of 5 minutes."
    )
    if new.memory_mib < old.memory_mib and memory >= NEAR_LIMIT:
        return Settlement(Finding.BAD, "near_memory_limit", told)
    if new.cpu_units < old.cpu_units and busy >= max(BUSY_PERIODS, BUSY_SHARE * len(usage.cpu_ratios)):
        return Settlement(Finding.BAD, "near_cpu_limit", told)
    return Settlement(Finding.GOOD, FINE, told)
