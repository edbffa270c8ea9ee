"""Many actors, one at a time: each runs until its next call, then chance says who goes on."""

from collections.abc import Callable
from random import Random

from greenlet import GreenletExit, getcurrent, greenlet

from trimtab_lab.clock import Clock

STEP_SECONDS = (0.005, 0.12)
"""How long an API call takes, about."""

STEPS_MAX = 60_000
"""More steps than any seed needs: a seed that passes it goes in circles."""


class Baton:
    """Passes the turn among actors; simulated time passes between turns.

    The laboratory's own appointments run while no actor does, so nothing interrupts a call's effect.
    """

    def __init__(self, clock: Clock, chance: Random) -> None:
        self._clock, self._chance = clock, chance
        self._ready: list[greenlet] = []
        self._hub: greenlet | None = None
        self._steps = 0

    def spawn(self, act: Callable[[], None]) -> None:
        """Let an actor begin at one of the next turns."""
        self._ready.append(greenlet(act))

    def spawn_in(self, seconds: float, act: Callable[[], None]) -> None:
        """Let an actor begin later."""
        self._clock.after(seconds, lambda: self.spawn(act))

    def pause(self, seconds: float | None = None) -> None:
        """Give up the turn; with ``seconds``, not to get it back before then. Called by an actor."""
        me = getcurrent()
        if self._hub is None or me is self._hub:
            return
        if seconds is None:
            self._ready.append(me)
        else:
            self._clock.after(seconds, lambda: self._ready.append(me))
        self._hub.switch()

    def run_until(self, when: float) -> None:
        """Let everybody act until ``when``.

        Raises:
            RuntimeError: The actors go in circles.
        """
        self._hub = getcurrent()
        while True:
            if self._ready:
                self._steps += 1
                if self._steps > STEPS_MAX:
                    raise RuntimeError(f"more than {STEPS_MAX} steps: the actors go in circles")
                chosen = self._ready.pop(self._chance.randrange(len(self._ready)))
                chosen.switch()
                self._clock.run_until(min(self._clock.now + self._chance.uniform(*STEP_SECONDS), when))
                continue
            due = self._clock.next_at()
            if due is None or due > when:
                break
            self._clock.run_until(due)
        self._clock.run_until(when)

    def drop(self) -> None:
        """End every actor that has not come to its end."""
        for actor in self._ready:
            actor.throw(GreenletExit)
        self._ready.clear()
