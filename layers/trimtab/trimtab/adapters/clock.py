"""The clock: the one place that asks the machine for the time, and the one place that waits."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Source = Callable[[], datetime]
Waits = Callable[[float], object]


def _machine() -> datetime:
    return datetime.now(UTC)


_source: Source = _machine
_waits: Waits = time.sleep
_waited = timedelta()


def use(source: Source | None, waits: Waits | None = None) -> None:
    """Ask ``source`` instead of the machine, as a simulation does; None goes back to the machine.

    Args:
        source: What tells the present instant.
        waits: What lets that many seconds pass on it; None adds them to what ``source`` says from now on.
    """
    global _source, _waits, _waited  # one clock for the process is the point of this module
    _source, _waits, _waited = source or _machine, waits or (_pass if source else time.sleep), timedelta()


def sleep(seconds: float) -> None:
    """Wait a short while for the share of an API; whatever takes longer is written down and left."""
    _waits(seconds)


def _pass(seconds: float) -> None:
    global _waited  # noqa: PLW0603 - as above
    _waited += timedelta(seconds=seconds)


class SystemClock:
    """The clock that workflows get."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return _source() + _waited
