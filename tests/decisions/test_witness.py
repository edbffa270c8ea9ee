"""The server's record of deployments: what did ours replace?"""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, ON_DEMAND, SPOT_FIRST, a_change, revision
from trimtab.decisions.witness import Replaced, hear_witness, passed_over, writes_of_ours
from trimtab.model.change import Base, Kind, Target
from trimtab.model.service import InForce, PastDeployment

OURS = a_change(applied={"task_definition": revision(2)})


def past(*numbers, strategy=()):
    """Deployments of these revisions, newest first, a minute apart, the last one long ago."""
    return [
        PastDeployment(
            f"d{n}", InForce(revision(number), strategy), NOW + timedelta(minutes=len(numbers) - n), ""
        )
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


def a_shift():
    target = Target(capacity_provider_strategy=ON_DEMAND)
    return a_change(kind=Kind.SHIFT, base=Base(revision(1), SPOT_FIRST), target=target)


def taken_back(*numbers):
    """The record of a shift that ECS took back to the last of the revisions, newest first."""
    ours, *before = past(*numbers, strategy=SPOT_FIRST)
    shifted, back = replace(ours.wanted, capacity_provider_strategy=ON_DEMAND), before[-1].wanted
    return [replace(ours, wanted=shifted, status="ROLLBACK_SUCCESSFUL", went_back_to=back), *before]


def test_a_revision_that_a_shift_carried_along_and_ecs_went_back_past_is_told():
    theirs = passed_over(a_shift(), taken_back(7, 7, 1))

    assert theirs == InForce(revision(7), SPOT_FIRST)


@pytest.mark.parametrize("numbers", [(1, 1), (7, 7)])
def test_a_shift_that_ecs_took_back_to_what_was_there_before_went_past_nobody(numbers):
    assert passed_over(a_shift(), taken_back(*numbers)) is None


def test_what_somebody_deployed_since_ecs_took_a_shift_back_is_the_last_word():
    since = past(9, strategy=SPOT_FIRST)

    assert passed_over(a_shift(), [*since, *taken_back(7, 7, 1)]) is None


def test_a_size_is_no_move_between_pools():
    assert passed_over(OURS, went_back(past(2, 7, 1), 0, 1)) is None


def went_back(rows, place, number):
    """The same record; ECS took the deployment at a place back to a revision."""
    back = replace(rows[place], status="ROLLBACK_SUCCESSFUL", went_back_to=InForce(revision(number), ()))
    return [*rows[:place], back, *rows[place + 1 :]]


def test_a_deploy_that_ours_covered_is_found_although_ecs_took_ours_back():
    heard = hear_witness(OURS, went_back(past(2, 7, 1), 0, 1))

    assert heard.replaced is Replaced.SOMEBODY_ELSES
    assert heard.restore.task_definition == revision(7)
    assert heard.newest and heard.went_back_to.task_definition == revision(1)


def test_a_first_write_of_ours_that_ecs_took_back_does_not_pose_as_the_base():
    assert hear_witness(OURS, went_back(past(2, 2, 7, 1), 1, 1)).restore.task_definition == revision(7)


def test_what_ecs_itself_took_back_before_ours_was_not_in_force():
    assert hear_witness(OURS, went_back(past(2, 7, 1), 1, 1)).replaced is Replaced.PLANNED_BASE
    assert hear_witness(OURS, went_back(past(2, 7, 1), 1, 3)).restore.task_definition == revision(3)


def test_a_way_back_that_ecs_went_before_us_covers_nobody():
    repair = a_change(
        kind=Kind.ROLLBACK,
        base=Base(revision(2)),
        target=Target(task_definition=revision(7)),
        applied={"task_definition": revision(7)},
    )

    taken_back = went_back(past(7, 2, 7, 1), 1, 1)
    assert hear_witness(repair, taken_back).replaced is Replaced.PLANNED_BASE
    assert hear_witness(
        repair, [taken_back[0], *past(9), *taken_back[1:]]
    ).restore.task_definition == revision(9)


BACK = a_change(
    kind=Kind.ROLLBACK,
    base=Base(revision(2)),
    target=Target(task_definition=revision(1)),
    applied={"task_definition": revision(1)},
)


def at(*rows):
    """Deployments of these revisions, each so many seconds after the Change was recorded."""
    return [
        PastDeployment(f"d{n}", InForce(revision(number), ()), NOW + timedelta(seconds=seconds), "")
        for n, (number, seconds) in enumerate(rows)
    ]


def test_clocks_a_few_seconds_apart_do_not_deafen_the_witness_of_what_is_written_at_once():
    heard = hear_witness(BACK, at((1, -3), (7, -4), (2, -3600), (1, -7200)))

    assert heard.restore.task_definition == revision(7)


def test_a_record_that_lags_does_not_take_what_stood_there_a_moment_before_for_our_way_back():
    repair = replace(
        BACK, target=Target(task_definition=revision(7)), applied={"task_definition": revision(7)}
    )

    assert hear_witness(repair, at((2, -1), (7, -2), (1, -7200))).replaced is Replaced.UNKNOWN
    told = at((7, 1), (2, -1), (7, -2), (1, -7200))
    assert hear_witness(repair, told).replaced is Replaced.PLANNED_BASE


def test_what_our_way_back_replaced_is_found_although_somebody_has_put_the_other_back_since():
    assert hear_witness(BACK, at((2, 60), (1, 1), (7, 0), (2, -3600))).restore.task_definition == revision(7)


def test_what_began_long_after_the_note_of_a_write_is_not_that_write():
    noted = replace(BACK, applied={**BACK.applied, "sent_at": NOW.isoformat()})

    assert writes_of_ours(noted, at((1, 299), (2, -3600))) == [0]
    assert writes_of_ours(noted, at((1, 301), (2, -3600))) == []
    assert writes_of_ours(noted, at((1, -16), (2, -3600))) == []


def test_what_began_before_the_deployment_that_ours_was_sent_over_is_not_ours():
    note = {"sent_at": NOW.isoformat(), "sent_after": (NOW - timedelta(seconds=2)).isoformat()}
    noted = replace(BACK, applied={**BACK.applied, **note})

    assert writes_of_ours(noted, at((1, -1), (2, -2))) == [0]
    assert writes_of_ours(noted, at((1, -3), (2, -3600))) == []


def test_the_same_written_twice_is_ours_twice():
    noted = replace(BACK, applied={**BACK.applied, "sent_at": (NOW + timedelta(seconds=90)).isoformat()})

    heard = hear_witness(noted, at((1, 90), (1, 5), (2, -3600)))

    assert heard.replaced is Replaced.PLANNED_BASE


@given(st.lists(st.integers(1, 9), max_size=8))
def test_only_a_record_that_shows_the_base_right_before_ours_is_good(numbers):
    heard = hear_witness(OURS, past(*numbers))

    shown = any(pair == (2, 1) for pair in pairwise(numbers))
    assert heard.replaced is not Replaced.PLANNED_BASE or shown


def test_what_was_deployed_long_before_our_way_back_is_not_ours_although_ecs_had_gone_back_further():
    long_ago = (NOW - timedelta(days=3)).isoformat()
    back = a_change(
        kind=Kind.ROLLBACK,
        base=Base(revision(1)),
        target=Target(task_definition=revision(7)),
        applied={"task_definition": revision(7), "sent_at": NOW.isoformat(), "sent_after": long_ago},
    )
    theirs = past(7, 1)[0]
    before = replace(theirs, created_at=NOW - timedelta(minutes=2))

    assert hear_witness(back, [before, *past(1)]).replaced is Replaced.UNKNOWN
    assert hear_witness(back, [theirs, *past(1)]).replaced is not Replaced.UNKNOWN
