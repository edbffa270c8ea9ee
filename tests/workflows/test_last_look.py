"""What comes between the decision and the write is seen; what is not ours is never claimed."""

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.doubles.meanwhile import Faulty, Meanwhile
from tests.doubles.world import Crash, DiesAfter
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
from trimtab.model.change import Base, Kind, State, Target
from trimtab.model.change_window import ChangeWindow, Freeze
from trimtab.model.errors import RejectedError, ThrottledError
from trimtab.model.policy import Policy, ServiceRule
from trimtab.model.switch import Position, Switch
from trimtab.model.task_size import TaskSize
from trimtab.workflows.apply_change import apply_change
from trimtab.workflows.settle_change import settle_workload


def a_shift(kind=Kind.SHIFT, **said):
    base, target = (SPOT_FIRST, ON_DEMAND) if kind is Kind.SHIFT else (ON_DEMAND, SPOT_FIRST)
    told = {"id": "shift1", "kind": kind, "decide_by": NOW + minutes(30)}
    places = {"base": Base(revision(1), base), "target": Target(capacity_provider_strategy=target)}
    return a_change(**{**told, **places, **said})


def resize_with(scene, port, method, happens):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    wrapped = Meanwhile(getattr(scene.world, port), method, happens)
    scene.apply(change, replace(scene.world, **{port: wrapped}))
    return change


def test_a_stop_that_comes_while_a_revision_is_registered_keeps_it_out_of_force(scene):
    def stop():
        scene.control.switch = Switch(Position.STOP, "incident", "operator", NOW)

    change = resize_with(scene, "deployer", "register_resized", stop)

    assert scene.ecs.deployed == []
    assert (scene.now(change).state, scene.now(change).outcome) == (State.PLANNED, "switched_off")


def test_a_deploy_that_comes_while_a_revision_is_registered_is_left_in_force(scene):
    scene.ecs.has(a_definition(7))

    def deploy():
        scene.ecs.person_deploys(ORDERS, revision(7))

    change = resize_with(scene, "deployer", "register_resized", deploy)

    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)
    assert scene.now(change).state is State.SUPERSEDED


def test_a_tag_taken_away_while_a_revision_is_registered_keeps_it_out_of_force(scene):
    change = resize_with(
        scene, "deployer", "register_resized", lambda: scene.ecs.change(ORDERS, tags={"trimtab:mode": "off"})
    )

    assert scene.ecs.deployed == []
    assert (scene.now(change).state, scene.now(change).outcome) == (State.REFUSED, "mode_off")


def test_a_move_that_a_person_made_while_a_shift_waited_is_not_claimed(scene):
    scene.ecs.has(a_spot_service(capacity_provider_strategy=ON_DEMAND, running_count=1), a_definition())
    change = scene.record(a_shift(Kind.RETURN))
    assert scene.apply(change) == "planned"

    scene.ecs.begin_deployment(ORDERS, capacity_provider_strategy=SPOT_FIRST)
    scene.minutes(6)

    assert scene.now(change).state is State.SUPERSEDED
    assert len(scene.ecs.deployed) == 1


def test_a_shift_that_was_sent_before_its_applier_died_is_gone_on_with(scene):
    scene.ecs.has(a_spot_service(), a_definition())
    change = scene.record(a_shift())
    try:
        scene.apply(change, replace(scene.world, deployer=DiesAfter(scene.world.deployer, "shift")))
    except Crash:
        scene.minutes(5)

    assert len(scene.ecs.deployed) == 1
    assert scene.now(change).state is State.DEPLOYING


def test_a_takeover_after_the_deadline_writes_nothing(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change(decide_by=NOW + minutes(1)))
    try:
        scene.apply(change, replace(scene.world, services=DiesAfter(scene.world.services, "describe")))
    except Crash:
        scene.minutes(10)

    assert scene.ecs.deployed == scene.ecs.registered == []
    assert (scene.now(change).state, scene.now(change).outcome) == (State.REFUSED, "too_late")


def test_a_first_resize_is_watched_until_the_second_one_is_rolled_out(scene):
    scene.ecs.has(a_service(), a_definition())
    first = scene.record(a_change())
    scene.deliver()
    scene.ecs.finish(ORDERS)
    scene.minutes(6)
    assert scene.now(first).state is State.WATCHING
    second = scene.record(a_change(id="resize2", base=Base(revision(2))))

    scene.apply(second)
    settle_workload(ORDERS, scene.world)

    assert (scene.now(first).state, scene.now(second).state) == (State.WATCHING, State.DEPLOYING)
    scene.ecs.finish(ORDERS)
    settle_workload(ORDERS, scene.world)
    assert (scene.now(first).outcome, scene.now(second).state) == ("newer_deployment", State.WATCHING)


def test_an_applier_that_stood_still_until_its_lease_was_over_writes_nothing(scene):
    change = resize_with(scene, "task_definitions", "describe", lambda: scene.clock.forward(seconds=50))

    assert scene.ecs.registered == scene.ecs.deployed == []
    assert scene.now(change).state is State.APPLYING


def test_an_applier_that_stood_still_after_its_last_look_writes_nothing(scene):
    change = resize_with(scene, "changes", "note", lambda: scene.clock.forward(seconds=50))

    assert scene.ecs.deployed == []
    scene.minutes(5)
    assert scene.now(change).state is State.DEPLOYING


def test_a_shift_does_not_end_the_watch_of_a_size(scene):
    scene.ecs.has(a_spot_service(), a_definition())
    resize = scene.record(a_change())
    scene.deliver()
    scene.ecs.finish(ORDERS)
    scene.minutes(6)
    shift = scene.record(a_shift())

    scene.apply(shift)

    assert scene.now(resize).state is State.WATCHING
    assert scene.now(shift).state is State.DEPLOYING


def test_undoing_an_old_shift_does_not_end_the_watch_of_a_size(scene):
    scene.ecs.has(a_spot_service(capacity_provider_strategy=ON_DEMAND), a_definition())
    resize = scene.record(a_change())
    scene.deliver()
    scene.ecs.finish(ORDERS)
    scene.minutes(6)
    to_spot = Target(capacity_provider_strategy=SPOT_FIRST)
    back = scene.record(a_shift(Kind.ROLLBACK, base=Base(None, ON_DEMAND), target=to_spot))

    scene.apply(back)

    assert scene.now(resize).state is State.WATCHING
    assert scene.now(back).state is State.DEPLOYING


def test_what_was_sent_and_reset_by_somebody_is_not_sent_again(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    try:
        scene.apply(change, replace(scene.world, deployer=DiesAfter(scene.world.deployer, "deploy")))
    except Crash:
        scene.ecs.finish(ORDERS)
    scene.ecs.person_deploys(ORDERS, revision(1))
    scene.ecs.finish(ORDERS)

    scene.minutes(5)

    assert [said["task_definition"] for _, said in scene.ecs.deployed] == [revision(2), revision(1)]
    assert (scene.now(change).state, scene.now(change).outcome) == (State.SUPERSEDED, "newer_deployment")


@pytest.fixture
def lost_answer(scene):
    """A resize that was carried out, and whose applier died before it heard of it."""
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    with pytest.raises(Crash):
        scene.apply(change, replace(scene.world, deployer=DiesAfter(scene.world.deployer, "deploy")))
    return change


def test_what_ecs_took_back_before_anybody_looked_is_not_sent_again(scene, lost_answer):
    scene.ecs.goes_back(ORDERS)

    scene.minutes(5)

    assert len(scene.ecs.deployed) == 1
    change = scene.now(lost_answer)
    assert (change.state, change.outcome) == (State.ROLLED_BACK, "circuit_breaker")


def test_a_size_in_force_is_watched_although_somebody_forced_a_deployment_while_the_applier_lay_dead(
    scene, lost_answer
):
    scene.clock.forward(minutes=6)
    scene.ecs.begin_deployment(ORDERS)

    scene.minutes(2)
    scene.ecs.finish(ORDERS)
    scene.minutes(6)

    assert scene.now(lost_answer).state is State.WATCHING


def test_a_look_that_has_grown_old_registers_nothing_although_the_lease_holds(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    late = Meanwhile(scene.world.task_definitions, "describe", lambda: scene.clock.forward(seconds=70))

    said = apply_change(change.workload, change.id, 150, replace(scene.world, task_definitions=late))

    assert (said, scene.now(change).outcome) == ("planned", "look_too_old")
    assert scene.ecs.registered == scene.ecs.deployed == []


def freeze(scene, days):
    begins = scene.clock.now()
    scene.control.policy = Policy(1, freezes=(Freeze(begins, begins + timedelta(days=days), "sale"),))


def test_a_freeze_that_begins_while_a_revision_is_registered_keeps_it_out_of_force(scene):
    change = resize_with(scene, "deployer", "register_resized", lambda: freeze(scene, 1))

    assert scene.ecs.deployed == []
    assert (scene.now(change).state, scene.now(change).outcome) == (State.PLANNED, "frozen")


def test_what_waits_for_a_freeze_to_end_is_carried_out_then(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    freeze(scene, 0.5)
    scene.apply(change)

    scene.minutes(1)
    assert scene.ecs.deployed == []
    scene.clock.forward(hours=12)
    scene.minutes(1)

    assert scene.now(change).state is State.DEPLOYING


def test_what_would_wait_longer_than_it_may_be_carried_out_expires_in_its_time(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    freeze(scene, 20)
    scene.apply(change)

    scene.clock.forward(days=1)
    scene.minutes(2)

    assert (scene.now(change).state, scene.now(change).outcome) == (State.EXPIRED, "frozen")
    assert "sale" in scene.now(change).outcome_sentence


def test_a_window_puts_a_resize_off_until_it_opens_and_lets_more_memory_through(scene):
    noon = ChangeWindow(frozenset(range(7)), time(12), time(13), ZoneInfo("UTC"))
    scene.control.policy = Policy(1, services=(ServiceRule(windows=(noon,)),))
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    scene.apply(change)

    waits = scene.now(change)
    assert (waits.outcome, waits.due_at) == ("outside_window", NOW.replace(hour=12, minute=0, second=0))
    scene.clock.forward(hours=7, minutes=56)
    scene.minutes(1)
    assert scene.now(change).state is State.DEPLOYING


def test_more_memory_does_not_wait_for_a_window(scene):
    noon = ChangeWindow(frozenset(range(7)), time(12), time(13), ZoneInfo("UTC"))
    scene.control.policy = Policy(1, services=(ServiceRule(windows=(noon,)),))
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change(kind=Kind.RAISE_MEMORY, target=Target(size=TaskSize(1024, 8192))))

    assert scene.apply(change) == State.DEPLOYING


def test_no_change_is_begun_while_a_linked_alarm_fires_and_it_goes_on_when_that_is_over(scene):
    scene.ecs.has(a_service(alarms=("errors", "latency")), a_definition())
    scene.signals.set("errors", "ALARM")
    scene.signals.set("latency", "OK")
    change = scene.record(a_change())

    scene.minutes(20)
    assert (scene.now(change).state, scene.now(change).outcome) == (State.PLANNED, "alarm_firing")
    assert (scene.ecs.registered, scene.ecs.deployed) == ([], [])
    scene.signals.set("errors", "OK")
    scene.minutes(6)

    assert scene.now(change).state is State.DEPLOYING


def test_an_alarm_that_fires_while_a_revision_is_registered_keeps_it_out_of_force(scene):
    scene.ecs.has(a_service(alarms=("errors",)), a_definition())
    scene.signals.set("errors", "OK")
    change = scene.record(a_change())

    wrapped = Meanwhile(
        scene.world.deployer, "register_resized", lambda: scene.signals.set("errors", "ALARM")
    )
    scene.apply(change, replace(scene.world, deployer=wrapped))

    assert scene.ecs.deployed == []
    assert (scene.now(change).state, scene.now(change).outcome) == (State.PLANNED, "alarm_firing")


def test_a_way_back_is_never_held_up_by_an_alarm_and_nobody_asks_where_there_is_none(scene):
    scene.ecs.has(a_service(task_definition=revision(2), alarms=("errors",)), a_definition(2), a_definition())
    scene.signals.set("errors", "ALARM")
    back = scene.record(
        a_change(kind=Kind.ROLLBACK, base=Base(revision(2)), target=Target(task_definition=revision(1)))
    )
    scene.deliver()

    scene.ecs.has(a_service("carts"), a_definition(1, "carts"))
    scene.record(a_change(id="other", workload=a_service("carts").arn, base=Base(revision(1, "carts"))))
    scene.deliver()

    assert scene.now(back).state is State.DEPLOYING
    assert scene.signals.asked == []


def test_a_rollback_that_is_throttled_keeps_the_workload_for_itself(scene):
    scene.ecs.has(a_spot_service(), a_definition())
    resize = scene.record(a_change())
    scene.deliver()
    scene.ecs.finish(ORDERS, "FAILED", "tasks failed to start")
    scene.clock.forward(minutes=6)
    scene.settle(resize)
    rollback = scene.the_change(kind=Kind.ROLLBACK)

    class Throttled:
        def __getattr__(self, name):
            return getattr(scene.ecs.deployer, name)

        def deploy(self, *_):
            raise ThrottledError("Rate exceeded")

    scene.apply(rollback, replace(scene.world, deployer=Throttled()))
    shift = scene.record(a_shift())

    assert scene.apply(shift) == "workload_busy"
    scene.minutes(2)
    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)
    scene.ecs.finish(ORDERS)
    scene.minutes(7)
    assert scene.changes.head(ORDERS) in (None, shift.id)


def test_a_raise_that_aws_refuses_leaves_the_watch_of_a_size_alone(scene):
    scene.ecs.has(a_service(), a_definition())
    resize = scene.record(a_change())
    scene.deliver()
    scene.ecs.finish(ORDERS)
    scene.minutes(6)

    class Refuses:
        def __getattr__(self, name):
            return getattr(scene.ecs.deployer, name)

        def register_resized(self, *_):
            raise RejectedError("AccessDeniedException: iam:PassRole")

    more = Target(size=TaskSize(512, 2048))
    more_memory = scene.record(
        a_change(id="raise1", kind=Kind.RAISE_MEMORY, base=Base(revision(2)), target=more)
    )
    scene.apply(more_memory, replace(scene.world, deployer=Refuses()))

    assert scene.now(more_memory).state is State.FAILED
    assert scene.now(resize).state is State.WATCHING


@pytest.mark.parametrize("fault", [ThrottledError("Rate exceeded"), RejectedError("not active")])
def test_a_write_that_aws_did_not_carry_out_leaves_no_note_behind(scene, fault):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())

    scene.apply(change, replace(scene.world, deployer=Faulty(scene.world.deployer, "deploy", fault)))

    assert not scene.now(change).applied["sent_at"]


def test_a_change_whose_service_is_deleted_after_its_write_was_sent_is_soon_a_persons(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    with pytest.raises(Crash):
        scene.apply(change, replace(scene.world, deployer=DiesAfter(scene.world.deployer, "deploy")))
    del scene.ecs.fleet[ORDERS]

    scene.minutes(2)
    assert scene.now(change).state is State.APPLYING
    scene.minutes(10)

    assert (scene.now(change).state, scene.now(change).outcome) == (State.NEEDS_HUMAN, "applier_lost")
    assert "ECS does not find the service" in scene.now(change).outcome_sentence
    assert scene.changes.head(ORDERS) is None
