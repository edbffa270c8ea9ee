"""Seeds that were broken once, or that reach something rare, by name."""

import pytest

from trimtab_cli.simulation.judge import judge
from trimtab_cli.simulation.trial import run

pytestmark = pytest.mark.simulation

SEEDS = {
    "nothing goes wrong and every service is sized once": 18,
    "a calm seed plans a second day": 27,
    "a machine stands still past its lease": 34,
    "the applier dies between registration and update": 85,
    "an applier comes back after another has taken over": 47,
    "a person deploys just before our update, twice": 10,
    "a storm on Spot with a switch that flips": 102,
}


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_seed_in_which(name: str) -> None:
    assert judge(SEEDS[name]).broken == []


def test_a_seed_lives_the_same_life_twice() -> None:
    lives = [[(c.at, c.who, c.operation) for c in run(10).record.calls] for _ in range(2)]

    assert lives[0] == lives[1]
