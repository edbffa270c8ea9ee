"""docs/plan.md names the columns and keys that the commands write, and the actions that they call."""

import re
from datetime import UTC, datetime

from tests.docs.tables import codes, document, rows
from trimtab.model.handed_size import HandedSize
from trimtab.model.task_size import TaskSize
from trimtab_cli.proposals.explain import BEST, IN_FORCE, TOO_OFTEN, WINS
from trimtab_cli.proposals.rows import COLUMNS

TEXT = document("plan.md")


def keys(head):
    return [name for cells in rows(TEXT, head) for name in codes(cells[0])]


def test_the_columns_are_those_of_the_code_in_their_order():
    assert keys("column") == list(COLUMNS)


def test_the_keys_of_a_size_that_is_handed_over_are_documented():
    size = HandedSize(TaskSize(256, 512), {}, "Why.", datetime(2026, 3, 2, tzinfo=UTC), "c1")
    told = [name for cells in rows(document("handover.md"), "key of a size") for name in codes(cells[0])]

    assert told == list(size.document())


def test_the_marks_are_those_of_the_code():
    assert {f"`{mark}`" for mark in (IN_FORCE, WINS, BEST, TOO_OFTEN)} <= set(re.findall(r"`[^`]+`", TEXT))
