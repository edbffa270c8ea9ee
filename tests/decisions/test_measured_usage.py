"""Points of CloudWatch become digests of days, each in the units of the size that was in force."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.decisions.rightsize.measured import (
    Used,
    digest_days,
    eras,
    hot_factor,
    known_demand,
    known_periods,
    lately,
)
from trimtab.model.service import InForce, PastDeployment
from trimtab.model.task_size import TaskSize
from trimtab.model.usage import UsagePoints

DAY = date(2026, 3, 10)
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
PERIOD = timedelta(minutes=5)
SMALL, LARGE = TaskSize(512, 1024), TaskSize(1024, 4096)
AT_NOON = 12.05
"""Three minutes past it, in hours: within a period."""

SIZES = {"small": SMALL, "large": LARGE}


def at(hours):
    return MIDNIGHT + timedelta(hours=hours)


def deployed(revision, hours, took=timedelta(minutes=10), status="SUCCESSFUL", back=None):
    begin = at(hours)
    went_back = InForce(back, ()) if back else None
    ended = begin + took if took else None
    return PastDeployment(f"d{hours}", InForce(revision, ()), begin, status, went_back, ended)


def times(*record, start_up=timedelta(0), end=72):
    return eras(record, SIZES, start_up, at(end))


LONG_AGO = deployed("large", -500)


def series(ratio, hours=24, start=0):
    """Return the same ratio for every period of some hours; a function is asked for each."""
    told = [at(start) + PERIOD * n for n in range(int(hours * 12))]
    return tuple((one, ratio(one) if callable(ratio) else ratio) for one in told)


def points(cpu=0.2, memory=0.5, burst=1.3, hours=24, start=0):
    average = series(cpu, hours, start)
    hottest = tuple((one, ratio * burst) for one, ratio in average)
    return UsagePoints(average, hottest, series(memory, hours, start))


def digest(seen, record=(LONG_AGO,), kills=(), tasks=1, **said):
    found = digest_days(seen, times(*record, **said), kills, DAY, DAY + timedelta(days=1), tasks)
    return found[0] if found else None


def used_vcpu(one):
    """Return the mean vCPU of a day by what it would have lacked in the smallest class."""
    return 0.25 + one.shed_vcpu[0] / one.samples


def test_a_percentage_becomes_vcpu_and_mib_of_the_size_in_force():
    one = digest(points(cpu=0.5, memory=0.5))

    assert (one.day, one.samples, one.memory_peak_mib) == (DAY, 288, 2048)
    assert used_vcpu(one) == pytest.approx(0.5)


def test_on_a_day_with_two_sizes_each_point_counts_by_its_own():
    record = (deployed("small", -9), deployed("large", 12))
    one = digest(points(memory=lambda when: 0.9 if when < at(12) else 0.5), record)

    assert one.memory_peak_mib == 2048  # half of the large one, more than nine tenths of the small one
    later = digest(points(memory=lambda when: 0.9 if when < at(12) else 0.1), record)
    assert later.memory_peak_mib == pytest.approx(0.9 * 1024)


def test_the_roll_out_and_the_start_up_after_it_are_no_usage():
    busy = points(cpu=lambda when: 0.95 if at(12) <= when < at(12.55) else 0.2)

    calm = digest(busy, (LONG_AGO, deployed("large", AT_NOON)), start_up=timedelta(minutes=20))

    assert calm.deployed
    assert calm.samples == 288 - 7  # the period in which it began, 10 minutes of roll-out, 20 of start-up
    assert used_vcpu(calm) == pytest.approx(0.25)


def test_start_up_takes_five_minutes_where_no_health_check_waits_longer():
    assert digest(points(), (LONG_AGO, deployed("large", AT_NOON))).samples == 288 - 4


def test_the_memory_of_a_start_up_is_kept_apart():
    hungry = points(memory=lambda when: 0.9 if at(12) < when < at(12.2) else 0.3)

    one = digest(hungry, (LONG_AGO, deployed("large", 12)))

    assert one.start_peak_mib == pytest.approx(0.9 * 4096)
    assert one.memory_peak_mib == pytest.approx(0.3 * 4096)


def test_while_two_sizes_run_beside_each_other_nobody_knows_of_which_a_percentage_is():
    full = points(memory=lambda when: 0.9 if at(11.9) < when < at(12.15) else 0.3)

    one = digest(full, (LONG_AGO, deployed("small", 12)))

    assert one.start_peak_mib == pytest.approx(0.3 * 1024)
    taken_back = deployed("small", 12, status="ROLLBACK_SUCCESSFUL", back="large")
    assert digest(full, (LONG_AGO, taken_back)).start_peak_mib == pytest.approx(0.3 * 4096)


def test_before_the_first_known_deployment_nothing_is_known():
    assert digest(points(), (deployed("large", 12),)).samples == 144 - 3
    assert digest(points(), (deployed("large", 24),)) is None


def test_a_revision_of_unknown_size_tells_nothing():
    assert digest(points(), (deployed("deleted", -9),)) is None


def test_a_deployment_on_its_way_tells_nothing_yet():
    assert digest(points(), (deployed("large", -1, None, "IN_PROGRESS"),)) is None


def test_a_deployment_whose_end_is_not_told_is_given_an_hour():
    assert digest(points(), (LONG_AGO, deployed("large", AT_NOON, None))).samples == 288 - 14


def test_another_size_is_told_from_another_revision():
    found = times(LONG_AGO, deployed("large", 1), deployed("small", 2), deployed("deleted", 3))

    assert [era.resized for era in found] == [False, False, True, True]
    assert [era.ends for era in found[:2]] == [at(1), at(2)]


def spoiled(name, how):
    """Return points of which one series is not what it should be."""
    whole = points()
    told = {field: getattr(whole, field) for field in ("cpu_average", "cpu_maximum", "memory_maximum")}
    return UsagePoints(**{**told, name: tuple(how(told[name]))})


FIELDS = ["cpu_average", "cpu_maximum", "memory_maximum"]


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("odd", [nan, inf, -inf, -0.01, 100.0, 1e9])
def test_a_point_that_cannot_be_is_missing_and_never_zero(name, odd):
    one = digest(spoiled(name, lambda series: [*series[:50], (series[50][0], odd), *series[51:]]))

    assert one.samples == 287
    assert one.memory_peak_mib == 2048


def test_memory_of_zero_is_no_measurement():
    assert digest(points(memory=0.0)) is None


def test_a_cpu_of_zero_is_one():
    assert digest(points(cpu=0.0)).samples == 288


@pytest.mark.parametrize("name", FIELDS)
def test_a_moment_told_twice_counts_once_and_told_in_two_ways_not_at_all(name):
    assert digest(spoiled(name, lambda series: series * 2)).samples == 288
    two_ways = spoiled(name, lambda series: [*series, (series[7][0], series[7][1] / 2)])
    assert digest(two_ways).samples == 287


def test_a_clock_that_steps_within_a_period_tells_it_in_two_ways():
    stepped = spoiled("memory_maximum", lambda series: [*series, (series[7][0] + timedelta(minutes=2), 0.9)])

    one = digest(stepped)

    assert (one.samples, one.memory_peak_mib) == (287, 2048)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("step", [2, 3, 5])
def test_a_day_with_holes_here_and_there_is_not_believed(name, step):
    assert digest(spoiled(name, lambda series: series[::step])) is None


def test_hours_without_tasks_are_no_holes():
    one = digest(points(hours=9, start=8))

    assert (one.samples, one.whole) == (108, False)


def test_what_cloudwatch_told_only_in_part_is_not_believed():
    whole = points()
    assert (
        digest(UsagePoints(whole.cpu_average, whole.cpu_maximum, whole.memory_maximum, whole=False)) is None
    )


def test_nothing_at_all_is_no_day():
    assert digest(UsagePoints((), (), ())) is None


def test_points_of_other_days_belong_to_none_of_these():
    assert digest(points(start=24)) is None


def test_a_day_with_a_kill_had_used_all_of_the_memory():
    assert digest(points(memory=0.4), kills=[at(3)]).memory_peak_mib == 4096
    assert digest(points(memory=0.4), kills=[at(30)]).memory_peak_mib == pytest.approx(0.4 * 4096)


def test_of_two_sizes_a_kill_counts_by_the_one_that_it_ended():
    record = (deployed("small", -9), deployed("large", 12))
    assert digest(points(memory=0.1), record, kills=[at(3)]).memory_peak_mib == 1024


def test_with_several_tasks_one_is_taken_to_be_hotter_than_their_mean():
    alone, many = digest(points(cpu=0.5, burst=1.69)), digest(points(cpu=0.5, burst=1.69), tasks=2)

    assert used_vcpu(alone) == pytest.approx(0.5)
    assert used_vcpu(many) == pytest.approx(0.65)


@pytest.mark.parametrize(("burst", "factor"), [(1.0, 1.0), (1.3, 1.0), (1.56, 1.2), (9.0, 1.5)])
def test_how_hot_has_bounds(burst, factor):
    assert hot_factor([Used(0.1, 0.1 * burst, 0.5), Used(0.0, 0.4, 0.5)]) == pytest.approx(factor)
    assert hot_factor([]) == 1.0


def test_of_the_last_hours_it_is_told_how_long_cpu_was_at_its_limit_and_the_highest_memory_of_today():
    seen = UsagePoints(series(1.0, 5), (), series(lambda when: 0.9 if when < at(3) else 0.4, 5))

    assert lately(seen, at(0)) == (60, 0.9)
    assert lately(seen, at(3)) == (60, 0.4)
    assert lately(replace(seen, whole=False), at(0)) == (0, 0.0)
    assert lately(UsagePoints((), (), ()), at(0)) == (0, 0.0)


several = st.lists(
    st.tuples(st.integers(-400, 400), st.floats(allow_nan=True, allow_infinity=True)), max_size=40
)


@given(several, several, several, st.integers(0, 5))
def test_whatever_is_told_no_digest_holds_what_cannot_be(cpu, cpu_maximum, memory, tasks):
    def told(rows):
        return tuple((at(0) + PERIOD * number, ratio) for number, ratio in rows)

    seen = UsagePoints(told(cpu), told(cpu_maximum), told(memory))
    for one in digest_days(seen, times(LONG_AGO), (), DAY, DAY + timedelta(days=2), tasks):
        assert 0 < one.memory_peak_mib < 4096 * 100
        assert all(0 <= lack < inf for lack in one.shed_vcpu)
    assert all(used.memory > 0 for used in known_periods(seen).values())


def test_demand_is_in_the_units_of_its_own_time_and_leaves_roll_outs_and_start_up_out():
    record = (deployed("small", -9), deployed("large", 12))
    found = known_demand(points(cpu=0.5, memory=0.5), times(*record), 1)

    assert {(one.vcpu, one.memory_mib) for one in found if one.at < at(12)} == {(0.25, 512)}
    assert {(one.vcpu, one.memory_mib) for one in found if one.at > at(12)} == {(0.5, 2048)}
    assert not [one for one in found if at(12) <= one.at < at(12.25)]
    assert len(found) == 288 - 3


def test_demand_of_several_tasks_is_that_of_the_hottest_and_never_more_than_its_size():
    one = known_demand(points(cpu=0.5, burst=2.6), times(LONG_AGO), 1)
    many = known_demand(points(cpu=0.5, burst=2.6), times(LONG_AGO), 3)
    full = known_demand(points(cpu=0.9, burst=2.6), times(LONG_AGO), 3)

    assert (one[0].vcpu, many[0].vcpu, full[0].vcpu) == (0.5, 0.75, 1.0)


def test_of_what_cloudwatch_did_not_tell_whole_no_demand_is_known():
    assert known_demand(replace(points(), whole=False), times(LONG_AGO), 1) == ()
