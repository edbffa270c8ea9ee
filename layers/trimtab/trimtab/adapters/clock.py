"""The clock: the one place that asks the machine for the time."""

from collections.abc import Callable
from datetime import UTC, datetime


def _machine() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _machine


def use(source: Callable[[], datetime] | None) -> None:
    """Ask ``source`` instead of the machine, as a simulation does; None goes back to the machine."""
    global _source  # noqa: PLW0603 - one clock for the process is the point of this module
    _source = source or _machine


class SystemClock:
    """The clock that workflows get."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return _source()
