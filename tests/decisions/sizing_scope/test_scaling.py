from dataclasses import replace
from datetime import timedelta

import pytest

from tests.samples import NOW
from trimtab.decisions.sizing_scope.scaling import leeway_under, told_for
from trimtab.model.decision import Keep
from trimtab.model.scaling import Follows, Scaling, ScalingPolicy, TaskSamples

LONG_AGO = NOW - timedelta(days=90)
PERIODS = 14 * 288
CALM = TaskSamples((10.0,) * PERIODS, (0.1,) * PERIODS)


def a_policy(follows, target=60.0, **said):
    return replace(ScalingPolicy("keep-60", follows, "what it counts", target, LONG_AGO), **said)


def scaled(*policies, **said):
    return replace(Scaling(2, 10, policies), **said)


def leeway(*policies, at_minimum=None):
    return leeway_under(scaled(*policies), 1024, at_minimum, NOW)


def test_a_service_that_nothing_scales_is_free():
    free = leeway_under(None, 1024, None, NOW)

    assert (free.memory, free.cpu_floor_units, free.cpu_proposed, free.all_proposed) == (
        True,
        0,
        False,
        False,
    )


def test_a_service_that_only_a_schedule_scales_is_free():
    assert leeway_under(scaled(scheduled=True), 1024, None, NOW) == leeway_under(None, 1024, None, NOW)


def test_under_a_cpu_target_cpu_stays_and_memory_is_free():
    held = leeway(a_policy(Follows.CPU))

    assert (held.memory, held.cpu_floor_units) == (True, None)
    assert "follows CPU at 60 %" in held.notes[0]


def test_under_a_memory_target_memory_stays_and_cpu_is_free():
    held = leeway(a_policy(Follows.MEMORY))

    assert (held.memory, held.cpu_floor_units) == (False, 0)


def test_under_both_targets_nothing_is_chosen():
    assert leeway(a_policy(Follows.CPU), a_policy(Follows.MEMORY)).reason == "scaled_by_both"


def test_a_service_pinned_at_its_minimum_may_have_the_cpu_that_keeps_it_there():
    free = leeway(a_policy(Follows.CPU), at_minimum=CALM)

    # 95th percentile 102.4 units; four fifths of 60 % is 48 %.
    assert free.cpu_floor_units == 214
    assert "minimum of 2 tasks" in free.notes[0]


@pytest.mark.parametrize(
    "at_minimum",
    [
        None,
        TaskSamples((), ()),
        TaskSamples(CALM.samples[:-1000], CALM.cpu_ratios),
        TaskSamples((20.0,) * 600 + (10.0,) * (PERIODS - 600), CALM.cpu_ratios),  # 15 % with twice the tasks
        TaskSamples((20.0,) * (PERIODS - 12) + (10.0,) * 12, CALM.cpu_ratios),  # scaled in an hour ago
        TaskSamples(CALM.samples, (*CALM.cpu_ratios[1:], float("nan"))),
    ],
)
def test_one_that_did_not_sit_there_for_two_weeks_keeps_its_cpu(at_minimum):
    assert leeway(a_policy(Follows.CPU), at_minimum=at_minimum).cpu_floor_units is None


def test_a_short_burst_of_tasks_does_not_count():
    bursts = TaskSamples((50.0,) * 300 + (10.0,) * (PERIODS - 300), CALM.cpu_ratios)

    assert leeway(a_policy(Follows.CPU), at_minimum=bursts).cpu_floor_units == 214


def test_a_target_that_is_not_known_keeps_cpu():
    assert leeway(a_policy(Follows.CPU, target=None), at_minimum=CALM).cpu_floor_units is None


@pytest.mark.parametrize(
    ("follows", "reason"),
    [(Follows.REQUESTS, "scaled_by_requests"), (Follows.CUSTOM, "scaled_by_custom_metric")],
)
def test_where_work_is_counted_other_cpu_is_only_proposed(follows, reason):
    held = leeway(a_policy(follows))

    assert (held.cpu_proposed, held.all_proposed, held.reason) == (True, False, reason)


def test_under_memory_and_requests_memory_stays_and_other_cpu_is_only_proposed():
    held = leeway(a_policy(Follows.REQUESTS), a_policy(Follows.MEMORY))

    assert (held.memory, held.cpu_proposed) == (False, True)


def test_where_alarms_scale_in_steps_everything_is_only_proposed():
    held = leeway(a_policy(Follows.STEPS, target=None))

    assert (held.all_proposed, held.reason) == (True, "scaled_by_steps")


def test_predictive_scaling_that_acts_makes_everything_a_proposal_and_says_why():
    held = leeway(a_policy(Follows.REQUESTS, forecast=True))

    assert (held.all_proposed, held.reason) == (True, "scaled_by_forecast")
    assert "learned at the present size" in held.notes[0]


def test_a_forecast_that_does_not_act_is_only_mentioned():
    held = leeway(a_policy(Follows.CPU, forecast=True, acts=False))

    assert (held.cpu_floor_units, held.all_proposed) == (0, False)
    assert held.notes


@pytest.mark.parametrize("follows", list(Follows))
def test_nothing_is_chosen_in_the_first_day_of_a_policy(follows):
    kept = leeway(a_policy(follows, created_at=NOW - timedelta(hours=23)))

    assert isinstance(kept, Keep)
    assert kept.reason == "scaling_changed_lately"


def test_half_the_cpu_halves_a_target_that_counts_work():
    told = told_for(scaled(a_policy(Follows.REQUESTS, target=1000.0, metric="requests a task")), 1024, 512)

    assert "1000 of requests a task, would become 500" in told


def test_half_the_cpu_doubles_the_tasks_of_steps_that_watch_cpu():
    told = told_for(scaled(a_policy(Follows.STEPS, target=None)), 1024, 512)

    assert "would become 0.5 times" in told
    assert "2 times the tasks" in told


def test_the_same_cpu_means_nothing_for_scaling():
    assert told_for(scaled(a_policy(Follows.REQUESTS)), 1024, 1024) == ""
    assert told_for(None, 1024, 512) == ""
