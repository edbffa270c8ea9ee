"""Many actors, one at a time: each runs until its next call, then chance says who goes on."""

from collections.abc import Callable
from random import Random
from typing import Any, Final

from greenlet import GreenletExit, getcurrent, greenlet

from trimtab_lab.clock import Clock

STEP_SECONDS: Final = (0.005, 0.12)
"""How long an API call takes, about."""

STEPS_MAX: Final = 400_000
"""More steps than any seed needs: a seed that passes it goes in circles."""


class Actor(greenlet):
    """Somebody who acts in turns: an invocation of a function, a person, a pipeline.

    Attributes:
        principal: Who calls, as the account's record names it.
        invocation: Number of the invocation, 0 for everybody who is no function.
        skew_seconds: How far the clock of this actor's machine is off.
    """

    principal: str = "operator"
    invocation: int = 0
    skew_seconds: float = 0.0


def acting() -> Actor | None:
    """Return who has the turn; None while nobody has and the world itself moves on."""
    me = getcurrent()
    return me if isinstance(me, Actor) else None


class Baton:
    """Passes the turn among actors; simulated time passes between turns.

    The laboratory's own appointments run while no actor does, so nothing interrupts a call's effect.
    """

    def __init__(self, clock: Clock, chance: Random) -> None:
        self._clock, self._chance = clock, chance
        self._ready: list[greenlet] = []
        self._sleeping: set[greenlet] = set()
        self._hub: greenlet | None = None
        self._steps = 0

    def spawn(self, act: Callable[[], Any], principal: str = "operator", invocation: int = 0) -> None:
        """Let an actor begin at one of the next turns."""
        actor = Actor(act)
        actor.principal, actor.invocation = principal, invocation
        self._ready.append(actor)

    def spawn_in(self, seconds: float, act: Callable[[], Any], principal: str = "operator") -> None:
        """Let an actor begin later."""
        self._clock.after(seconds, lambda: self.spawn(act, principal))

    def pause(self, seconds: float | None = None) -> None:
        """Give up the turn; with ``seconds``, not to get it back before then. Called by an actor."""
        me = getcurrent()
        if self._hub is None or me is self._hub:
            return
        if seconds is None:
            self._ready.append(me)
        else:
            self._sleeping.add(me)
            self._clock.after(seconds, lambda: self._wake(me))
        self._hub.switch()

    def _wake(self, actor: greenlet) -> None:
        self._sleeping.discard(actor)
        self._ready.append(actor)

    @property
    def at_rest(self) -> bool:
        """Whether nobody is in the middle of something."""
        return not self._ready and not self._sleeping

    def run_until(self, when: float, enough: Callable[[], bool] = lambda: False) -> None:
        """Let everybody act until ``when``, or until ``enough`` says at rest that nothing can follow.

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
            if enough():
                return
            self._clock.run_until(due)
        self._clock.run_until(when)

    def drop(self) -> None:
        """End every actor that has not come to its end."""
        for actor in (*self._ready, *self._sleeping):
            actor.throw(GreenletExit)
        self._ready.clear()
        self._sleeping.clear()
