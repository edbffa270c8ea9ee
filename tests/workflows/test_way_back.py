"""A way back is not given up for one odd answer, and ends with a person when there is none."""

from tests.samples import (
    ORDERS,
    a_change,
    a_definition,
    a_service,
    revision,
)
from trimtab.model.change import Kind, State


def failed_roll_out(scene):
    """A size whose roll-out failed, with the rollback recorded and not yet rung for."""
    scene.ecs.has(a_service(), a_definition())
    parent = scene.record(a_change())
    scene.deliver()
    scene.ecs.finish(ORDERS, "FAILED", "tasks failed to start")
    scene.clock.forward(minutes=6)
    scene.settle(parent)
    return parent


def test_a_rollback_that_is_refused_does_not_leave_its_parent_waiting(scene):
    scene.ecs.has(a_service(), a_definition())
    parent = scene.record(a_change())
    scene.deliver()
    scene.ecs.finish(ORDERS, "FAILED", "tasks failed to start")
    scene.clock.forward(minutes=6)
    scene.ecs.change(ORDERS, tags={"trimtab:mode": "apply", "trimtab:hold": "true"})

    scene.minutes(1)

    assert scene.the_change(kind=Kind.ROLLBACK).state is State.REFUSED
    assert scene.now(parent).state is State.NEEDS_HUMAN


def test_a_rollback_asks_for_a_service_that_ecs_did_not_find_until_it_is_found(scene):
    failed_roll_out(scene)
    there = scene.ecs.fleet.pop(ORDERS)

    scene.minutes(10)

    assert scene.the_change(kind=Kind.ROLLBACK).outcome == "service_not_found"

    scene.ecs.fleet[ORDERS] = there
    scene.minutes(3)

    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)


def test_a_rollback_is_not_given_up_for_one_answer_without_tags(scene):
    failed_roll_out(scene)
    scene.ecs.change(ORDERS, tags={})

    scene.minutes(2)
    assert scene.the_change(kind=Kind.ROLLBACK).outcome == "tags_not_told"

    scene.ecs.change(ORDERS, tags={"trimtab:mode": "apply"})
    scene.minutes(3)
    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)


def test_a_rollback_of_a_service_that_stays_gone_ends_with_a_person(scene):
    parent = failed_roll_out(scene)
    scene.ecs.fleet.pop(ORDERS)

    scene.minutes(70)

    assert scene.the_change(kind=Kind.ROLLBACK).state is State.EXPIRED
    assert scene.now(parent).state is State.NEEDS_HUMAN


def test_a_rollback_is_not_given_up_for_an_old_reading_right_after_our_write(scene):
    scene.ecs.has(a_service(), a_definition())
    parent = scene.record(a_change())
    old = scene.ecs.fleet[ORDERS]
    scene.deliver()
    scene.ecs.finish(ORDERS, "FAILED", "tasks failed to start")
    scene.clock.forward(minutes=6)
    scene.settle(parent)
    there = scene.ecs.fleet[ORDERS]
    scene.ecs.fleet[ORDERS] = old

    scene.deliver()
    assert scene.the_change(kind=Kind.ROLLBACK).outcome == "base_unclear"

    scene.ecs.fleet[ORDERS] = there
    scene.minutes(3)
    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)
