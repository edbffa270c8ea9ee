"""The size that a service is offered for the day: what may be chosen, and what forbids to choose at all."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from math import ceil
from typing import Final

from trimtab.decisions.rightsize.daily import choose_size
from trimtab.decisions.rightsize.leak import leak_mib_per_day
from trimtab.model.decision import Keep, Resize, Setting
from trimtab.model.digest import SizingHistory
from trimtab.model.price import FargatePrice
from trimtab.model.risk_profile import BALANCED, RISK_PROFILES
from trimtab.model.sizing import Terms
from trimtab.model.task_size import TaskSize

START_ROOM: Final = 1.05
"""A task has to survive its own start: it may be made no smaller than what that took, with a little room."""

NOTHING: Final = TaskSize(0, 0)

NO_DATA: Final = ("too_little_data", "usage_unknown")
"""Reasons of a ``Keep`` that says nothing about the size: it could not be judged."""


def terms_of(
    setting: Setting, price: FargatePrice, sizes: Iterable[TaskSize], floor_mib: int, task_count: int
) -> Terms:
    """Return what may be chosen for a service: the sizes above its floor, with its profile.

    Args:
        setting: Profile and price of a kill by tags and policy.
        price: What a vCPU and a GB cost.
        sizes: What its workload and its bounds allow.
        floor_mib: What no memory may go below: kills for memory, start-up.
        task_count: Tasks to tell the cost of.
    """
    profile = RISK_PROFILES.get(setting.profile, BALANCED)
    if setting.oom_usd is not None:
        profile = replace(profile, oom_usd=setting.oom_usd)
    return Terms(tuple(s for s in sizes if s.memory_mib >= floor_mib), profile, price, task_count)


def memory_to_start_mib(history: SizingHistory) -> int:
    """Return the memory that start-up has taken after a deployment, with room; 0 where none was seen."""
    peaks = [d.start_peak_mib for d in history.digests if d.start_peak_mib is not None]
    return ceil(max(peaks, default=0) * START_ROOM)


def offer_size(
    current: TaskSize, history: SizingHistory, today: date, terms: Terms, too_small: TaskSize = NOTHING
) -> Keep | Resize:
    """Choose like ``choose_size``, on what is known up to yesterday and on nothing older.

    Returns:
        What ``choose_size`` returns, or ``Keep``: ``usage_unknown`` where yesterday is not known,
        ``reverted_lately`` where the better size has no more than what had to be taken back (``too_small``);
        ``leak`` where only lost memory asks for more.
    """
    yesterday = today - timedelta(days=1)
    if history.last_day != yesterday:
        told = f"Of {yesterday}, too little of its usage is known: nothing is decided on missing data."
        return Keep("usage_unknown" if history.digests else "too_little_data", told)
    decision = _choose(current, history, today, terms, too_small)
    leak = leak_mib_per_day(history.digests)
    if leak is None or isinstance(decision, Keep):
        return decision
    told = f"Its memory rises by {leak:.0f} MiB a day and falls with each deployment: it looks like a leak."
    if decision.size.memory_mib > current.memory_mib:
        return Keep("leak", f"{told} That is not chased ahead of time; more memory follows a kill.")
    evidence = {**decision.evidence, "leak_mib_per_day": round(leak, 1)}
    return replace(decision, sentence=f"{decision.sentence} {told}", evidence=evidence)


def _choose(
    current: TaskSize, history: SizingHistory, today: date, terms: Terms, too_small: TaskSize
) -> Keep | Resize:
    """Choose among the size in force and those that have more of what had to be given back."""
    rest = tuple(size for size in terms.sizes if size == current or _has_more(size, too_small))
    decision = choose_size(current, history, today, replace(terms, sizes=rest))
    if isinstance(decision, Keep) and rest != terms.sizes:
        best = choose_size(current, history, today, terms)
        if isinstance(best, Resize):
            told = f"{best.size} would be better, but as little had to be taken back lately."
            return Keep("reverted_lately", told)
    return decision


def _has_more(size: TaskSize, than: TaskSize) -> bool:
    return size.cpu_units > than.cpu_units and size.memory_mib > than.memory_mib
