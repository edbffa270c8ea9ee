"""docs/plan.md names the columns and keys that the commands write, and the actions that they call."""

import re

from tests.docs.tables import codes, document, rows
from trimtab_cli.proposals.explain import BEST, IN_FORCE, TOO_OFTEN, WINS
from trimtab_cli.proposals.rows import COLUMNS

TEXT = document("plan.md")


def keys(head):
    return [name for cells in rows(TEXT, head) for name in codes(cells[0])]


def test_the_columns_are_those_of_the_code_in_their_order():
    assert keys("column") == list(COLUMNS)


def test_the_marks_are_those_of_the_code():
    assert {f"`{mark}`" for mark in (IN_FORCE, WINS, BEST, TOO_OFTEN)} <= set(re.findall(r"`[^`]+`", TEXT))
