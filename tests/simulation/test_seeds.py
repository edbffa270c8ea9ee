"""Seeds that were broken once, or that reach something rare, by name."""

import pytest

from trimtab_cli.simulation.judge import judge
from trimtab_cli.simulation.trial import run

pytestmark = pytest.mark.simulation

SEEDS = {
    "nothing goes wrong and each service is sized once": 18,
    "tasks die of the new size and get the old one back": 27,
    "a storm on Spot meets a circuit breaker and lost answers": 16,
    "machines stand still past their lease": 34,
    "an applier is taken over": 8,
    "a late applier finds its Change carried out": 135,
    "a person deploys in the moment of our update": 43,
    "a person deploys in the moment of our update and of its repair": 119,
    "a team holds its service while a repair is due": 190,
    "a job uses its restarts up": 28,
    "a Change ends with a person": 50,
    "memory is raised after a kill": 25,
    "an outdated plan is approved": 11,
    "a size waits for a switch that cannot be read": 102,
}
"""What a seed was about when it was kept. Later code may lead it elsewhere; it has to stay unbroken."""


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_seed_in_which(name: str) -> None:
    assert judge(SEEDS[name]).broken == []


def test_a_seed_lives_the_same_life_twice() -> None:
    lives = [[(c.at, c.who, c.operation) for c in run(10).record.calls] for _ in range(2)]

    assert lives[0] == lives[1]
