"""What a person approves is what is carried out, once; what a person undoes is put back, or refused."""

from dataclasses import replace

import pytest

from tests.samples import (
    NOW,
    ON_DEMAND,
    ORDERS,
    SPOT_FIRST,
    a_change,
    a_definition,
    a_service,
    a_spot_service,
    minutes,
    revision,
)
from trimtab.model.change import Base, Kind, State, Target, Turn, plan_hash
from trimtab.model.decision import Refuse
from trimtab.model.switch import Position, Switch
from trimtab.model.task_size import TaskSize
from trimtab.workflows.by_hand import approve, undo

ALICE = "arn:aws:iam::111122223333:user/alice"


@pytest.fixture
def proposal(scene):
    scene.ecs.has(a_service(tags={"trimtab:mode": "approve"}), a_definition())
    return scene.record(a_change(state=State.PROPOSED, turn=Turn.PERSON, mode="approve"))


def approved(scene, proposal, plan=None):
    now = scene.clock.now()
    return approve(scene.now(proposal), plan or plan_hash(proposal), ALICE, scene.changes, now)


def test_an_approved_plan_is_carried_out_although_the_mode_is_approve(scene, proposal):
    approved(scene, proposal)

    scene.deliver()

    assert scene.now(proposal).state is State.DEPLOYING
    assert scene.now(proposal).applied["approved_by"] == ALICE


def test_without_approval_a_plan_of_mode_approve_is_refused(scene, proposal):
    change = scene.record(replace(proposal, id="sneaked", state=State.PLANNED, turn=Turn.APPLY))

    scene.apply(change)

    assert (scene.now(change).state, scene.now(change).outcome) == (State.REFUSED, "mode_too_low")


def test_an_approval_counts_for_no_other_plan(scene, proposal):
    other = replace(proposal, target=Target(size=TaskSize(256, 512)))

    assert approved(scene, proposal, plan_hash(other)).reason == "other_plan"
    assert scene.now(proposal).state is State.PROPOSED


def test_a_plan_that_was_changed_after_its_approval_is_not_carried_out(scene, proposal):
    approved(scene, proposal)
    key = next(key for key, one in scene.changes.items.items() if one.id == proposal.id)
    scene.changes.items[key] = replace(scene.now(proposal), target=Target(size=TaskSize(256, 512)))

    scene.deliver()

    assert scene.ecs.deployed == []
    assert scene.now(proposal).outcome == "mode_too_low"


def test_an_approval_is_used_once(scene, proposal):
    approved(scene, proposal)

    assert approved(scene, proposal).reason == "not_waiting"


def test_an_approval_that_comes_too_late_is_refused(scene, proposal):
    scene.clock.forward(days=2)

    assert approved(scene, proposal).reason == "too_late"


def test_an_approval_that_was_interrupted_can_be_given_again(scene, proposal):
    signed = {"approved_plan": plan_hash(proposal), "approved_by": ALICE}
    scene.changes.move(proposal, State.APPROVED, Turn.SETTLE, proposal.decide_by, NOW, applied=signed)

    approved(scene, proposal)

    assert scene.now(proposal).state is State.PLANNED


@pytest.fixture
def kept(scene):
    """A resize that was watched to its end."""
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change(watch_seconds=60))
    scene.deliver()
    scene.ecs.finish(ORDERS)
    scene.minutes(8)
    assert scene.now(change).state is State.SUCCEEDED
    return change


def undone(scene, change):
    service = scene.world.services.describe(change.workload)
    return undo(scene.now(change), service, ALICE, scene.changes, scene.clock.now())


def test_an_undo_puts_back_the_exact_revision_from_before(scene, kept):
    undone(scene, kept)
    scene.deliver()

    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)


def test_an_undo_is_asked_once(scene, kept):
    undone(scene, kept)

    assert undone(scene, kept).reason == "asked_before"


def test_an_undo_that_came_to_nothing_can_be_asked_again(scene, kept):
    scene.control.switch = Switch(Position.STOP, "incident", "bob", NOW)
    first = undone(scene, kept)
    scene.deliver()
    scene.minutes(70)
    assert scene.now(first).state is State.EXPIRED
    scene.control.switch = Switch(Position.RUN, "", "bob", NOW)

    undone(scene, kept)
    scene.deliver()

    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)


def test_what_is_still_rolling_out_can_be_undone(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    scene.deliver()
    assert scene.now(change).state is State.DEPLOYING

    undone(scene, change)
    scene.deliver()

    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)


def test_what_was_left_to_a_person_can_be_undone(scene):
    scene.ecs.has(a_spot_service(), a_definition())
    shift = scene.record(a_shift())
    scene.deliver()
    scene.ecs.finish(ORDERS, "FAILED", "no capacity there either")
    scene.minutes(7)
    assert scene.now(shift).state is State.NEEDS_HUMAN

    undone(scene, shift)
    scene.deliver()

    assert scene.ecs.fleet[ORDERS].capacity_provider_strategy == SPOT_FIRST


def test_an_old_shift_is_not_undone_over_what_trimtab_did_since(scene):
    scene.ecs.has(a_spot_service(), a_definition())
    shift = scene.record(a_shift())
    scene.deliver()
    scene.ecs.finish(ORDERS)
    scene.minutes(8)
    scene.clock.forward(days=30)
    now = scene.clock.now()
    again = {"created_at": now, "due_at": now, "decide_by": now + minutes(30), "times": {"planned": now}}
    scene.ecs.change(ORDERS, capacity_provider_strategy=SPOT_FIRST)
    second = scene.record(a_shift(id="shift2", **again))
    scene.deliver()
    scene.ecs.finish(ORDERS)
    scene.minutes(8)

    assert undone(scene, shift) == Refuse("something_newer", "shift shift2 is in place by now")
    assert not isinstance(undone(scene, second), Refuse)


def test_an_undo_refuses_when_something_newer_is_in_place_and_says_what(scene, kept):
    scene.ecs.has(a_definition(9))
    scene.ecs.person_deploys(ORDERS, revision(9))

    answer = undone(scene, kept)

    assert answer == Refuse("something_newer", "orders:9 is in place by now")


def test_what_is_still_watched_can_be_undone(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    scene.deliver()
    scene.ecs.finish(ORDERS)
    scene.minutes(7)

    undone(scene, change)
    scene.deliver()

    assert scene.now(change).state is State.ROLLING_BACK
    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)


def a_shift(**said):
    told = {"id": "shift1", "kind": Kind.SHIFT, "decide_by": NOW + minutes(30), "watch_seconds": 60}
    places = {
        "base": Base(revision(1), SPOT_FIRST),
        "target": Target(capacity_provider_strategy=ON_DEMAND),
    }
    return a_change(**{**told, **places, **said})


def test_a_shift_is_undone_by_its_strategy(scene):
    scene.ecs.has(a_spot_service(), a_definition())
    shift = scene.record(a_shift())
    scene.deliver()
    scene.ecs.finish(ORDERS)
    scene.minutes(8)

    undone(scene, shift)
    scene.deliver()

    assert scene.ecs.fleet[ORDERS].capacity_provider_strategy == SPOT_FIRST


def test_what_was_never_carried_out_is_nothing_to_undo(scene, proposal):
    assert undone(scene, proposal).reason == "nothing_to_undo"
