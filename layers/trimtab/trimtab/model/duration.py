"""Durations as people say them."""

from datetime import timedelta
from typing import Final

UNITS: Final = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def spoken(duration: timedelta) -> str:
    """Return ``2 days``, ``1 hour 30 minutes``: the two largest units that are not zero."""
    rest = int(duration.total_seconds())
    parts = []
    for name, seconds in UNITS:
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    return " ".join(parts[:2]) or "no time"
