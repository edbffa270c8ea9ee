"""When what can wait may be carried out: windows of the week, and freezes that forbid every deployment."""

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS_AHEAD: Final = 15
"""A window opens every week at the latest; one that the clocks swallow, the week after."""


@dataclass(frozen=True, slots=True)
class ChangeWindow:
    """Hours of the week, by the clocks of a place. ``closes`` not after ``opens`` is the next day's.

    ``days`` are the weekdays on which it opens, 0 for Monday. Each of these days it is one stretch of time,
    also where clocks are set: an hour that comes twice counts the first time, one that is skipped counts
    as the hour after it.
    """

    days: frozenset[int]
    opens: time
    closes: time
    zone: ZoneInfo

    def on(self, day: date) -> tuple[datetime, datetime]:
        """Return when it opens and closes on a day of its place, in UTC; the same instant twice is never."""
        if day.weekday() not in self.days:
            return _NEVER, _NEVER
        last = day + timedelta(days=self.closes <= self.opens)
        opens, closes = self._instant(day, self.opens), self._instant(last, self.closes)
        return opens, max(opens, closes)

    def _instant(self, day: date, at: time) -> datetime:
        # fold=0: the first of two; of what is skipped, as far into the next hour (PEP 495).
        return datetime.combine(day, at, self.zone).astimezone(UTC)


_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def next_opening(windows: Sequence[ChangeWindow], now: datetime) -> datetime | None:
    """Return when the first of the windows opens next, in UTC; None when one is open, or there is none."""
    later = []
    for window in windows:
        today = now.astimezone(window.zone).date()
        for ahead in range(-1, DAYS_AHEAD):
            opens, closes = window.on(today + timedelta(days=ahead))
            if opens <= now < closes:
                return None
            if now < opens < closes:
                later.append(opens)
    return min(later, default=None)


def last_chance(windows: Sequence[ChangeWindow], now: datetime, until: datetime) -> datetime | None:
    """Return the latest instant from now to ``until`` that begins one of the windows, or ``until`` in one.

    None when none opens before; now counts as a beginning where one is open.
    """
    found = []
    for window in windows:
        last = until.astimezone(window.zone).date()
        for back in range(-1, DAYS_AHEAD):
            opens, closes = window.on(last - timedelta(days=back))
            if opens <= until < closes:
                return until
            if opens < closes and now < closes and opens <= until:
                found.append(max(opens, now))
    return max(found, default=None)


@dataclass(frozen=True, slots=True)
class Freeze:
    """A stretch of time in which nothing that deploys is begun; names are shell patterns."""

    begins: datetime
    ends: datetime
    reason: str
    cluster: str = "*"
    service: str = "*"

    def matches(self, cluster: str, service: str) -> bool:
        """Tell whether it speaks of the service."""
        return fnmatch.fnmatchcase(cluster, self.cluster) and fnmatch.fnmatchcase(service, self.service)

    def holds_at(self, now: datetime) -> bool:
        """Tell whether it is in force."""
        return self.begins <= now < self.ends
