"""The fleet, made once: nothing here changes it."""

import pytest
from typer.testing import CliRunner

from tests.cli.proposals.fleet import at_hand, build
from trimtab_cli.app import app


@pytest.fixture(scope="session")
def lived():
    return build()


@pytest.fixture
def fleet(lived):
    lived.lab.clock.run_for(120)  # ECS limits how often it is asked
    with at_hand(lived) as made:
        yield made


@pytest.fixture
def run():
    """Run `trimtab` with these words; the answer has exit_code, stdout and stderr."""
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])
