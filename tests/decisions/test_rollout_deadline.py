"""How long a roll-out may take: as long as the service's own configuration needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import a_service, minutes
from trimtab.decisions.rollout_deadline import LEAST, UNKNOWN_STRATEGY, rollout_deadline
from trimtab.model.change import Kind
from trimtab.model.service import RolloutPlan

BOTH = "PRE_PRODUCTION_TRAFFIC_SHIFT"


def deadline(kind=Kind.RESIZE, stop_seconds=30, **said):
    return rollout_deadline(kind, a_service(**said), stop_seconds)


def native(strategy="BLUE_GREEN", **said):
    return deadline(plan=RolloutPlan(strategy, **said))


def test_a_plain_rolling_update_has_half_an_hour():
    assert deadline() == minutes(30)


def test_a_return_has_less_time_unless_its_service_needs_it():
    assert deadline(Kind.RETURN) == minutes(10)
    assert deadline(Kind.SHIFT) == minutes(30)
    assert deadline(Kind.RETURN, health_check_grace_seconds=900) == minutes(5 + 15 + 0.5)


def test_tasks_that_are_replaced_one_by_one_get_the_time_of_each():
    plan = RolloutPlan(maximum_percent=125)

    slow = deadline(plan=plan, desired_count=6, health_check_grace_seconds=120, load_balanced=True)

    assert slow == minutes(6 * (5 + 2 + 0.5 + 5))


def test_tasks_that_may_be_stopped_first_make_the_batches_larger():
    plan = RolloutPlan(maximum_percent=100)

    assert deadline(plan=plan, desired_count=20, minimum_healthy_percent=50, stop_seconds=600) == minutes(30)
    assert deadline(plan=plan, desired_count=20, minimum_healthy_percent=90, stop_seconds=600) == minutes(150)


def test_a_service_that_leaves_no_room_at_all_still_has_a_deadline():
    assert deadline(plan=RolloutPlan(maximum_percent=100), desired_count=0) == minutes(30)
    stuck = deadline(plan=RolloutPlan(maximum_percent=100), desired_count=8, stop_seconds=120)
    assert stuck == minutes(8 * 7)


def test_alarms_make_ecs_go_on_watching_and_the_deadline_waits_for_it():
    assert deadline(alarms=("errors",), load_balanced=True) == minutes(5 + 5.5 + 30)


def test_the_bake_time_of_a_blue_green_deployment_is_waited_for():
    assert native(bake_minutes=600) == minutes(600 + 5.5)
    assert native(bake_minutes=0) == LEAST
    assert native() == minutes(60 + 5.5)


def test_each_step_of_a_linear_deployment_bakes_but_the_last():
    said = {"step_percent": 25.0, "step_bake_minutes": 20, "bake_minutes": 15}

    assert native("LINEAR", **said) == minutes(3 * 20 + 15 + 5.5)
    assert native("LINEAR", bake_minutes=0) == minutes(9 * 6 + 5.5)


def test_a_canary_bakes_twice():
    assert native("CANARY", step_percent=5.0, step_bake_minutes=1440, bake_minutes=60) == minutes(1505.5)
    assert native("CANARY", bake_minutes=60) == minutes(75.5)


def test_hooks_hold_up_the_stages_they_name_and_some_come_at_every_step():
    hooks = (("POST_SCALE_UP", 30), (BOTH, 10))

    assert native(bake_minutes=0, hook_minutes=hooks) == minutes(40 + 5.5)
    said = {"step_percent": 20.0, "step_bake_minutes": 0, "bake_minutes": 0}
    assert native("LINEAR", hook_minutes=hooks, **said) == minutes(30 + 5 * 10 + 5.5)
    assert native("CANARY", hook_minutes=hooks, **said) == minutes(30 + 2 * 10 + 5.5)


def test_a_strategy_that_is_not_known_gets_the_time_of_the_longest_that_is():
    longest = native("CANARY", step_bake_minutes=1440, bake_minutes=1440)

    assert native("SHADOW") == UNKNOWN_STRATEGY > longest


@given(
    st.sampled_from(["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY", "SHADOW"]),
    st.integers(0, 1440),
    st.integers(0, 300),
    st.integers(0, 100),
    st.integers(100, 200),
    st.sampled_from(list(Kind)),
)
def test_no_roll_out_is_called_late_while_it_bakes(strategy, bake, tasks, least, most, kind):
    plan = RolloutPlan(strategy, maximum_percent=most, bake_minutes=bake)

    found = deadline(kind, plan=plan, desired_count=tasks, minimum_healthy_percent=least)

    assert found > minutes(bake)


@pytest.mark.parametrize("seconds", [0, 30, 120, 3600])
def test_more_time_to_stop_is_never_less_time_for_the_roll_out(seconds):
    assert deadline(stop_seconds=seconds + 60) >= deadline(stop_seconds=seconds)
