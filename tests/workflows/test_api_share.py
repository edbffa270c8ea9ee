"""Our share of the ECS API is used up in the middle of carrying out a Change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.doubles.world import Crash, DiesAfter
from tests.samples import ORDERS, a_change, a_crash, a_definition, a_service, a_task
from trimtab.model.change import Kind, State, Turn
from trimtab.model.errors import ShareSpentError, ThrottledError
from trimtab.workflows.restart_stopped_task import restart_stopped_task

SECONDS = 7.0
JOB = a_definition(3, "nightly", 512, 1024, containerDefinitions=[{"name": "job", "essential": True}])


class Refuses:
    """A port whose ``method`` finds the share used up at one of its calls, counted from 1; 0: at all."""

    def __init__(self, port, method, fault, at=1):
        self._port, self._method, self._fault, self._left = port, method, fault, at
        self._always = at == 0

    def __getattr__(self, name):
        real = getattr(self._port, name)
        if name != self._method:
            return real

        def refuses(*args, **said):
            self._left -= 1
            if self._left == 0 or self._always:
                raise self._fault
            return real(*args, **said)

        return refuses


def read_refused():
    return ShareSpentError("used up", SECONDS)


def write_refused():
    return ThrottledError("used up", SECONDS)


@pytest.fixture
def planned(scene):
    scene.ecs.has(a_service(), a_definition())
    return scene.record(a_change())


def test_a_write_without_a_call_left_is_put_off_until_it_fits(scene, planned):
    world = replace(scene.world, deployer=Refuses(scene.ecs.deployer, "deploy", write_refused()))

    said = scene.apply(planned, world)

    change = scene.now(planned)
    assert (said, change.outcome, change.turn) == ("planned", "api_share", Turn.APPLY)
    assert timedelta(seconds=SECONDS - 1) < change.due_at - scene.clock.now() < timedelta(seconds=SECONDS + 1)
    assert scene.ecs.deployed == []


def test_what_was_surely_not_sent_is_not_noted_as_sent(scene, planned):
    world = replace(scene.world, deployer=Refuses(scene.ecs.deployer, "deploy", write_refused()))
    scene.apply(planned, world)
    theirs = scene.now(planned).applied["task_definition"]
    scene.ecs.begin_deployment(ORDERS, task_definition=theirs)  # by somebody who runs the newest revision

    scene.clock.forward(minutes=1)
    scene.apply(planned)

    assert scene.now(planned).outcome == "base_changed"


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_what_a_look_without_a_call_left_kept_from_being_sent_is_not_noted_as_sent(scene, planned, at):
    looks = Refuses(scene.ecs.services, "describe", read_refused(), at)

    said = scene.apply(planned, replace(scene.world, services=looks))

    assert said == ("deploying" if scene.ecs.deployed else "planned")
    assert bool(scene.now(planned).applied.get("sent_at")) is bool(scene.ecs.deployed)


def test_a_look_that_fails_right_before_the_write_leaves_no_note_of_it(scene, planned):
    looks = Refuses(scene.ecs.services, "describe", RuntimeError("ServerException"), at=3)

    with pytest.raises(RuntimeError):
        scene.apply(planned, replace(scene.world, services=looks))

    assert scene.now(planned).applied["sent_at"] == ""
    assert scene.ecs.deployed == []


def test_a_change_that_was_put_off_is_carried_out_later_with_the_revision_it_has(scene, planned):
    world = replace(scene.world, deployer=Refuses(scene.ecs.deployer, "deploy", write_refused()))
    scene.apply(planned, world)

    scene.clock.forward(minutes=1)
    said = scene.apply(planned)

    assert said == "deploying"
    assert len(scene.ecs.registered) == 1


def test_a_look_without_a_call_left_puts_the_change_off(scene, planned):
    world = replace(scene.world, services=Refuses(scene.ecs.services, "describe", read_refused()))

    said = scene.apply(planned, world)

    assert (said, scene.now(planned).outcome) == ("planned", "api_share")
    assert scene.ecs.registered == []


def test_a_change_that_may_have_been_sent_is_not_put_off_before_ecs_was_asked(scene, planned):
    dies = replace(scene.world, deployer=DiesAfter(scene.ecs.deployer, "deploy"))
    with pytest.raises(Crash):
        scene.apply(planned, dies)
    scene.clock.forward(minutes=3)
    scene.changes.wait(scene.now(planned), Turn.APPLY, scene.clock.now(), "applier_lost", "")

    for _ in range(5):
        world = replace(scene.world, services=Refuses(scene.ecs.services, "describe", read_refused()))
        said = scene.apply(planned, world)

        change = scene.now(planned)
        assert (said, change.state, change.turn) == ("api_share", State.APPLYING, Turn.APPLY)
        scene.clock.forward(seconds=(change.due_at - scene.clock.now()).total_seconds() + 1)
    scene.minutes(2)

    assert scene.now(planned).state is State.DEPLOYING
    assert len(scene.ecs.deployed) == 1


def test_a_change_that_can_never_be_asked_about_is_a_persons_in_the_end(scene, planned):
    dies = replace(scene.world, deployer=DiesAfter(scene.ecs.deployer, "deploy"))
    with pytest.raises(Crash):
        scene.apply(planned, dies)
    scene.world = replace(scene.world, services=Refuses(scene.ecs.services, "describe", read_refused(), at=0))

    scene.clock.forward(seconds=(planned.decide_by - scene.clock.now()).total_seconds())
    scene.minutes(90)

    assert scene.now(planned).state is State.NEEDS_HUMAN


def test_a_restart_that_was_put_off_may_be_put_off_again_and_no_function_fails(scene):
    scene.ecs.has(JOB, a_task())
    restart_stopped_task(a_task(), "runs", scene.world)
    scene.ecs.has(a_crash())
    restart_stopped_task(a_crash(), "crashed", scene.world)
    restart = scene.the_change(kind=Kind.RESTART)
    scene.clock.forward(minutes=1)
    world = replace(scene.world, deployer=Refuses(scene.ecs.deployer, "run", write_refused()))
    assert (scene.apply(restart, world), scene.now(restart).outcome) == ("planned", "api_share")

    scene.clock.forward(minutes=1)
    world = replace(scene.world, tasks=Refuses(scene.ecs.tasks, "started_by", read_refused()))
    assert (scene.apply(restart, world), scene.now(restart).outcome) == ("planned", "api_share")

    scene.minutes(1)
    assert len(scene.ecs.started) == 1


def test_the_look_back_at_a_write_may_be_left_to_the_settler(scene, planned):
    world = replace(scene.world, services=Refuses(scene.ecs.services, "describe", read_refused(), at=4))

    said = scene.apply(planned, world)

    assert (said, scene.now(planned).state) == ("deploying", State.DEPLOYING)


def test_calls_count_as_work_of_the_change_that_is_carried_out(scene, planned):
    scene.apply(planned)

    assert scene.kept.worked_for == [Kind.RESIZE]
