"""A standalone task whose stop nobody saw is missed, told once, and not started again unasked."""

from dataclasses import replace

import pytest

from tests.samples import a_crash, a_definition, a_task
from trimtab.model.change import Kind, State
from trimtab.model.policy import Policy
from trimtab.workflows.restart_stopped_task import restart_stopped_task
from trimtab.workflows.take_inventory import inventory_open

JOB = a_definition(3, "nightly", 512, 1024, containerDefinitions=[{"name": "job", "essential": True}])
ROOT = a_task().task_arn


@pytest.fixture
def job(scene):
    """A task of a declared family, seen running; its time is about the scene's present."""
    scene.ecs.has(JOB, a_task())
    restart_stopped_task(a_task(), "event-1", scene.world)


def vanish(scene, task_arn=ROOT):
    del scene.ecs.known_tasks[task_arn]


def hours(scene, count):
    scene.clock.forward(hours=count)
    return inventory_open(scene.world)


def test_a_task_that_ended_unseen_for_longer_than_ecs_remembers_is_told_once(scene, job):
    vanish(scene)

    assert hours(scene, 2)["forgotten"] == 1
    assert hours(scene, 2)["forgotten"] == 0

    change = scene.the_change(kind=Kind.RESTART)
    assert (change.workload, change.state, change.outcome) == (ROOT, State.REFUSED, "stop_unseen")
    assert "does not start it again unasked" in change.sentence
    stop = scene.stops.kept[ROOT]
    assert (stop.cause, stop.decided, stop.family) == ("unknown", "stop_unseen", "nightly")
    assert scene.ecs.started == []


def test_a_task_is_given_the_hour_in_which_its_stop_may_still_be_seen(scene, job):
    vanish(scene)

    assert hours(scene, 0.9)["forgotten"] == 0
    assert scene.control.live.keys() == {ROOT}


def test_a_task_that_runs_is_not_missed_however_long(scene, job):
    assert hours(scene, 30)["forgotten"] == 0


def test_a_task_that_a_list_left_out_is_asked_for_by_its_name(scene, job, monkeypatch):
    monkeypatch.setattr(scene.ecs.tasks, "of_no_service", lambda clusters: iter(()))

    assert hours(scene, 2)["forgotten"] == 0
    assert scene.control.live.keys() == {ROOT}


def test_a_task_whose_stop_was_seen_is_no_longer_looked_for(scene, job):
    scene.ecs.has(a_crash(stopped_at=scene.clock.now()))
    inventory_open(scene.world)
    assert scene.control.live == {}
    vanish(scene)

    assert hours(scene, 2)["forgotten"] == 0


def test_a_stop_that_was_answered_by_its_event_is_not_told_again_where_no_inventory_saw_it(scene, job):
    restart_stopped_task(a_crash(exit_code=0, stopped_at=scene.clock.now()), "event-2", scene.world)
    vanish(scene)

    assert hours(scene, 2)["forgotten"] == 0
    assert (scene.control.live, scene.found(kind=Kind.RESTART)) == ({}, [])
    assert scene.stops.kept[ROOT].cause == "success"


def test_a_stop_that_cannot_be_decided_on_is_looked_for_until_it_can(scene, job):
    scene.control.policy = None
    scene.ecs.has(a_crash(stopped_at=scene.clock.now()))

    inventory_open(scene.world)

    assert scene.control.live.keys() == {ROOT}


def test_a_task_of_ours_that_ended_unseen_is_told_in_its_lineage(scene, job):
    crash = a_crash(stopped_at=scene.clock.now())
    scene.ecs.has(crash)
    restart_stopped_task(crash, "event-2", scene.world)
    scene.minutes(1)
    ((ours, _, restart),) = scene.ecs.started
    scene.ecs.has(replace(scene.ecs.known_tasks[ours], last_status="RUNNING", started_at=scene.clock.now()))
    restart_stopped_task(scene.ecs.known_tasks[ours], "event-3", scene.world)
    assert ours in scene.control.live
    vanish(scene, ours)
    vanish(scene)

    hours(scene, 2)

    (refused,) = scene.found(kind=Kind.RESTART, outcome="stop_unseen")
    assert (refused.workload, refused.target.stopped_task) == (ROOT, ours)
    assert scene.now(restart).outcome == "stopped_again"


def test_a_family_that_is_declared_no_longer_is_only_archived(scene, job):
    scene.control.policy = Policy(2)
    vanish(scene)

    assert hours(scene, 2)["forgotten"] == 1
    assert scene.found(kind=Kind.RESTART) == []
    assert scene.stops.kept[ROOT].decided == "stop_unseen"
