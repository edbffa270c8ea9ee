"""The server's record of deployments: what did ours replace?"""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, ON_DEMAND, SPOT_FIRST, a_change, revision
from trimtab.decisions.witness import Replaced, hear_witness
from trimtab.model.change import Base, Kind, Target
from trimtab.model.service import PastDeployment

OURS = a_change(applied={"task_definition": revision(2)})


def past(*numbers, strategy=()):
    """Deployments of these revisions, newest first, a minute apart, the last one long ago."""
    return [
        PastDeployment(f"d{n}", revision(number), strategy, NOW + timedelta(minutes=len(numbers) - n), "")
        for n, number in enumerate(numbers)
    ]


def test_ours_on_top_of_the_planned_base_is_as_planned():
    assert hear_witness(OURS, past(2, 1)).replaced is Replaced.PLANNED_BASE


def test_a_deployment_between_the_base_and_ours_is_somebody_elses():
    heard = hear_witness(OURS, past(2, 7, 1))

    assert heard.replaced is Replaced.SOMEBODY_ELSES
    assert heard.restore.task_definition == revision(7)
    assert heard.newest and not hear_witness(OURS, past(9, 2, 7, 1)).newest


def test_our_revision_deployed_once_more_does_not_hide_what_our_write_replaced():
    assert hear_witness(OURS, past(2, 2, 7, 1)).restore.task_definition == revision(7)
    assert hear_witness(OURS, past(2, 9, 2, 7, 1)).restore.task_definition == revision(7)
    assert hear_witness(OURS, past(2, 2, 1)).replaced is Replaced.PLANNED_BASE


def test_a_way_back_to_what_was_deployed_a_moment_before_is_judged_by_the_way_back():
    back = a_change(
        kind=Kind.ROLLBACK,
        base=Base(revision(2)),
        target=Target(task_definition=revision(7)),
        applied={"task_definition": revision(7)},
    )

    assert hear_witness(back, past(7, 2, 7, 1)).replaced is Replaced.PLANNED_BASE
    assert hear_witness(back, past(7, 7, 2, 7, 1)).replaced is Replaced.PLANNED_BASE


def test_a_deployment_after_ours_does_not_hide_what_ours_replaced():
    assert hear_witness(OURS, past(9, 2, 1)).replaced is Replaced.PLANNED_BASE
    assert hear_witness(OURS, past(9, 2, 7, 1)).restore.task_definition == revision(7)


def test_a_record_without_ours_or_without_what_came_before_says_nothing():
    assert hear_witness(OURS, past(1)).replaced is Replaced.UNKNOWN
    assert hear_witness(OURS, past(2)).replaced is Replaced.UNKNOWN
    assert hear_witness(OURS, []).replaced is Replaced.UNKNOWN


def test_a_shift_is_judged_by_its_strategy_and_not_by_the_revision():
    shift = a_change(
        kind=Kind.SHIFT,
        base=Base(revision(1), SPOT_FIRST),
        target=Target(capacity_provider_strategy=ON_DEMAND),
    )
    ours, before = past(7, strategy=ON_DEMAND), past(1, strategy=SPOT_FIRST)

    assert hear_witness(shift, ours + before).replaced is Replaced.PLANNED_BASE


@given(st.lists(st.integers(1, 9), max_size=8))
def test_only_a_record_that_shows_the_base_right_before_ours_is_good(numbers):
    heard = hear_witness(OURS, past(*numbers))

    shown = any(pair == (2, 1) for pair in pairwise(numbers))
    assert heard.replaced is not Replaced.PLANNED_BASE or shown
