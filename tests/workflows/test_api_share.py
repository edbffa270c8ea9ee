"""Our share of the ECS API is used up in the middle of carrying out a Change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.doubles.world import Crash, DiesAfter
from tests.samples import ORDERS, a_change, a_definition, a_service
from trimtab.model.change import Kind, State, Turn
from trimtab.model.errors import ShareSpentError, ThrottledError

SECONDS = 7.0


class Refuses:
    """A port whose ``method`` finds the share used up at one of its calls, counted from 1."""

    def __init__(self, port, method, fault, at=1):
        self._port, self._method, self._fault, self._left = port, method, fault, at

    def __getattr__(self, name):
        real = getattr(self._port, name)
        if name != self._method:
            return real

        def refuses(*args, **said):
            self._left -= 1
            if self._left == 0:
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

    world = replace(scene.world, services=Refuses(scene.ecs.services, "describe", read_refused()))
    with pytest.raises(ShareSpentError):
        scene.apply(planned, world)

    assert scene.now(planned).state is State.APPLYING
    assert len(scene.ecs.deployed) == 1


def test_the_look_back_at_a_write_may_be_left_to_the_settler(scene, planned):
    world = replace(scene.world, services=Refuses(scene.ecs.services, "describe", read_refused(), at=4))

    said = scene.apply(planned, world)

    assert (said, scene.now(planned).state) == ("deploying", State.DEPLOYING)


def test_calls_count_as_work_of_the_change_that_is_carried_out(scene, planned):
    scene.apply(planned)

    assert scene.kept.worked_for == [Kind.RESIZE]
