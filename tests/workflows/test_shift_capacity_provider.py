"""A pool runs dry and is quiet again: away once, and home after the dwell."""

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.samples import (
    ARN,
    CLUSTER,
    NOW,
    ON_DEMAND,
    ORDERS,
    SPOT_FIRST,
    a_change,
    a_service,
    a_spot_service,
    a_task,
)
from trimtab.decisions.capacity_shift import DWELL
from trimtab.model.change import Kind, State
from trimtab.model.change_window import ChangeWindow, Freeze
from trimtab.model.policy import Policy, ServiceRule
from trimtab.model.service_action import ServiceAction
from trimtab.model.switch import NEVER_SET, Position, Switch
from trimtab.model.verdict import Action
from trimtab.workflows.shift_capacity_provider import (
    check_returns,
    note_interruption,
    shift_capacity_provider,
)

DRY = ServiceAction(
    ORDERS,
    "SERVICE_TASK_PLACEMENT_FAILURE",
    "ERROR",
    CLUSTER,
    "RESOURCE:FARGATE",
    ("FARGATE_SPOT",),
)


@pytest.fixture
def spot(scene):
    scene.ecs.has(a_spot_service(running_count=1))
    return scene


def hear(scene, action=DRY, event="event-1"):
    return shift_capacity_provider(action, event, scene.world)


def strategy(scene):
    return scene.ecs.fleet[ORDERS].capacity_provider_strategy


def settled(scene, running_count=4):
    scene.ecs.finish(ORDERS)
    scene.ecs.change(ORDERS, running_count=running_count)


def test_a_dry_pool_moves_the_service_within_a_minute(spot):
    assert hear(spot).action is Action.SHIFT_CAPACITY
    spot.deliver()

    assert strategy(spot) == ON_DEMAND
    shift = spot.the_change(kind=Kind.SHIFT)
    assert (shift.state, shift.cause) == (State.DEPLOYING, "event-1")
    assert spot.control.pools[ORDERS].home == SPOT_FIRST


def test_the_same_shortage_told_again_is_the_same_change(spot):
    for event in ("event-1", "event-1", "event-2"):
        hear(spot, event=event)
        spot.clock.forward(seconds=7)

    assert len(spot.found(kind=Kind.SHIFT)) == 1
    assert spot.control.pools[ORDERS].last_failure_at > NOW + timedelta(seconds=13)


def test_a_service_that_has_moved_is_left_where_it_is(spot):
    hear(spot)
    spot.deliver()

    hear(spot, event="late")
    spot.minutes(2)

    assert len(spot.found()) == 1
    assert len(spot.ecs.deployed) == 1


def test_a_service_comes_home_after_the_dwell_and_the_episode_ends(spot):
    hear(spot)
    spot.deliver()
    settled(spot)
    assert check_returns(spot.world) == {"waiting": 1, "returning": 0, "closed": 0}

    for _ in range(50):
        spot.minutes(1)
        check_returns(spot.world)
        if spot.ecs.fleet[ORDERS].primary.rollout_state == "IN_PROGRESS":
            settled(spot)

    assert strategy(spot) == SPOT_FIRST
    assert spot.the_change(kind=Kind.RETURN).state is State.WATCHING
    for _ in range(60):
        spot.minutes(1)
        check_returns(spot.world)

    assert spot.the_change(kind=Kind.RETURN).state is State.SUCCEEDED
    assert spot.the_change(kind=Kind.SHIFT).state is State.SUCCEEDED
    assert spot.control.pools == {}


def test_a_return_that_finds_the_pool_dry_goes_back_and_waits_twice_as_long(spot):
    hear(spot)
    spot.deliver()
    settled(spot)
    spot.minutes(46)
    check_returns(spot.world)
    spot.deliver()
    assert strategy(spot) == SPOT_FIRST

    spot.minutes(16)
    settled(spot)
    spot.minutes(6)

    assert strategy(spot) == ON_DEMAND
    assert spot.the_change(kind=Kind.RETURN).state is State.ROLLED_BACK
    assert spot.control.pools[ORDERS].dwell == 2 * DWELL
    spot.minutes(20)
    assert check_returns(spot.world)["waiting"] == 1


def test_a_shift_that_was_switched_off_until_it_expired_is_decided_again(spot):
    spot.control.switch = NEVER_SET
    hear(spot)
    for _ in range(8):
        spot.minutes(5)
        hear(spot)
    spot.control.switch = Switch(Position.RUN, "armed", "operator")
    spot.minutes(6)
    hear(spot)
    spot.minutes(6)

    assert strategy(spot) == ON_DEMAND
    assert [c.state for c in spot.found(kind=Kind.SHIFT)].count(State.EXPIRED) == 1


def test_a_service_in_observe_mode_is_proposed_and_stays(spot):
    spot.ecs.change(ORDERS, tags={"trimtab:mode": "observe", "trimtab:profile": "spot-first"})

    hear(spot)
    spot.minutes(40)
    check_returns(spot.world)

    assert spot.the_change(kind=Kind.SHIFT).state is State.PROPOSED
    assert strategy(spot) == SPOT_FIRST


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"trimtab:mode": "off", "trimtab:profile": "spot-first"},
        {"trimtab:mode": "apply", "trimtab:profile": "spot"},
        {"trimtab:mode": "apply", "trimtab:profile": "spot-first", "trimtab:hold": "true"},
    ],
)
def test_a_service_that_did_not_ask_for_it_is_not_even_proposed(spot, tags):
    spot.ecs.change(ORDERS, tags=tags)

    hear(spot)
    spot.minutes(2)

    assert spot.found() == []
    assert strategy(spot) == SPOT_FIRST


def test_a_service_of_another_profile_is_told_why_it_stays_once_a_day(spot):
    spot.ecs.change(ORDERS, tags={"trimtab:mode": "apply"})

    for _ in range(3):
        hear(spot)

    assert spot.the_change(kind=Kind.SHIFT).outcome == "not_spot_first"
    assert strategy(spot) == SPOT_FIRST


def test_an_unreadable_policy_shifts_nothing(spot):
    spot.control.policy = None

    hear(spot)

    assert spot.found() == []


@pytest.mark.parametrize(
    "action",
    [
        replace(DRY, event_name="SERVICE_STEADY_STATE", event_type="INFO"),
        replace(DRY, service_arn=f"{ARN}:service/shop/gone"),
    ],
)
def test_what_says_nothing_of_a_shortage_moves_nothing(spot, action):
    hear(spot, action)
    spot.minutes(2)

    assert spot.found() == []
    assert spot.control.pools == {}


def test_a_strategy_somebody_else_set_meanwhile_stays_and_ends_the_episode(spot):
    hear(spot)
    spot.deliver()
    settled(spot)
    spot.minutes(20)
    mixed = (replace(SPOT_FIRST[0], weight=3), *ON_DEMAND)
    spot.ecs.change(ORDERS, capacity_provider_strategy=mixed)
    spot.minutes(40)

    assert check_returns(spot.world)["closed"] == 1

    assert strategy(spot) == mixed
    assert spot.found(kind=Kind.RETURN) == []


def test_a_service_that_is_gone_ends_its_episode(spot):
    hear(spot)
    del spot.ecs.fleet[ORDERS]

    assert check_returns(spot.world)["closed"] == 1
    assert spot.control.pools == {}


def test_an_interruption_keeps_the_pool_from_being_called_quiet(spot):
    hear(spot)
    spot.clock.forward(minutes=25)
    notice = a_task(
        group="service:orders",
        started_by="ecs-svc/1",
        desired_status="STOPPED",
        stop_code="SpotInterruption",
        stopped_reason="Your Spot Task was interrupted.",
        capacity_provider_name="FARGATE_SPOT",
    )

    note_interruption(notice, spot.world)

    assert spot.control.pools[ORDERS].last_failure_at >= NOW + timedelta(minutes=25)
    assert len(spot.found()) == 1


def test_an_interruption_without_an_episode_begins_none(spot):
    note_interruption(a_task(group="service:orders", stop_code="SpotInterruption"), spot.world)

    assert spot.control.pools == {}


def test_one_service_that_cannot_be_read_does_not_keep_the_others_away(spot):
    carts = a_service("carts", capacity_provider_strategy=SPOT_FIRST, launch_type=None)
    spot.ecs.has(carts)
    hear(spot)
    spot.control.pools["arn:broken"] = spot.control.pools[ORDERS]
    spot.control.pools["arn:gone"] = spot.control.pools[ORDERS]

    class Broken:
        def describe(self, arn):
            if arn == "arn:broken":
                raise RuntimeError("a fault of AWS")
            return spot.ecs.fleet.get(arn)

    with pytest.raises(ExceptionGroup, match="1 of 3 episodes"):
        check_returns(replace(spot.world, services=Broken()))

    assert "arn:gone" not in spot.control.pools


@pytest.mark.parametrize("held", ["window", "freeze"])
def test_a_return_that_would_have_to_wait_is_not_tried_and_does_not_count_as_failed(spot, held):
    hear(spot)
    spot.deliver()
    settled(spot)
    spot.minutes(25)
    now = spot.clock.now()
    at_four = ChangeWindow(frozenset(range(7)), time(4), time(5), ZoneInfo("UTC"))
    if held == "window":
        spot.control.policy = Policy(1, services=(ServiceRule(windows=(at_four,)),))
    else:
        spot.control.policy = Policy(1, freezes=(Freeze(now, now + timedelta(hours=22), "sale"),))

    spot.clock.forward(hours=12)
    assert check_returns(spot.world)["waiting"] == 1
    assert spot.found(kind=Kind.RETURN) == []
    assert spot.control.pools[ORDERS].returns_failed == 0
    spot.clock.at = NOW.replace(day=3, hour=4, minute=30)

    assert check_returns(spot.world)["returning"] == 1


def test_a_shift_that_a_hold_of_a_minute_refused_is_decided_again(spot):
    hear(spot)
    held = {"trimtab:mode": "apply", "trimtab:profile": "spot-first", "trimtab:hold": "true"}
    free = {key: value for key, value in held.items() if key != "trimtab:hold"}
    spot.ecs.change(ORDERS, tags=held)
    spot.deliver()
    assert [c.state for c in spot.found(kind=Kind.SHIFT)] == [State.REFUSED]
    spot.ecs.change(ORDERS, tags=free)
    spot.clock.forward(minutes=5)

    hear(spot, event="event-2")
    spot.deliver()

    assert strategy(spot) == ON_DEMAND


@pytest.mark.parametrize(("state", "begun"), [(State.WATCHING, 0), (State.SUCCEEDED, 1)])
def test_a_service_whose_new_size_is_being_watched_comes_home_after_that(spot, state, begun):
    hear(spot)
    spot.deliver()
    settled(spot)
    spot.minutes(25)
    spot.changes.items[ORDERS, "resize1"] = a_change(state=state, applied={"deployment": "ecs-svc/7"})
    spot.clock.forward(hours=1)

    assert check_returns(spot.world)["returning"] == begun
