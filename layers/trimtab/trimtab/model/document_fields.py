"""The fields of a policy document, whatever they are of: each reader takes a value and its place."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from trimtab.model.errors import PolicyError, TagError
from trimtab.model.tags import Mode

Reader = Callable[[object, str], Any]
UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
TOPIC: Final = re.compile(r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,256}(?![\s\S])")
"""Source: SNS API Reference, CreateTopic, Name (read 2026-11-22)."""


def read_fields(entry: object, place: str, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Return what an entry says, each value read by the reader of its key.

    Raises:
        PolicyError: It is no mapping, has a key without a reader, or a value that its reader refuses.
    """
    found = mapping(entry, place, set(readers))
    return {key: readers[key](value, f"{place}.{key}") for key, value in found.items()}


def fault(place: str, value: object, wanted: str) -> PolicyError:
    """Return the fault of a place: what is there, and what it may be."""
    return PolicyError(
        f"cannot read the policy at {place}: {str(value)[:60]!r} is not {wanted}. "
        "The policy in force was left as it is. Correct the document and store it again."
    )


def mapping(value: object, place: str, known: set[str]) -> dict[str, Any]:
    """Read a mapping without unknown keys."""
    if not isinstance(value, dict):
        raise fault(place, value, "a mapping")
    for key in value:
        if key not in known:
            raise fault(f"{place}.{key}", value[key], f"a known setting ({', '.join(sorted(known))})")
    return value


def list_of(value: object, place: str) -> list[object]:
    """Read a list."""
    if not isinstance(value, list):
        raise fault(place, value, "a list")
    return value


def text(value: object, place: str) -> str:
    """Read a name or pattern."""
    if not isinstance(value, str) or not value or len(value) > 255:
        raise fault(place, value, "a name or pattern of at most 255 characters")
    return value


def topic(value: object, place: str) -> str:
    """Read the ARN of an SNS topic."""
    if not isinstance(value, str) or not TOPIC.match(value):
        raise fault(place, value, "the ARN of an SNS topic")
    return value


def mode(value: object, place: str) -> Mode:
    """Read a mode."""
    try:
        return Mode.read(str(value))
    except TagError:
        raise fault(place, value, "off, observe, handover, approve or apply") from None


def yes_or_no(value: object, place: str) -> bool:
    """Read ``true`` or ``false``."""
    if value not in ("true", "false"):
        raise fault(place, value, "true or false")
    return value == "true"


def one_of(words: type[StrEnum]) -> Reader:
    """Return the reader of one word out of a few."""

    def read(value: object, place: str) -> StrEnum:
        try:
            return words(str(value))
        except ValueError:
            raise fault(place, value, f"one of {', '.join(words)}") from None

    return read


def count(value: object, place: str) -> int:
    """Read a whole number."""
    digits = str(value)
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise fault(place, value, "a whole number")
    return int(digits)


def at_most(limit: int) -> Reader:
    """Return the reader of a whole number that has a most."""

    def read(value: object, place: str) -> int:
        number = count(value, place)
        if number > limit:
            raise fault(place, value, f"a whole number of at most {limit}")
        return number

    return read


def between(least: int, most: int) -> Reader:
    """Return the reader of a whole number that has a least and a most."""

    def read(value: object, place: str) -> int:
        number = count(value, place)
        if not least <= number <= most:
            raise fault(place, value, f"a whole number from {least} to {most}")
        return number

    return read


def seconds(value: object, place: str) -> int:
    """Read a duration."""
    said = str(value)
    if said[-1:] not in UNITS or not said[:-1].isdigit() or not said.isascii() or len(said) > 9:
        raise fault(place, value, "a duration such as 30s, 15m, 1h or 2d")
    return int(said[:-1]) * UNITS[said[-1]]


def duration(least: str, most: str) -> Reader:
    """Return the reader of a duration that has a least and a most."""

    def read(value: object, place: str) -> int:
        length = seconds(value, place)
        if not seconds(least, place) <= length <= seconds(most, place):
            raise fault(place, value, f"a duration from {least} to {most}")
        return length

    return read
