"""The change windows of a policy document as written."""

import re
from datetime import time
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trimtab.model.change_window import DAYS, ChangeWindow
from trimtab.model.document_fields import Reader, fault, list_of, read_fields

TIME: Final = re.compile(r"^([01][0-9]|2[0-3]):[0-5][0-9](?![\s\S])")
ZONE: Final = re.compile(r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*(?![\s\S])")


def windows(value: object, place: str) -> tuple[ChangeWindow, ...]:
    """Read a list of change windows; raises PolicyError with the place of the fault."""
    return tuple(_window(x, f"{place}[{i}]") for i, x in enumerate(list_of(value, place)))


def _window(entry: object, place: str) -> ChangeWindow:
    readers: dict[str, Reader] = {"days": _days, "from": _time, "to": _time, "timezone": _zone}
    read = read_fields(entry, place, readers)
    if missing := [key for key in ("from", "to", "timezone") if key not in read]:
        raise fault(place, entry, f"a window that says {', '.join(missing)}")
    return ChangeWindow(
        read.get("days", frozenset(range(len(DAYS)))), read["from"], read["to"], read["timezone"]
    )


def _days(value: object, place: str) -> frozenset[int]:
    days = list_of(value, place)
    if not days or not all(isinstance(day, str) and day in DAYS for day in days):
        raise fault(place, value, f"a list of days ({', '.join(DAYS)})")
    return frozenset(DAYS.index(str(day)) for day in days)


def _time(value: object, place: str) -> time:
    if not isinstance(value, str) or not TIME.match(value):
        raise fault(place, value, "a time of day such as 06:30, in quotes")
    return time(int(value[:2]), int(value[3:]))


def _zone(value: object, place: str) -> ZoneInfo:
    if not isinstance(value, str) or not ZONE.match(value):
        raise fault(place, value, "a time zone such as Europe/Berlin or UTC")
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise fault(place, value, "a zone of the IANA time zone database") from None
