from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, a_change
from trimtab.decisions.repetition import SAID_LATELY, SAME_AS, as_repeat, standing_for
from trimtab.model.change import Kind, State, Target, Turn
from trimtab.model.task_size import TaskSize

DAY = timedelta(days=1)
PROPOSAL = a_change(
    id="first", state=State.PROPOSED, turn=Turn.SETTLE, mode="observe", times={"proposed": NOW}
)
NEXT_DAY = replace(PROPOSAL, id="next", created_at=NOW + DAY)
OTHER_SIZE = Target(size=TaskSize(256, 512))


def test_a_repeat_names_the_first_of_its_row():
    second = as_repeat(NEXT_DAY, [replace(PROPOSAL, state=State.EXPIRED)])
    third = as_repeat(replace(NEXT_DAY, id="third", created_at=NOW + 2 * DAY), [second, PROPOSAL])

    assert second.evidence[SAME_AS] == third.evidence[SAME_AS] == "first"


@pytest.mark.parametrize(
    "last",
    [
        replace(PROPOSAL, target=OTHER_SIZE),
        replace(PROPOSAL, base=replace(PROPOSAL.base, task_definition="another")),
        replace(PROPOSAL, mode="approve"),
        replace(PROPOSAL, state=State.REFUSED, times={"refused": NOW}),  # never proposed
        replace(PROPOSAL, created_at=NOW + DAY - SAID_LATELY - timedelta(seconds=1)),
    ],
)
def test_what_says_something_new_is_no_repeat(last):
    assert as_repeat(NEXT_DAY, [last]) == NEXT_DAY


def test_only_the_last_proposal_is_compared():
    between = replace(PROPOSAL, id="between", target=OTHER_SIZE, created_at=NOW + timedelta(hours=1))

    assert as_repeat(NEXT_DAY, [PROPOSAL, between]) == NEXT_DAY


def test_what_is_carried_out_is_never_a_repeat():
    planned = replace(NEXT_DAY, state=State.PLANNED)

    assert as_repeat(planned, [PROPOSAL]) == planned


OPEN = [
    State.PROPOSED,
    State.APPROVED,
    State.PLANNED,
    State.APPLYING,
    State.DEPLOYING,
    State.WATCHING,
    State.ROLLING_BACK,
]
changes = st.builds(
    lambda kind, state, mode, target, hours: replace(
        PROPOSAL, kind=kind, state=state, mode=mode, target=target, created_at=NOW - timedelta(hours=hours)
    ),
    st.just(Kind.RESIZE),
    st.sampled_from(State),
    st.sampled_from(["observe", "approve", "apply"]),
    st.sampled_from([PROPOSAL.target, OTHER_SIZE]),
    st.integers(0, 72),
)


@given(st.lists(changes, max_size=5))
def test_nothing_that_is_closed_or_says_something_else_keeps_a_decision_from_being_recorded(alike):
    new = replace(PROPOSAL, id="new")

    standing = standing_for(new, alike)

    assert standing is None or (standing.state in OPEN and standing.target == new.target)


@given(st.lists(changes, max_size=5))
def test_no_proposal_keeps_what_may_be_applied_from_being_recorded(alike):
    standing = standing_for(replace(PROPOSAL, id="new", state=State.PLANNED, mode="apply"), alike)

    assert standing is None or standing.state is not State.PROPOSED
