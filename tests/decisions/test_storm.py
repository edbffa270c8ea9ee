"""Stops that come together because of something they share, and who goes first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.samples import NOW, minutes
from trimtab.decisions.storm import Fate, Step, ask_brake, fate_of, find_storms, held_until, shares_of
from trimtab.model.budget import Limits
from trimtab.model.change import Base, Change, Kind, State, Target, Turn
from trimtab.model.restart_policy import CauseClass
from trimtab.model.storm import Brake, CountedStop

A, B = "availability_zone=eu-west-1a", "availability_zone=eu-west-1b"
SPOT, IMAGE = "capacity_provider_name=FARGATE_SPOT", "image_digest=sha256:1"
SUBNET = "subnet_id=subnet-1"


def stops(count, *shares, first=0, apart=1):
    return [
        CountedStop(NOW + timedelta(seconds=apart * n), f"task-{first + n}", shares) for n in range(count)
    ]


def found(counted, brakes=(), tracked=10, limits=None):
    return find_storms(counted, brakes, tracked, limits or Limits(), NOW + minutes(1))


def a_brake(**said):
    told = {
        "cluster": "shop", "cause_class": CauseClass.INFRASTRUCTURE, "key": A, "opened_at": NOW,
        "lineages": 5, "tracked": 10, "hold_until": NOW, "hold_seconds": 120,
    }  # fmt: skip
    return Brake(**{**told, **said})


def a_canary(state, **said):
    change = Change(
        workload="root", id="first", kind=Kind.RESTART, state=state, turn=Turn.SETTLE, due_at=NOW,
        cluster="shop", name="nightly", mode="apply", base=Base(), target=Target(), rule="r", reason="r",
        sentence="", cause="", decide_by=NOW, created_at=NOW, applied={"task": "t"},
        times={State.WATCHING.value: NOW},
    )  # fmt: skip
    return replace(change, **said)


def test_five_lineages_that_share_a_zone_are_a_storm_and_four_are_not():
    assert found(stops(5, A)) == [(A, 5)]
    assert found(stops(4, A)) == []


def test_one_lineage_that_stops_again_and_again_is_no_storm():
    assert found([replace(stop, lineage="task-0") for stop in stops(20, A)]) == []


def test_a_fifth_of_the_tracked_tasks_has_to_stop_and_fifty_are_a_storm_anywhere():
    assert found(stops(9, A), tracked=46) == []
    assert found(stops(10, A), tracked=46) == [(A, 10)]
    assert found(stops(49, A), tracked=5000) == []
    assert found(stops(50, A), tracked=5000) == [(A, 50)]


def test_where_nobody_has_counted_the_tasks_the_lineages_are_enough():
    assert found(stops(5, A), tracked=None) == [(A, 5)]


def test_stops_further_apart_than_the_window_do_not_come_together():
    assert found(stops(5, A, apart=30)) == []
    assert found(stops(5, A, apart=29)) == [(A, 5)]


def test_the_narrowest_thing_is_named_that_nearly_all_share():
    everything = [*stops(8, IMAGE, SUBNET, A, SPOT), *stops(1, B, SPOT, first=8)]

    assert found(everything) == [(IMAGE, 8)]


def test_a_zone_is_named_where_its_tasks_have_little_else_in_common():
    zone = [*stops(3, "image_digest=x", A, SPOT), *stops(3, "image_digest=y", A, SPOT, first=3)]

    assert found(zone) == [(A, 6)]


def test_two_things_that_fail_at_once_are_two_storms():
    both = [*stops(5, A), *stops(6, B, first=5)]

    assert found(both) == [(B, 6), (A, 5)]


def test_what_an_open_brake_holds_is_not_counted_again():
    assert found(stops(9, IMAGE, A), [a_brake(key=IMAGE)]) == []
    assert found(stops(9, IMAGE, A), [a_brake(key=B)]) == [(IMAGE, 9)]


def test_after_a_storm_is_over_only_new_stops_open_its_brake_again():
    over = a_brake(closed_at=NOW + timedelta(seconds=4))

    assert found(stops(9, A), [over]) == []
    assert found(stops(10, A), [over]) == [(A, 5)]


def test_the_thresholds_are_those_of_the_policy():
    few = Limits(storm_lineages_min=2, storm_share_min=0.9, storm_window_seconds=30)

    assert found(stops(2, A), tracked=2, limits=few) == [(A, 2)]
    assert found(stops(2, A), tracked=3, limits=few) == []
    assert found(stops(2, A, apart=30), tracked=2, limits=few) == []


def test_stops_with_nothing_in_common_and_none_at_all_are_no_storm():
    assert found([]) == found(stops(30)) == []


def test_everything_that_a_stop_may_share_is_read_from_its_evidence():
    assert shares_of({"availability_zone": "a", "image_digest": "x, y", "subnet_id": ""}) == (
        "image_digest=x", "image_digest=y", "availability_zone=a",
    )  # fmt: skip


def test_the_first_that_asks_goes_first_and_the_others_wait():
    step, after = ask_brake(a_brake(), None, "root first", NOW)

    assert (step, after.canary, after.version) == (Step.GO_FIRST, "root first", 2)
    assert ask_brake(after, a_canary(State.APPLYING), "root first", NOW)[0] is Step.GO_ON
    assert ask_brake(after, a_canary(State.APPLYING), "root other", NOW)[0] is Step.HOLD


def test_the_rest_follow_when_the_first_has_lived_for_two_minutes():
    brake = a_brake(canary="root first")

    early = ask_brake(brake, a_canary(State.WATCHING), "root other", NOW + timedelta(seconds=119))
    step, after = ask_brake(brake, a_canary(State.WATCHING), "root other", NOW + minutes(2))

    assert early == (Step.HOLD, brake)
    assert (step, after.closed_at) == (Step.RELEASE, NOW + minutes(2))
    assert ask_brake(after, None, "root third", NOW + minutes(2))[0] is Step.GO_ON


def test_each_one_that_dies_doubles_the_hold_up_to_half_an_hour():
    brake, now, holds = a_brake(canary="root first"), NOW, []
    for _ in range(6):
        step, brake = ask_brake(brake, a_canary(State.FAILED), "root other", now)
        assert step is Step.HOLD_LONGER
        assert ask_brake(brake, None, "root other", brake.hold_until - minutes(1))[0] is Step.HOLD
        holds.append((brake.hold_until - now) / minutes(1))
        now = brake.hold_until
        step, brake = ask_brake(brake, None, "root next", now)
        assert step is Step.GO_FIRST

    assert holds == [4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize("state", [State.PLANNED, State.REFUSED, State.EXPIRED, State.SUPERSEDED])
def test_one_that_was_put_off_or_refused_gives_its_place_to_another(state):
    brake = a_brake(canary="root first")

    assert ask_brake(brake, a_canary(state, applied={}), "root other", NOW)[0] is Step.GO_FIRST


def test_one_that_aws_refused_to_start_has_not_died():
    assert fate_of(a_canary(State.FAILED, applied={}), NOW) is Fate.NONE
    assert fate_of(a_canary(State.NEEDS_HUMAN), NOW) is Fate.DIED
    assert fate_of(a_canary(State.SUCCEEDED), NOW) is Fate.LIVED


def test_a_brake_at_which_nobody_asks_is_forgotten_after_an_hour():
    assert ask_brake(a_brake(), None, "root other", NOW + minutes(59))[0] is Step.GO_FIRST
    assert ask_brake(a_brake(), None, "root other", NOW + minutes(60))[0] is Step.GO_ON


def test_it_is_worth_asking_again_when_the_first_may_have_lived():
    brake = a_brake(canary="root first")

    assert held_until(brake, a_canary(State.WATCHING), NOW) == NOW + minutes(2)
    assert held_until(brake, a_canary(State.DEPLOYING), NOW) == NOW + minutes(1)
    assert held_until(a_brake(hold_until=NOW + minutes(9)), None, NOW) == NOW + minutes(9)
