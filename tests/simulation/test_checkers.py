"""Each checker can fail: a clean trial, doctored in one place, is found out by it."""

import pytest

from tests.simulation.doctors import DOCTORS
from trimtab_cli.simulation.checkers import CHECKERS
from trimtab_cli.simulation.run import run
from trimtab_cli.simulation.trial import Trial

CLEAN_SEED = 18
"""A seed without faults in which at least one service is resized."""


@pytest.fixture
def trial() -> Trial:
    return run(CLEAN_SEED)


def test_the_clean_seed_is_clean(trial: Trial) -> None:
    assert trial.writes
    assert {name: check(trial) for name, check in CHECKERS.items()} == {name: [] for name in CHECKERS}


def test_every_checker_has_its_doctor() -> None:
    assert set(DOCTORS) == set(CHECKERS)


@pytest.mark.simulation
@pytest.mark.parametrize("name", sorted(DOCTORS))
def test_a_doctored_trial_is_found_out_by(name: str, trial: Trial) -> None:
    DOCTORS[name](trial)

    assert CHECKERS[name](trial)
