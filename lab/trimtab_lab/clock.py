"""Simulated time: one number, and the list of what will happen."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(slots=True)
class Appointment:
    """Something that will happen at ``at`` (epoch seconds, UTC) unless it is cancelled."""

    at: float
    action: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        """Let the time pass without the action."""
        self.cancelled = True


class Clock:
    """The only time the laboratory knows. It moves when told to, never by itself."""

    def __init__(self, start: datetime) -> None:
        self.now = start.timestamp()
        self._appointments: list[tuple[float, int, Appointment]] = []  # plain tuples: compared often
        self._order = itertools.count()

    def today(self) -> datetime:
        """Return the simulated instant as an aware datetime."""
        return datetime.fromtimestamp(self.now, UTC)

    def at(self, when: float, action: Callable[[], None]) -> Appointment:
        """Run ``action`` at ``when``; a time that has passed means as soon as the clock moves."""
        appointment = Appointment(max(when, self.now), action)
        heapq.heappush(self._appointments, (appointment.at, next(self._order), appointment))
        return appointment

    def after(self, seconds: float, action: Callable[[], None]) -> Appointment:
        """Run ``action`` in ``seconds``."""
        return self.at(self.now + seconds, action)

    def next_at(self) -> float | None:
        """Return when the next appointment is due, or None when there is none."""
        while self._appointments and self._appointments[0][2].cancelled:
            heapq.heappop(self._appointments)
        return self._appointments[0][0] if self._appointments else None

    def run_until(self, when: float) -> None:
        """Move to ``when``, running everything due on the way in order of time, then of booking."""
        appointments = self._appointments
        while appointments and appointments[0][0] <= when:
            at, _, appointment = heapq.heappop(appointments)
            if not appointment.cancelled:
                self.now = at
                appointment.action()
        self.now = max(self.now, when)

    def run_for(self, seconds: float) -> None:
        """Move ``seconds`` ahead."""
        self.run_until(self.now + seconds)
