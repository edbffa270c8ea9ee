"""Typed reading of one JSON object: each getter answers in the promised type or raises MessageError."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from trimtab.model.errors import MessageError

WHOLE_MAX: Final = 2**63
"""No count or version of ECS has more bits (its API's type is Long); a table takes no more digits than 38."""


LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""Half a character: JSON can say it, UTF-8 cannot, and so no table or log takes it."""


class Fields:
    """One JSON object with its place in the message, so that a fault can be named exactly.

    ECS leaves fields out freely, hence "absent" and ``null`` are the same everywhere.
    """

    def __init__(self, data: object, subject: str, path: str) -> None:
        """Wrap ``data``; ``subject`` says which message it is, ``path`` where in it ("detail").

        Raises:
            MessageError: ``data`` is not a JSON object.
        """
        self.subject, self.path = subject, path
        if not isinstance(data, Mapping):
            raise self.fault(f"{path} is {_kind(data)}, not an object")
        self.data: Mapping[str, Any] = data

    def fault(self, what: str) -> MessageError:
        """Return the error for ``what`` is wrong with this message."""
        return MessageError(
            f"cannot read {self.subject}: {what}. Nothing was started or changed. "
            "Compare it with the bodies under events/.",
            what,
        )

    def text(self, key: str) -> str:
        """Return a text that must be there and not empty."""
        value = self.text_or_none(key)
        if not value:
            raise self.fault(f"{self.path}.{key} is missing")
        return value

    def text_or_none(self, key: str) -> str | None:
        """Return a text, or None when it is absent."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, str):
            raise self._wrong(key, "text")
        if value is not None and not value.isascii():
            return LONE_SURROGATE.sub("?", value)
        return value

    def whole_or_none(self, key: str) -> int | None:
        """Return a whole number of at most 64 bits, or None when it is absent."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= WHOLE_MAX:
            raise self._wrong(key, "a whole number")
        return value

    def size_or_none(self, key: str) -> int | None:
        """Return CPU units or MiB that ECS writes as text; "null" and anything but digits is None.

        A size that cannot be read is no reason to lose the event of a stop.
        """
        value = self.data.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _SIZE_DIGITS_MAX:
            return int(value)
        return None

    def flag_or_none(self, key: str) -> bool | None:
        """Return true or false, or None when it is absent."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def time_or_none(self, key: str) -> datetime | None:
        """Return a time in UTC from ISO 8601 text, RFC 1123 text (AWS Health) or a datetime (boto3)."""
        value = self.data.get(key)
        if value is None:
            return None
        moment = _utc(_read_time(value) if isinstance(value, str) else value)
        if moment is not None:
            return moment
        raise self._wrong(key, "a time such as 2026-11-03T04:12:08.911Z")

    def object_or_empty(self, key: str) -> "Fields":
        """Return the object at ``key``; absent is an empty one."""
        value = self.data.get(key)
        return Fields({} if value is None else value, self.subject, f"{self.path}.{key}")

    def objects(self, key: str) -> tuple["Fields", ...]:
        """Return the objects of the list at ``key``; absent is empty."""
        return tuple(
            Fields(item, self.subject, f"{self.path}.{key}[{index}]")
            for index, item in enumerate(self._list(key))
        )

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of the list at ``key``; absent is empty."""
        items = self._list(key)
        if not all(isinstance(item, str) for item in items):
            raise self._wrong(key, "a list of texts")
        return tuple(items)

    def _list(self, key: str) -> list[Any]:
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(key, "a list")
        return value

    def _wrong(self, key: str, wanted: str) -> MessageError:
        """Name the fault by the kind of value found, never by the value: it may be a secret."""
        return self.fault(f"{self.path}.{key} is {_kind(self.data.get(key))}, not {wanted}")


_SIZE_DIGITS_MAX = 12


def _read_time(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return read(text)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None


def _utc(moment: object) -> datetime | None:
    """Return ``moment`` in UTC; None if it is no time, or one that UTC cannot express."""
    if not isinstance(moment, datetime):
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return None


def _kind(value: object) -> str:
    match value:
        case None:
            return "missing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case Mapping():
            return "an object"
    return f"a {type(value).__name__}"
