"""The life of a Change, as data: what is written here is what the states may do."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, ORDERS, a_change, revision
from trimtab.model.change import (
    CLOSED,
    FIRST_STATES,
    HOLDS_HEAD,
    PRIORITY,
    TRANSITIONS,
    Base,
    Kind,
    State,
    Target,
    change_id,
    outranks,
)
from trimtab.model.errors import IllegalTransitionError
from trimtab.model.service import StrategyItem
from trimtab.model.task_size import TaskSize

LEGAL = {
    "proposed": "approved superseded refused expired needs_human",
    "approved": "planned superseded refused expired needs_human",
    "planned": "applying superseded refused expired needs_human",
    "applying": "applying planned deploying succeeded refused failed superseded needs_human",
    "deploying": "watching rolling_back superseded failed needs_human",
    "watching": "succeeded rolling_back superseded failed needs_human",
    "rolling_back": "rolled_back superseded needs_human",
    "succeeded": "",
    "superseded": "",
    "refused": "",
    "expired": "",
    "failed": "",
    "rolled_back": "",
    "needs_human": "",
}


@pytest.mark.parametrize("after", list(State))
@pytest.mark.parametrize("before", list(State))
def test_a_step_is_legal_exactly_where_the_table_has_it(before, after):
    change = a_change(state=before)

    if after in LEGAL[before].split():
        assert change.moved(after, NOW).state is after
    else:
        with pytest.raises(IllegalTransitionError):
            change.moved(after, NOW)


def test_every_state_has_a_row():
    assert set(TRANSITIONS) == set(State) == set(LEGAL)


def test_a_closed_change_has_no_exit_and_every_open_one_has():
    assert {state for state in State if not TRANSITIONS[state]} == CLOSED
    assert all(a_change(state=state).is_open != (state in CLOSED) for state in State)


def test_from_every_open_state_a_person_can_be_asked():
    assert all(State.NEEDS_HUMAN in TRANSITIONS[state] for state in set(State) - CLOSED)


def test_from_every_state_an_end_can_be_reached():
    ending, growing = set(CLOSED), True
    while growing:
        more = {state for state in State if TRANSITIONS[state] & ending} - ending
        ending, growing = ending | more, bool(more)

    assert ending == set(State)


def test_every_state_is_reached_from_a_first_one():
    reached, growing = set(FIRST_STATES), True
    while growing:
        more = {after for state in reached for after in TRANSITIONS[state]} - reached
        reached, growing = reached | more, bool(more)

    assert reached == set(State)


def test_a_change_holds_its_workload_only_while_it_changes_it():
    assert {State.APPLYING, State.DEPLOYING, State.ROLLING_BACK} == HOLDS_HEAD


def test_an_illegal_step_says_what_would_be_legal_and_that_nothing_was_changed():
    with pytest.raises(IllegalTransitionError) as caught:
        a_change(state=State.PROPOSED).moved(State.DEPLOYING, NOW)

    told = str(caught.value)
    assert "from proposed to deploying" in told
    assert "approved, expired, needs_human, refused, superseded" in told
    assert "Nothing was changed" in told


def test_an_illegal_step_out_of_the_end_says_nowhere():
    with pytest.raises(IllegalTransitionError, match="it may go to nowhere"):
        a_change(state=State.SUCCEEDED).moved(State.PLANNED, NOW)


def test_a_step_remembers_its_time_and_changes_nothing_else():
    change = a_change()

    moved = change.moved(State.APPLYING, NOW)

    assert moved == replace(change, state=State.APPLYING, times={"planned": NOW, "applying": NOW})
    assert change.times == {"planned": NOW}


@given(st.sampled_from(sorted(FIRST_STATES)), st.lists(st.sampled_from(list(State)), max_size=30))
def test_whatever_is_tried_a_change_only_ever_takes_steps_of_the_table(first, tried):
    change, path = a_change(state=first), [first]
    for to in tried:
        try:
            change = change.moved(to, NOW)
        except IllegalTransitionError:
            assert to not in LEGAL[change.state].split()
        else:
            path.append(to)

    assert all(after in LEGAL[before].split() for before, after in itertools.pairwise(path))
    assert not any(state in CLOSED for state in path[:-1])


BASE = Base(revision(1), (StrategyItem("FARGATE", 1),), None, TaskSize(1024, 4096))
TARGET = Target(size=TaskSize(512, 1024))


def an_id(workload=ORDERS, kind=Kind.RESIZE, base=BASE, target=TARGET, cause="", epoch="2026-03-02"):
    return change_id(workload, kind, base, target, cause, epoch)


def test_the_same_decision_always_gets_the_same_id():
    # A literal, so that a release that renames every open Change does not go unnoticed.
    assert an_id() == an_id() == "rii3ji7dm3mpzhfdqfwb"


@pytest.mark.parametrize(
    "other",
    [
        {"workload": ORDERS + "-api"},
        {"kind": Kind.HAND_OVER},
        {"base": replace(BASE, task_definition=revision(2))},
        {"base": replace(BASE, capacity_provider_strategy=(StrategyItem("FARGATE", 2),))},
        {"target": Target(size=TaskSize(512, 2048))},
        {"cause": "event-1"},
        {"epoch": "2026-03-03"},
    ],
)
def test_another_decision_gets_another_id(other):
    assert an_id(**other) != an_id()


def test_an_id_is_short_and_safe_in_tags_tokens_and_keys():
    assert len(an_id()) == 20
    assert an_id().isalnum()
    assert an_id() == an_id().lower()


def test_the_most_urgent_kind_comes_first_and_none_outranks_itself():
    order = ["rollback", "restart", "raise_memory", "shift", "return", "resize", "hand_over", "tag", "alert"]

    assert [kind.value for kind in PRIORITY] == order
    assert set(PRIORITY) == set(Kind)
    assert not any(outranks(kind, kind) for kind in Kind)
    assert all(outranks(a, b) for i, a in enumerate(PRIORITY) for b in PRIORITY[i + 1 :])
