"""How far a person may trust a size: by how much is known, and how much of it is missing."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trimtab.decisions.rightsize.leak import leak_mib_per_day
from trimtab.model.digest import SizingHistory

WEEK: Final = 7
"""With less, a day of the week has not been seen."""

MONTH: Final = 28
"""With less, the end of a month may not have been seen, nor each day of the week four times."""

UNKNOWN_SHARE_MAX: Final = 0.2
"""Of five days one without data: the peak may have been on it."""


class Confidence(StrEnum):
    """In the order of trust."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Trust:
    """A level, and in a sentence why it is no higher."""

    level: Confidence
    sentence: str


def trust_in(history: SizingHistory) -> Trust:
    """Say how far a size may be trusted that was chosen by ``history``."""
    days = [digest.day for digest in history.digests]
    if not days:
        return Trust(Confidence.LOW, "No day of its usage is known.")
    whole = sum(digest.whole for digest in history.digests)
    span = (days[-1] - days[0]).days + 1
    if whole < WEEK:
        return Trust(Confidence.LOW, f"{whole} whole days are known: less than a week.")
    if all(digest.memory_peak_mib is None for digest in history.digests):
        return Trust(Confidence.LOW, "Its memory is not measured.")
    if 1 - whole / span > UNKNOWN_SHARE_MAX:
        return Trust(Confidence.MEDIUM, f"Of the last {span} days {span - whole} are not known whole.")
    if leak_mib_per_day(history.digests) is not None:
        return Trust(Confidence.MEDIUM, "Its memory rises from deployment to deployment like a leak.")
    if whole < MONTH:
        return Trust(Confidence.MEDIUM, f"{whole} whole days are known: less than four weeks.")
    return Trust(Confidence.HIGH, f"{whole} whole days are known.")
