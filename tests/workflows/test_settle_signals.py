"""What the signals of a service say at the end of a watch: kept, taken back, extended, or a person's."""

import pytest

from tests.samples import (
    ON_DEMAND,
    ORDERS,
    SPOT_FIRST,
    a_change,
    a_definition,
    a_service,
    a_spot_service,
    a_stop,
    revision,
    usage,
)
from trimtab.model.change import Base, Kind, State, Target
from trimtab.model.policy import Policy, ServiceRule, Unclear
from trimtab.model.signals import Traffic
from trimtab.workflows.settle_change import settle_workload

TARGETS = ("arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/orders/1",)
WELL, FEW, FAILING = Traffic(9000, 9, 900.0), Traffic(20, 0, 2.0), Traffic(9000, 900, 900.0)


def watched(scene, **said):
    """A resize of such a service, whose roll-out is complete: its watch begins."""
    scene.ecs.has(a_service(**said), a_definition())
    for name in said.get("alarms", ()):
        scene.signals.set(name, "OK")
    change = scene.record(a_change())
    scene.deliver()
    scene.ecs.finish(ORDERS)
    settle_workload(ORDERS, scene.world)
    assert scene.now(change).state is State.WATCHING
    return change


def test_a_change_is_kept_when_every_signal_is_good_and_remembers_what_each_said(scene):
    change = watched(scene, alarms=("errors",), target_groups=TARGETS, load_balanced=True)
    scene.signals.requests = (WELL, WELL)
    scene.clock.forward(days=1)
    scene.minutes(1)

    change = scene.now(change)
    assert (change.state, change.outcome) == (State.SUCCEEDED, "steady")
    assert change.applied["alarms"] == "1 alarms are quiet."
    assert change.applied["errors"] == "0.10% of 9,000 requests failed; before: 0.10% of 9,000."
    assert {"latency", "deaths", "usage"} <= change.applied.keys()


def alarm(scene):
    scene.signals.set("errors", "ALARM", scene.clock.now())


def failing(scene):
    scene.signals.requests = (WELL, FAILING)


def dying(scene):
    for cause in ("application", "health"):
        scene.stops.archive(a_stop(scene.clock.now(), cause), scene.clock.now())


def starved(scene):
    scene.kept.usage[ORDERS] = usage(cpu=1.0)


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (alarm, "alarm_fired"),
        (failing, "errors_rose"),
        (dying, "tasks_died"),
        (starved, "near_cpu_limit"),
    ],
)
def test_one_bad_signal_takes_the_change_back(scene, happens, reason):
    change = watched(scene, alarms=("errors",), target_groups=TARGETS)
    scene.signals.requests = (WELL, WELL)
    scene.clock.forward(hours=23)
    happens(scene)
    scene.clock.forward(hours=1)
    scene.minutes(1)

    assert (scene.now(change).state, scene.now(change).outcome) == (State.ROLLING_BACK, reason)
    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)
    assert scene.the_change(kind=Kind.ROLLBACK).reason == reason


def test_a_signal_that_cannot_tell_extends_the_watch_and_ends_with_a_person_who_is_told_which(scene):
    change = watched(scene, target_groups=TARGETS)
    scene.signals.requests = (WELL, FEW)
    scene.clock.forward(days=1)
    scene.minutes(1)
    assert (scene.now(change).state, scene.now(change).outcome) == (State.WATCHING, "too_few_requests")
    looks = len(scene.signals.asked)
    scene.minutes(31)
    assert len(scene.signals.asked) == looks + 1

    scene.clock.forward(days=3)
    scene.minutes(1)

    change = scene.now(change)
    assert (change.state, change.outcome) == (State.NEEDS_HUMAN, "too_few_requests")
    assert "20 requests since and 9,000 before" in change.outcome_sentence
    assert "A person has to look." in change.outcome_sentence
    assert scene.ecs.fleet[ORDERS].task_definition == revision(2)


def test_a_signal_that_comes_to_tell_in_time_ends_the_watch(scene):
    change = watched(scene, target_groups=TARGETS)
    scene.signals.requests = (WELL, FEW)
    scene.clock.forward(days=2)
    scene.minutes(1)
    scene.signals.requests = (WELL, WELL)
    scene.minutes(31)

    assert scene.now(change).state is State.SUCCEEDED


def test_the_policy_may_leave_out_what_cannot_tell(scene):
    change = watched(scene, target_groups=TARGETS)
    scene.control.policy = Policy(1, (ServiceRule(unclear_signals=Unclear.IGNORE),))
    scene.signals.requests = (WELL, FEW)
    scene.clock.forward(days=1)
    scene.minutes(1)

    assert scene.now(change).state is State.SUCCEEDED


def test_a_load_balancer_that_counts_no_requests_is_no_obstacle(scene):
    change = watched(scene, target_groups=TARGETS)
    scene.clock.forward(days=1)
    scene.minutes(1)

    assert scene.now(change).state is State.SUCCEEDED
    assert "errors" not in scene.now(change).applied


def test_nothing_is_read_before_the_watch_is_over(scene):
    watched(scene, alarms=("errors",), target_groups=TARGETS)
    asked = len(scene.signals.asked)
    scene.minutes(60)

    settle_workload(ORDERS, scene.world)

    assert len(scene.signals.asked) == asked


def test_a_bad_signal_undoes_nobody_elses_deployment(scene):
    change = watched(scene, alarms=("errors",))
    alarm(scene)
    scene.ecs.has(a_definition(7))
    scene.ecs.person_deploys(ORDERS, revision(7))
    scene.ecs.finish(ORDERS)
    scene.clock.forward(days=1)
    scene.minutes(1)

    assert scene.now(change).state is State.SUPERSEDED
    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)


def test_a_shift_under_a_bad_signal_is_a_persons(scene):
    scene.ecs.has(a_spot_service(alarms=("errors",)), a_definition())
    scene.signals.set("errors", "OK")
    targets = Target(capacity_provider_strategy=ON_DEMAND)
    shift = scene.record(
        a_change(kind=Kind.SHIFT, base=Base(revision(1), SPOT_FIRST), target=targets, watch_seconds=900)
    )
    scene.deliver()
    scene.ecs.finish(ORDERS)
    settle_workload(ORDERS, scene.world)
    scene.clock.forward(minutes=1)
    alarm(scene)
    scene.minutes(16)

    assert (scene.now(shift).state, scene.now(shift).outcome) == (State.NEEDS_HUMAN, "alarm_fired")
    assert scene.ecs.fleet[ORDERS].capacity_provider_strategy == ON_DEMAND
