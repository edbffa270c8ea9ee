"""The policy document as written -> Policy, or PolicyError with the place of the fault."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trimtab.model.budget import Limits
from trimtab.model.change_window import DAYS, ChangeWindow, Freeze
from trimtab.model.errors import PolicyError, TagError
from trimtab.model.policy import Policy, ServiceRule, StandaloneRule, Unclear
from trimtab.model.tags import PROFILES, Mode
from trimtab.model.task_size import TaskSize

Reader = Callable[[object, str], Any]
UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}

ATTEMPTS_MAX: Final = 20
INFRASTRUCTURE_ATTEMPTS_MAX: Final = 100
MEMORY_MIB_MAX: Final = 249856
LIMIT_MAX: Final = 3000
"""More starts than that are a loop; more memory Fargate does not sell; more of anything is no limit.

What is counted is one set of ids in one item, which holds 400 KB: about 3,600 of them.
"""

BRAKES: Final = {
    "failures_that_pause": (1, 20),
    "failure_window_hours": (1, 168),
    "reversals_that_quarantine": (1, 5),
    "reversal_window_days": (7, 400),
    "resets_that_stop": (1, 5),
    "canary_changes": (1, 100),
    "mass_anomaly_services_min": (2, 100),
}
"""The limits that are brakes, each with its least and its most: none can be set so that it never acts."""

SHARES: Final = ("mass_anomaly_share_max", "inventory_share_min")
SHARE_MIN, SHARE_MAX = 0.1, 0.9
SHARE: Final = re.compile(r"^0\.([1-8][0-9]?|90?)(?![\s\S])")

NAMES_SOMETHING: Final = re.compile(r"^(?:[^A-Za-z0-9_\[-]|\[(?:!?\][^\]]*|(?!!?\])[^\]]*)\])*[A-Za-z0-9_-]")
"""A pattern with a character of a family's name outside wildcards and brackets.

Source: ECS API Reference, RegisterTaskDefinition, family (read 2026-11-22).
"""

NO_SUCH_DAY: Final = "a day and an hour that there are"
TIME: Final = re.compile(r"^([01][0-9]|2[0-3]):[0-5][0-9](?![\s\S])")
ZONE: Final = re.compile(r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*(?![\s\S])")
INSTANT: Final = re.compile(
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2}))?(?![\s\S])"
)


def read_policy(document: object, version: int) -> Policy:
    """Read a document whose scalars may all be text, as they come from YAML read as text.

    Raises:
        PolicyError: Names the place (``services[2].mode``), the value, and what it may be.
    """
    fields = _mapping(document, "policy", {"services", "standalone", "limits", "freezes"})
    return Policy(
        version,
        tuple(
            _service(x, f"services[{i}]") for i, x in enumerate(_list(fields.get("services", []), "services"))
        ),
        tuple(
            _standalone(x, f"standalone[{i}]")
            for i, x in enumerate(_list(fields.get("standalone", []), "standalone"))
        ),
        _limits(fields.get("limits", {})),
        tuple(_freeze(x, f"freezes[{i}]") for i, x in enumerate(_list(fields.get("freezes", []), "freezes"))),
    )


def _limits(entry: object) -> Limits:
    readers: dict[str, Reader] = {one.name: _at_most(LIMIT_MAX) for one in dataclass_fields(Limits)}
    readers |= {name: _between(*bounds) for name, bounds in BRAKES.items()}
    readers |= dict.fromkeys(SHARES, _share)
    return Limits(**_read(entry, "limits", readers))


def _service(entry: object, place: str) -> ServiceRule:
    readers: dict[str, Reader] = {
        "cluster": _text, "service": _text, "tags": _tags, "mode": _mode,
        "profile": _profile, "smallest": _size, "largest": _size, "windows": _windows,
        "shrink_without_signals": _yes_or_no, "unclear_signals": _unclear,
    }  # fmt: skip
    rule = ServiceRule(**_read(entry, place, readers))
    if not rule.largest.holds(rule.smallest):
        raise _fault(f"{place}.largest", rule.largest, f"a size that holds the smallest one, {rule.smallest}")
    return rule


def _standalone(entry: object, place: str) -> StandaloneRule:
    readers: dict[str, Reader] = {
        "cluster": _text, "family": _family, "mode": _mode, "attempts": _at_most(ATTEMPTS_MAX),
        "window": _seconds, "backoff": _seconds,
        "infrastructure_attempts": _at_most(INFRASTRUCTURE_ATTEMPTS_MAX),
        "memory_mib_max": _at_most(MEMORY_MIB_MAX),
    }  # fmt: skip
    read = _read(entry, place, readers)
    if "family" not in read:
        raise _fault(place, entry, "an entry that names the family: families are opted in one by one")
    for short, long in (("window", "window_seconds"), ("backoff", "backoff_seconds")):
        if short in read:
            read[long] = read.pop(short)
    return StandaloneRule(**read)


def _windows(value: object, place: str) -> tuple[ChangeWindow, ...]:
    return tuple(_window(x, f"{place}[{i}]") for i, x in enumerate(_list(value, place)))


def _window(entry: object, place: str) -> ChangeWindow:
    readers: dict[str, Reader] = {"days": _days, "from": _time, "to": _time, "timezone": _zone}
    read = _read(entry, place, readers)
    if missing := [key for key in ("from", "to", "timezone") if key not in read]:
        raise _fault(place, entry, f"a window that says {', '.join(missing)}")
    return ChangeWindow(
        read.get("days", frozenset(range(len(DAYS)))), read["from"], read["to"], read["timezone"]
    )


def _freeze(entry: object, place: str) -> Freeze:
    readers: dict[str, Reader] = {
        "from": _instant, "until": _end, "reason": _text, "cluster": _text, "service": _text,
    }  # fmt: skip
    read = _read(entry, place, readers)
    if missing := [key for key in ("from", "until", "reason") if key not in read]:
        raise _fault(place, entry, f"a freeze that says {', '.join(missing)}")
    begins, ends = read.pop("from"), read.pop("until")
    if ends <= begins:
        raise _fault(f"{place}.until", ends, "later than the freeze begins")
    return Freeze(begins, ends, **read)


def _read(entry: object, place: str, readers: Mapping[str, Reader]) -> dict[str, Any]:
    fields = _mapping(entry, place, set(readers))
    return {key: readers[key](value, f"{place}.{key}") for key, value in fields.items()}


def _fault(place: str, value: object, wanted: str) -> PolicyError:
    return PolicyError(
        f"cannot read the policy at {place}: {str(value)[:60]!r} is not {wanted}. "
        "The policy in force was left as it is. Correct the document and store it again."
    )


def _mapping(value: object, place: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _fault(place, value, "a mapping")
    for key in value:
        if key not in known:
            raise _fault(f"{place}.{key}", value[key], f"a known setting ({', '.join(sorted(known))})")
    return value


def _list(value: object, place: str) -> list[object]:
    if not isinstance(value, list):
        raise _fault(place, value, "a list")
    return value


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value or len(value) > 255:
        raise _fault(place, value, "a name or pattern of at most 255 characters")
    return value


def _family(value: object, place: str) -> str:
    text = _text(value, place)
    if not NAMES_SOMETHING.search(text):
        raise _fault(
            place, value, "a pattern that names a family in at least one letter, digit, hyphen or underscore"
        )
    return text


def _tags(value: object, place: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(x, str) for pair in value.items() for x in pair):
        raise _fault(place, value, "a mapping of tag keys to values")
    return value


def _mode(value: object, place: str) -> Mode:
    try:
        return Mode.read(str(value))
    except TagError:
        raise _fault(place, value, "off, observe, handover, approve or apply") from None


def _unclear(value: object, place: str) -> Unclear:
    try:
        return Unclear(str(value))
    except ValueError:
        raise _fault(place, value, f"one of {', '.join(Unclear)}") from None


def _yes_or_no(value: object, place: str) -> bool:
    if value not in ("true", "false"):
        raise _fault(place, value, "true or false")
    return value == "true"


def _profile(value: object, place: str) -> str:
    if value not in PROFILES:
        raise _fault(place, value, f"one of {', '.join(PROFILES)}")
    return str(value)


def _days(value: object, place: str) -> frozenset[int]:
    days = _list(value, place)
    if not days or not all(isinstance(day, str) and day in DAYS for day in days):
        raise _fault(place, value, f"a list of days ({', '.join(DAYS)})")
    return frozenset(DAYS.index(str(day)) for day in days)


def _time(value: object, place: str) -> time:
    if not isinstance(value, str) or not TIME.match(value):
        raise _fault(place, value, "a time of day such as 06:30, in quotes")
    return time(int(value[:2]), int(value[3:]))


def _zone(value: object, place: str) -> ZoneInfo:
    if not isinstance(value, str) or not ZONE.match(value):
        raise _fault(place, value, "a time zone such as Europe/Berlin or UTC")
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _fault(place, value, "a zone of the IANA time zone database") from None


def _instant(value: object, place: str) -> datetime:
    """Read an instant; a date is its beginning in UTC."""
    if not isinstance(value, str) or not INSTANT.match(value):
        raise _fault(place, value, "a date, or an instant such as 2026-12-20T18:00Z")
    try:
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _fault(place, value, NO_SUCH_DAY) from None


def _end(value: object, place: str) -> datetime:
    """Read an instant at which something ends; a date counts to its end, as in the tag trimtab:hold."""
    at = _instant(value, place)
    try:
        return at + timedelta(days="T" not in str(value))
    except OverflowError:
        raise _fault(place, value, NO_SUCH_DAY) from None


def _count(value: object, place: str) -> int:
    text = str(value)
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise _fault(place, value, "a whole number")
    return int(text)


def _at_most(limit: int) -> Reader:
    def read(value: object, place: str) -> int:
        count = _count(value, place)
        if count > limit:
            raise _fault(place, value, f"a whole number of at most {limit}")
        return count

    return read


def _between(least: int, most: int) -> Reader:
    def read(value: object, place: str) -> int:
        count = _count(value, place)
        if not least <= count <= most:
            raise _fault(place, value, f"a whole number from {least} to {most}")
        return count

    return read


def _share(value: object, place: str) -> float:
    """Read a ratio; text has at most two places."""
    if isinstance(value, str) and SHARE.match(value):
        return float(value)
    if isinstance(value, float) and SHARE_MIN <= value <= SHARE_MAX:
        return value
    raise _fault(place, value, f"a share from {SHARE_MIN} to {SHARE_MAX}")


def _seconds(value: object, place: str) -> int:
    text = str(value)
    if text[-1:] not in UNITS or not text[:-1].isdigit() or not text.isascii() or len(text) > 9:
        raise _fault(place, value, "a duration such as 30s, 15m, 1h or 2d")
    return int(text[:-1]) * UNITS[text[-1]]


def _size(value: object, place: str) -> TaskSize:
    readers: dict[str, Reader] = {"cpu_units": _count, "memory_mib": _count}
    read = _read(value, place, readers)
    if len(read) != len(readers):
        raise _fault(place, value, "a size with cpu_units and memory_mib")
    return TaskSize(**read)
