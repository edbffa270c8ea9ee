"""When a Change that does not come to its end by itself is given to a person."""

from dataclasses import replace

import pytest

from tests.samples import NOW, a_change, minutes
from trimtab.decisions.last_resort import (
    TAKEOVERS,
    TAKEOVERS_MAX,
    is_lost,
    latest_end,
    one_more_takeover,
    takeovers,
    tried_so_far,
)
from trimtab.model.change import Kind, State


def taken_over(times, **said):
    change = a_change(state=State.APPLYING, **said)
    for _ in range(times):
        change = replace(change, applied={**change.applied, **one_more_takeover(change)})
    return change


def test_as_many_takeovers_are_let_through_as_the_bound_says_and_no_more():
    assert [is_lost(taken_over(n), NOW) for n in range(5)] == [False, False, False, True, True]
    assert TAKEOVERS_MAX == 3


def test_a_change_that_was_planned_again_begins_anew_whatever_its_fence_says():
    lost = taken_over(3, fence=40)

    waited = replace(lost, times={**lost.times, State.PLANNED: NOW + minutes(5)})

    assert (takeovers(waited), is_lost(waited, NOW)) == (0, False)
    assert takeovers(replace(waited, applied=dict(one_more_takeover(waited)))) == 1


def test_a_way_back_is_taken_over_for_as_long_as_it_has_time():
    back = taken_over(9, kind=Kind.ROLLBACK, decide_by=NOW + minutes(60))

    assert [is_lost(back, NOW + minutes(n)) for n in (0, 119, 120)] == [False, False, True]


@pytest.mark.parametrize("noted", ["", "x", "2026-03-02T04:05:06Z many"])
def test_a_note_that_cannot_be_read_counts_nothing(noted):
    assert takeovers(a_change(applied={TAKEOVERS: noted})) == 0


def test_what_was_tried_is_told_as_far_as_it_was_noted():
    sent = {"task_definition": "a/orders:2", "sent_at": "2026-03-02T04:05:06+00:00"}

    assert tried_so_far(a_change()) == "noted nothing that was carried out"
    assert tried_so_far(a_change(applied={**sent, "sent_at": ""})) == "registered orders:2"
    assert "registered orders:2 and began to write to ECS at 2026" in tried_so_far(a_change(applied=sent))
    assert "registered" not in tried_so_far(a_change(kind=Kind.ROLLBACK, applied=sent))


@pytest.mark.parametrize(
    ("state", "hours"),
    [(State.APPLYING, 25), (State.DEPLOYING, 49), (State.ROLLING_BACK, 49), (State.WATCHING, 96)],
)
def test_every_state_of_a_change_that_was_begun_has_a_latest_end(state, hours):
    change = a_change(state=state, times={state: NOW})

    assert latest_end(change, minutes(49 * 60), 4) == NOW + minutes(hours * 60)
