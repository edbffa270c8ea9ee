"""README: one or more scenarios for each row of the verdict table, by the row's number in the test's name.

Each makes something happen to a small account in the laboratory, lets the deployed line (rules, queues,
handlers, adapters, stream, schedules of template.yaml) live on, and compares the whole end of the world.
"""

import pytest

from tests.scenarios.account import small_account


@pytest.fixture
def account():
    with small_account() as made:
        yield made
