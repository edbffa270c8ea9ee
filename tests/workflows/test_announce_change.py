from dataclasses import replace

import pytest

from tests.samples import a_change
from trimtab.model.change import APPROVED_PLAN, TRANSITIONS, Kind, State, plan_hash
from trimtab.workflows.announce_change import announce_change

IN_BETWEEN = {State.APPLYING, State.WATCHING, State.APPROVED}
STEPS = [(before, after) for before in State for after in sorted(TRANSITIONS[before])]


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_every_step_but_those_in_between_is_told(scene, before, after):
    put_off = (before, after) == (State.APPLYING, State.PLANNED)

    told = announce_change(before, after, a_change(state=after), scene.world)

    assert told == (after not in IN_BETWEEN and not put_off)
    assert len(scene.kept.notices) == told


@pytest.mark.parametrize("state", [State.PROPOSED, State.PLANNED, State.REFUSED])
def test_a_new_change_is_told(scene, state):
    assert announce_change(None, state, a_change(state=state), scene.world)


@pytest.mark.parametrize("state", list(State))
def test_a_write_that_moved_nothing_is_not_told(scene, state):
    assert not announce_change(state, state, a_change(state=state), scene.world)


def test_a_notice_says_where_the_change_came_to_though_it_has_gone_on_since(scene):
    announce_change(State.APPLYING, State.DEPLOYING, a_change(state=State.SUCCEEDED), scene.world)

    assert [c.state for c in scene.kept.notices] == [State.DEPLOYING]


@pytest.mark.parametrize("end", [State.NEEDS_HUMAN, State.FAILED, State.ROLLED_BACK, State.ROLLING_BACK])
def test_what_a_person_must_know_is_always_told(scene, end):
    begins = [before for before in State if end in TRANSITIONS[before]]

    assert all(announce_change(before, end, a_change(state=end), scene.world) for before in begins)


REPEAT = {"same_as": "the first one"}


@pytest.mark.parametrize("state", [State.PROPOSED, State.EXPIRED])
def test_a_proposal_that_says_the_same_as_one_that_was_told_is_not_told(scene, state):
    before = None if state is State.PROPOSED else State.PROPOSED

    assert not announce_change(before, state, a_change(state=state, evidence=REPEAT), scene.world)


def test_what_becomes_of_a_repeated_proposal_that_is_approved_is_told(scene):
    change = a_change(state=State.DEPLOYING, evidence=REPEAT)

    assert announce_change(State.APPLYING, State.DEPLOYING, change, scene.world)


@pytest.mark.parametrize(("outcome", "told"), [("decided_again", False), ("base_changed", True)])
def test_a_proposal_whose_place_a_newer_one_took_is_not_told(scene, outcome, told):
    change = a_change(state=State.SUPERSEDED, outcome=outcome)

    assert announce_change(State.PROPOSED, State.SUPERSEDED, change, scene.world) is told


@pytest.mark.parametrize("outcome", ["canary", "frozen", "outside_window"])
def test_a_resize_that_waited_with_the_whole_fleet_until_it_expired_is_not_told(scene, outcome):
    change = a_change(state=State.EXPIRED, outcome=outcome)

    assert not announce_change(State.PLANNED, State.EXPIRED, change, scene.world)


def test_what_a_person_approved_or_a_kill_asked_for_is_told_when_it_expires(scene):
    change = a_change(state=State.EXPIRED, outcome="frozen")
    approved = replace(change, applied={APPROVED_PLAN: plan_hash(change)})
    killed = replace(change, kind=Kind.RAISE_MEMORY)

    assert announce_change(State.PLANNED, State.EXPIRED, approved, scene.world)
    assert announce_change(State.PLANNED, State.EXPIRED, killed, scene.world)
    assert announce_change(State.PLANNED, State.EXPIRED, replace(change, outcome="held"), scene.world)
