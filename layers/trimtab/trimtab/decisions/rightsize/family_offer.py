"""The size that the next runs of a family of standalone tasks should have.

The sum is that of a service, for a day on which the family runs: its tasks cost what they run, and a kill
costs what it costs however short they run.
"""

from dataclasses import replace
from datetime import date
from typing import Final

from trimtab.decisions.rightsize.daily import choose_size
from trimtab.decisions.rightsize.trust import MONTH, WEEK, Confidence, Trust
from trimtab.model.change import MonthlyUsd
from trimtab.model.decision import Keep, Resize
from trimtab.model.digest import PERIODS_A_DAY, DayDigest, SizingHistory
from trimtab.model.price import FargatePrice
from trimtab.model.sizing import Terms
from trimtab.model.task_size import TaskSize

LAST_RUN_DAYS: Final = 14
"""What has not run for so long may come back with another release: a run of it is asked for first."""


def offer_family_size(current: TaskSize, history: SizingHistory, today: date, terms: Terms) -> Keep | Resize:
    """Choose like ``choose_size``, for one task and a day on which it runs.

    Args:
        current: Size in the family's task definition.
        history: Of the days on which its tasks ran.
        today: The day to decide on.
        terms: With the price of a task that runs all the time.

    Returns:
        What ``choose_size`` returns, or ``Keep``: ``too_little_data``, ``usage_unknown``. Its cost a month is
        that of one task for as long as any of the family ran.
    """
    last = history.last_day
    if last is None:
        told = "No day is known on which tasks of it ran for half an hour: what is shorter may hide its peak."
        return Keep("too_little_data", told)
    if (today - last).days > LAST_RUN_DAYS:
        return Keep("usage_unknown", f"None of its tasks has been measured since {last}.")
    decision = choose_size(current, as_whole_days(history), today, for_its_runs(terms, history))
    if isinstance(decision, Keep):
        return decision
    hours = 24 * run_share(history)
    ran = f"Its tasks ran {hours:.3g} hours on each of {len(history.digests)} days."
    price = scaled(terms.price, month_share(history, today))
    cost = MonthlyUsd(price.monthly_usd(current, 1), price.monthly_usd(decision.size, 1), price.basis)
    evidence = {**decision.evidence, "hours_a_run_day": round(hours, 2)}
    told = f"{decision.sentence} {ran}"
    return replace(decision, sentence=told, evidence=evidence, monthly_usd=cost)


def as_whole_days(history: SizingHistory) -> SizingHistory:
    """Return a history in which each day counts the same, however short the family ran on it."""
    return replace(history, digests=tuple(_stretched(day) for day in history.digests))


def _stretched(day: DayDigest) -> DayDigest:
    factor = PERIODS_A_DAY / day.samples
    return replace(
        day,
        samples=PERIODS_A_DAY,
        shed_vcpu=tuple(vcpu * factor for vcpu in day.shed_vcpu),
        short_periods=tuple(round(periods * factor) for periods in day.short_periods),
    )


def for_its_runs(terms: Terms, history: SizingHistory) -> Terms:
    """Return terms for a day on which the family runs: running and lacking CPU cost as long as that lasts."""
    share = run_share(history)
    profile = replace(terms.profile, short_usd=terms.profile.short_usd * share)
    return replace(terms, price=scaled(terms.price, share), profile=profile)


def run_share(history: SizingHistory) -> float:
    """Return the share of a day with runs in which some task of the family ran."""
    days = len(history.digests)
    return sum(day.samples for day in history.digests) / (PERIODS_A_DAY * days) if days else 1.0


def month_share(history: SizingHistory, today: date) -> float:
    """Return the share of all time in which some task of the family ran, since the first known day."""
    if not history.digests:
        return 1.0
    known = max((today - history.digests[0].day).days, 1)
    return run_share(history) * min(len(history.digests) / known, 1.0)


def scaled(price: FargatePrice, share: float) -> FargatePrice:
    """Return what a task costs that runs a share of the time."""
    return replace(
        price,
        usd_per_vcpu_hour=price.usd_per_vcpu_hour * share,
        usd_per_gb_hour=price.usd_per_gb_hour * share,
    )


def trust_in_runs(history: SizingHistory) -> Trust:
    """Say how far a size of a family may be trusted: by the days on which it ran."""
    days = len(history.digests)
    told = f"{days} days are known on which its tasks ran for half an hour or more"
    if days < WEEK:
        return Trust(Confidence.LOW, f"{told}: less than a week.")
    if days < MONTH:
        return Trust(Confidence.MEDIUM, f"{told}: less than four weeks.")
    return Trust(Confidence.HIGH, f"{told}.")
