"""Turns: who has them, and that nobody is lost."""

from random import Random

from trimtab_cli.simulation.baton import Baton, acting
from trimtab_lab.clock import Clock
from trimtab_lab.lab import START


def test_actors_take_turns_at_each_pause() -> None:
    baton, said = Baton(Clock(START), Random(1)), []

    def act(name: str) -> None:
        for number in range(3):
            said.append(f"{name}{number}")
            baton.pause()

    baton.spawn(lambda: act("a"))
    baton.spawn(lambda: act("b"))
    baton.run_until(START.timestamp() + 60)

    assert sorted(said) == ["a0", "a1", "a2", "b0", "b1", "b2"]
    assert said != sorted(said)


def test_whoever_sleeps_is_woken_at_its_time() -> None:
    clock = Clock(START)
    baton, woke = Baton(clock, Random(1)), []

    def act() -> None:
        baton.pause(30.0)
        woke.append(clock.now - START.timestamp())

    baton.spawn(act)
    baton.run_until(START.timestamp() + 60)

    assert 30 <= woke[0] < 31


def test_an_actor_is_known_by_its_principal() -> None:
    baton, who = Baton(Clock(START), Random(1)), []

    def act() -> None:
        actor = acting()
        who.append(actor.principal if actor else None)

    baton.spawn(act, "human")
    baton.run_until(START.timestamp() + 1)

    assert who == ["human"]
    assert acting() is None
