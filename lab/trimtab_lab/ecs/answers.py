"""Small steps in which every answer is built: copies, times, pages, failures."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from trimtab_lab.ecs.errors import invalid
from trimtab_lab.plain import copy_value

Json = dict[str, Any]
copied = copy_value  # what goes in or out shares nothing changeable with the world


def present(**members: Any) -> Json:
    """Return the members that have a value: the API leaves out what it does not know."""
    return {key: value for key, value in members.items() if value is not None}


def instant(epoch: float | None) -> datetime | None:
    """Return epoch seconds as the aware datetime of an API answer."""
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC)


@lru_cache(maxsize=10_000)  # every event of a task tells its times again
def stamp(epoch: float | None) -> str | None:
    """Return epoch seconds as the text of an event, in milliseconds."""
    if epoch is None:
        return None
    moment = datetime.fromtimestamp(epoch, UTC)
    text = moment.isoformat(timespec="milliseconds")  # strftime takes thrice as long
    return text.removesuffix("+00:00") + "Z"


def last_part(name_or_arn: str) -> str:
    """Return the name at the end of an ARN, or the name itself."""
    return name_or_arn.rsplit("/", 1)[-1]


def missing(arn: str) -> Json:
    """Return the failure of something that was asked for and is not there."""
    return {"arn": arn, "reason": "MISSING"}


def bounded(names: list[str], limit: int, what: str) -> list[str]:
    """Return the names that a describe call asks for.

    Raises:
        ApiError: There are none, or more than the API takes in one call.
    """
    if not names:
        raise invalid(f"{what} cannot be empty.")
    if len(names) > limit:
        raise invalid(f"{what} list cannot be larger than {limit}.")
    return names


def page(
    request: Json, member: str, rows: Sequence[Any], default: int = 100, most: int = 100
) -> tuple[list[Any], Json]:
    """Return the rows of the page that is asked for, and the answer with them under ``member``.

    The token is opaque to callers and only good for the same list.
    """
    size = request.get("maxResults") or default
    if not 1 <= size <= most:
        raise invalid(f"maxResults must be between 1 and {most}.")
    start = _position(request["nextToken"]) if request.get("nextToken") else 0
    chosen = list(rows[start : start + size])
    answer: Json = {member: chosen}
    if start + size < len(rows):
        answer["nextToken"] = base64.urlsafe_b64encode(f"after {start + size}".encode()).decode()
    return chosen, answer


def _position(token: str) -> int:
    try:
        word, number = base64.urlsafe_b64decode(token.encode()).decode().split()
        if word != "after":
            raise ValueError(word)
        return int(number)
    except (ValueError, UnicodeDecodeError, binascii.Error):
        raise invalid("Invalid token") from None
