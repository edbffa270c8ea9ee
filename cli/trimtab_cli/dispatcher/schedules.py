"""Schedule expressions: ``rate(…)``, ``cron(…)`` and ``at(…)``, in a time zone.

Source: EventBridge Scheduler User Guide, schedule-types (read 2026-11-22): a rate schedule without
a start date fires when it is created; an hour that the change to summer time leaves out is
skipped, an hour that comes twice fires once.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from trimtab_cli.dispatcher.refusal import Refusal

_UNITS_S = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS = [name.upper() for name in calendar.month_abbr]
_WEEKDAYS = ["", "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_HORIZON_DAYS = 366 * 5  # a cron that names a day which never comes is over, not searched for ever

Next = Callable[[datetime], datetime | None]


def parse_schedule(where: str, expression: str, timezone: str = "UTC") -> Next:
    """Return a function from an instant to the first time after it at which the schedule fires.

    Args:
        where: Name of the schedule, for a refusal.
        expression: As in the template.
        timezone: IANA name, for ``cron`` and ``at``.

    Raises:
        Refusal: The expression is not valid, or uses what is not modelled (``W``, ``L-3``).
    """
    zone = ZoneInfo(timezone)
    if found := re.fullmatch(r"rate\((\d+) (minute|hour|day)(s?)\)", expression):
        number, seconds = int(found[1]), _UNITS_S[found[2]]
        if number < 1 or (number == 1) == bool(found[3]):
            raise Refusal(where, f"{expression!r} is no valid rate")
        interval = timedelta(seconds=number * seconds)
        return lambda after: after + interval
    if found := re.fullmatch(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)", expression):
        once = datetime.fromisoformat(found[1]).replace(tzinfo=zone).astimezone(UTC)
        return lambda after: once if once > after else None
    if found := re.fullmatch(r"cron\((.+)\)", expression):
        return _Cron.parse(where, found[1].split(), zone).next
    raise Refusal(where, f"the schedule {expression!r} is not modelled")


@dataclass(frozen=True, slots=True)
class _Cron:
    minutes: list[int]
    hours: list[int]
    months: set[int]
    years: set[int]
    on_day: Callable[[date], bool]
    zone: ZoneInfo

    @classmethod
    def parse(cls, where: str, fields: list[str], zone: ZoneInfo) -> "_Cron":
        if len(fields) != 6 or (fields[2] == "?") == (fields[4] == "?"):
            raise Refusal(where, "a cron needs six fields, and ? in exactly one of the two day fields")
        minute, hour, day, month, weekday, year = fields
        on_day = _weekday_test(where, weekday) if day == "?" else _day_test(where, day)
        return cls(
            sorted(_numbers(where, minute, 0, 59)),
            sorted(_numbers(where, hour, 0, 23)),
            _numbers(where, month, 1, 12, _MONTHS),
            _numbers(where, year, 1970, 2199),
            on_day,
            zone,
        )

    def next(self, after: datetime) -> datetime | None:
        local = after.astimezone(self.zone)
        for days in range(_HORIZON_DAYS):
            day = local.date() + timedelta(days)
            if day.month not in self.months or day.year not in self.years or not self.on_day(day):
                continue
            for hour in self.hours:
                for minute in self.minutes:
                    wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
                    instant = wall.astimezone(UTC)
                    left_out = instant.astimezone(self.zone).hour != hour
                    if instant > after and not left_out:
                        return instant
        return None


def _day_test(where: str, text: str) -> Callable[[date], bool]:
    if text == "L":
        return lambda day: day.day == calendar.monthrange(day.year, day.month)[1]
    days = _numbers(where, text, 1, 31)
    return lambda day: day.day in days


def _weekday_test(where: str, text: str) -> Callable[[date], bool]:
    if found := re.fullmatch(r"(\w+)#([1-5])", text):
        (number,), week = _numbers(where, found[1], 1, 7, _WEEKDAYS), int(found[2])
        return lambda day: _weekday(day) == number and (day.day - 1) // 7 + 1 == week
    if found := re.fullmatch(r"(\w+)L", text):
        (number,) = _numbers(where, found[1], 1, 7, _WEEKDAYS)
        return lambda day: _weekday(day) == number and (day + timedelta(7)).month != day.month
    days = _numbers(where, text, 1, 7, _WEEKDAYS)
    return lambda day: _weekday(day) in days


def _weekday(day: date) -> int:
    """Sunday is 1."""
    return day.isoweekday() % 7 + 1


def _numbers(where: str, text: str, low: int, high: int, names: list[str] | None = None) -> set[int]:
    """Read one field: numbers, names, lists, ranges and steps."""

    def number(word: str) -> int:
        if names and word.upper() in names[1:]:
            return names.index(word.upper())
        if not word.isdigit() or not low <= int(word) <= high:
            raise Refusal(where, f"{word!r} is no value of a cron field from {low} to {high}")
        return int(word)

    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if first == "*":
            start, end = low, high
        else:
            start = number(first)
            end = number(last) if dash else (high if step else start)
        if step and not (step.isdigit() and int(step) > 0):
            raise Refusal(where, f"{step!r} is no step of a cron field")
        if start > end:
            raise Refusal(where, f"the range {span!r} of a cron field runs backwards")
        found.update(range(start, end + 1, int(step or 1)))
    return found
