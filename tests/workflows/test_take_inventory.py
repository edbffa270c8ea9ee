"""With every event lost, everything still converges."""

from dataclasses import replace

import pytest

from tests.samples import (
    ORDERS,
    a_change,
    a_crash,
    a_definition,
    a_service,
    a_task,
)
from trimtab.model.change import Kind, State
from trimtab.workflows.take_inventory import inventory_fleet, inventory_open

JOB = a_definition(3, "nightly", 512, 1024, containerDefinitions=[{"name": "job", "essential": True}])


def test_launches_are_remembered_and_stops_answered_without_any_event(scene):
    scene.ecs.has(JOB, a_task(), a_task("pending", last_status="PENDING"))
    assert inventory_open(scene.world) == {"tasks": 2, "missed": 0, "changes": 0}
    scene.ecs.has(a_crash())

    assert inventory_open(scene.world) == {"tasks": 2, "missed": 1, "changes": 0}
    scene.minutes(1)

    assert len(scene.ecs.started) == 1


def test_a_stop_that_was_answered_is_not_answered_again(scene):
    scene.ecs.has(JOB, a_task())
    inventory_open(scene.world)
    scene.ecs.has(a_crash())
    for _ in range(4):
        inventory_open(scene.world)
        scene.minutes(2)

    assert len(scene.ecs.started) == 1


def test_changes_under_way_are_settled_without_tick_and_event(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    scene.deliver()
    scene.ecs.finish(ORDERS)

    assert inventory_open(scene.world)["changes"] == 1

    assert scene.now(change).state is State.WATCHING


def test_one_task_that_cannot_be_judged_does_not_keep_the_others_waiting(scene):
    scene.ecs.has(JOB, a_task())
    inventory_open(scene.world)
    odd = a_crash("a-odd", cluster_arn="arn:odd", task_definition_arn="arn:odd")

    class Broken:
        def describe(self, arn):
            if arn == "arn:odd":
                raise RuntimeError("a fault of AWS")
            return scene.ecs.definitions.get(arn)

    scene.ecs.known_tasks = {odd.task_arn: odd, **scene.ecs.known_tasks}
    scene.ecs.has(a_crash())
    with pytest.raises(ExceptionGroup, match="1 of 2"):
        inventory_open(replace(scene.world, task_definitions=Broken()))

    assert len(scene.found(kind=Kind.RESTART)) == 1


def test_a_policy_that_cannot_be_read_is_counted_before_anything_needs_it(scene):
    scene.control.policy = None

    inventory_open(scene.world)

    assert scene.kept.counts["PolicyUnreadable"] == 1


def test_the_fleet_is_counted_by_what_its_tags_ask_for(scene):
    scene.ecs.has(
        a_service("a"),
        a_service("b", tags={}),
        a_service("c", tags={"trimtab:mode": "aply"}),
        a_service("d", tags={"trimtab:mode": "observe"}),
    )

    assert inventory_fleet(scene.world) == {"services": 4, "opted_in": 2, "malformed_tags": 1}

    ((message, fields),) = scene.kept.lines
    assert (message, fields["ecs_service"]) == ("tag refused", "c")
    assert scene.kept.counts == {"Services": 4, "MalformedTags": 1}
