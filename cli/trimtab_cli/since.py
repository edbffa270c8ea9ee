"""How far to look back, as a person says it: a duration, a date, an instant."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import typer

UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
DURATION: Final = re.compile(r"([0-9]{1,6})([mhd])")


def read_since(text: str, now: datetime) -> datetime:
    """Return the instant that ``90m``, ``24h``, ``7d``, ``2026-11-20`` or an ISO 8601 instant means, in UTC.

    Raises:
        typer.BadParameter: It is none of these, or lies in the future.
    """
    try:
        since = _instant(text.strip(), now)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is no duration (90m, 24h, 7d), date (2026-11-20) or instant (2026-11-20T18:00Z)."
        ) from None
    if since > now:
        raise typer.BadParameter(f"{text!r} lies in the future.")
    return since


def _instant(text: str, now: datetime) -> datetime:
    if said := DURATION.fullmatch(text):
        return now - timedelta(**{UNITS[said[2]]: int(said[1])})
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
