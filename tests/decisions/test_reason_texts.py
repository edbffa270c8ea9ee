import pytest

from tests.decisions.tasks import container, stopped
from trimtab.decisions.stopped_task.facts import gather_facts
from trimtab.decisions.stopped_task.reason_texts import REASON_TEXTS
from trimtab.model.verdict import Cause


def first_line_for(text):
    task = stopped(container(), stop_code="TaskFailedToStart", stopped_reason=text)
    facts = gather_facts(task, None, None)
    return next((line for line in REASON_TEXTS if line.match(facts)), None)


@pytest.mark.parametrize("line", REASON_TEXTS, ids=lambda line: " + ".join(line.parts))
def test_no_line_of_the_table_stands_in_the_shadow_of_another(line):
    assert first_line_for(": ".join(line.parts)) is line


@pytest.mark.parametrize("line", REASON_TEXTS, ids=lambda line: " + ".join(line.parts))
def test_each_line_names_its_source_and_what_a_person_can_do_where_one_is_needed(line):
    assert line.source
    assert bool(line.advice) or line.cause is not Cause.CONFIGURATION


def test_a_reason_that_no_line_knows_matches_none():
    assert first_line_for("Something new happened") is None
