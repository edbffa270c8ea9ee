"""Families of standalone tasks: which are sized, what a day of them is, and what size it asks for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import nan

import pytest

from trimtab.decisions.declared_families import declared_families
from trimtab.decisions.rightsize.family_days import digest_family_days
from trimtab.decisions.rightsize.family_offer import (
    as_whole_days,
    month_share,
    offer_family_size,
    run_share,
    trust_in_runs,
)
from trimtab.model.decision import Keep, Resize
from trimtab.model.digest import PERIODS_A_DAY, SizingHistory
from trimtab.model.policy import Policy, StandaloneRule
from trimtab.model.price import LIST_PRICES
from trimtab.model.risk_profile import BALANCED
from trimtab.model.sizing import Terms
from trimtab.model.tags import Mode
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize
from trimtab.model.usage import FamilyPoints

DAY, PERIOD = timedelta(days=1), timedelta(minutes=5)
TODAY = date(2026, 3, 2)
FIRST = TODAY - 10 * DAY
NOW_SIZE = TaskSize(1024, 8192)
TERMS = Terms(FARGATE_LINUX_SIZES, BALANCED, LIST_PRICES["X86_64"])


def at_two(day, hours=1.0):
    """Return the periods of a run that begins at two in the morning."""
    start = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    return [start + PERIOD * n for n in range(round(hours * 12))]


def told(instants, cpu=200.0, memory=900.0, size=NOW_SIZE, **said):
    series = {
        "cpu_average": cpu, "cpu_maximum": cpu, "memory_maximum": memory, "cpu_reserved": size.cpu_units,
        "memory_reserved": size.memory_mib,
    }  # fmt: skip
    return FamilyPoints(
        **{name: tuple((at, float(v)) for at in instants) for name, v in series.items()} | said
    )


def nightly(days=10, hours=1.0, **said):
    return told([at for n in range(days) for at in at_two(FIRST + n * DAY, hours)], **said)


def digests(points, kills=()):
    return digest_family_days(points, kills, FIRST, TODAY)


def history(*points):
    return SizingHistory(tuple(one for some in points for one in digests(some)))


def both(one, other):
    """Return the points of two tellings, in order of time."""
    names = [n for n in FamilyPoints.__dataclass_fields__ if n != "whole"]
    return FamilyPoints(*(tuple(sorted(getattr(one, n) + getattr(other, n))) for n in names))


def test_a_run_of_an_hour_is_a_day_that_is_known_in_units():
    (first, *rest) = digests(nightly())

    assert (first.day, first.samples, len(rest)) == (FIRST, 12, 9)
    assert first.memory_peak_mib == pytest.approx(900)
    assert first.shed_vcpu == (0.0,) * 8


def test_days_without_runs_and_with_less_than_half_an_hour_of_them_are_missing_and_never_zero():
    weekdays = told([at for n in (0, 3) for at in at_two(FIRST + n * DAY)])

    assert [one.day for one in digests(weekdays)] == [FIRST, FIRST + 3 * DAY]
    assert digests(nightly(hours=0.4)) == ()
    assert digests(told([])) == ()


def test_short_runs_all_day_long_are_no_holes_in_the_metric():
    quarters = [datetime(2026, 2, 25, tzinfo=UTC) + timedelta(minutes=15) * n for n in range(96)]

    (day,) = digests(told(quarters))

    assert day.samples == 96


def test_what_ran_in_another_size_counts_by_the_size_that_it_had():
    small = told(at_two(FIRST), cpu=256.0, memory=500.0, size=TaskSize(256, 512))
    large = told(at_two(FIRST + DAY), cpu=256.0, memory=500.0)

    capped, free = digests(both(small, large))

    assert capped.shed_vcpu[0] == pytest.approx(12 * 0.25 * 0.25)  # at its limit, it is taken to want more
    assert free.shed_vcpu[0] == 0
    assert (capped.memory_peak_mib, free.memory_peak_mib) == (pytest.approx(500), pytest.approx(500))


def test_a_time_in_which_several_sizes_ran_says_nothing():
    mixed = told(at_two(FIRST), size=TaskSize(640, 6144))

    assert digests(mixed) == ()


@pytest.mark.parametrize("bad", [nan, 0.0, -1.0, float("inf")])
def test_what_cannot_have_been_reserved_is_missing(bad):
    points = nightly()

    assert digests(replace(points, cpu_reserved=tuple((at, bad) for at, _ in points.cpu_reserved))) == ()


def test_what_is_told_twice_in_two_ways_or_not_whole_is_missing():
    points = nightly(days=1)
    again = tuple((at, 512.0) for at, _ in points.cpu_reserved)

    assert digests(replace(points, cpu_reserved=points.cpu_reserved + again)) == ()
    assert digests(replace(points, whole=False)) == ()


def test_a_kill_for_memory_makes_all_of_it_the_peak_of_its_day():
    killed_at = at_two(FIRST)[-1] + timedelta(minutes=7)

    first, second, *_ = digests(nightly(), [killed_at])

    assert (first.memory_peak_mib, second.memory_peak_mib) == (8192, pytest.approx(900))


def test_a_nightly_task_is_offered_the_memory_that_it_needs():
    decision = offer_family_size(NOW_SIZE, history(nightly()), TODAY, TERMS)

    assert (decision.size, decision.reason) == (TaskSize(512, 4096), "too_large")
    assert "ran 1 hours on each of 10 days" in decision.sentence


def test_what_runs_an_hour_costs_a_twenty_fourth_and_its_kills_cost_the_same():
    short = offer_family_size(NOW_SIZE, history(nightly()), TODAY, TERMS)
    long = offer_family_size(NOW_SIZE, history(nightly(hours=22)), TODAY, TERMS)

    price = TERMS.price.monthly_usd(NOW_SIZE, 1)
    assert short.monthly_usd.before == pytest.approx(price / 24, abs=0.01)
    assert long.monthly_usd.before == pytest.approx(price * 22 / 24, abs=0.01)
    assert short.size.memory_mib >= long.size.memory_mib  # memory is cheap beside a kill that is as dear


def test_one_that_is_short_of_memory_is_offered_more():
    tight = nightly(memory=980.0, size=TaskSize(256, 1024))

    decision = offer_family_size(TaskSize(256, 1024), history(tight), TODAY, TERMS)

    assert isinstance(decision, Resize)
    assert (decision.reason, decision.size.memory_mib > 1024) == ("too_small", True)


def test_a_cut_asks_for_two_runs_and_nothing_is_decided_without_any():
    one = offer_family_size(NOW_SIZE, history(nightly(days=1)), TODAY, TERMS)
    none = offer_family_size(NOW_SIZE, SizingHistory(), TODAY, TERMS)

    assert (one.reason, none.reason) == ("too_little_data", "too_little_data")
    assert "half an hour" in none.sentence


def test_a_weekly_family_is_judged_between_its_runs_and_a_forgotten_one_is_not():
    known = history(nightly(days=3))

    assert isinstance(offer_family_size(NOW_SIZE, known, TODAY, TERMS), Resize)
    late = offer_family_size(NOW_SIZE, known, FIRST + 17 * DAY, TERMS)
    assert late == Keep("usage_unknown", "None of its tasks has been measured since 2026-02-22.")


def test_days_with_runs_count_alike_and_as_whole():
    uneven = history(told([*at_two(FIRST, 1), *at_two(FIRST + DAY, 5)]))

    assert [day.samples for day in as_whole_days(uneven).digests] == [PERIODS_A_DAY] * 2
    assert run_share(uneven) == pytest.approx(3 / 24)
    assert month_share(uneven, FIRST + 4 * DAY) == pytest.approx(3 / 24 / 2)


def test_trust_grows_with_the_days_of_runs():
    levels = [trust_in_runs(history(nightly(days=n))).level for n in (6, 7)]

    assert levels == ["low", "medium"]


NIGHTLY, ANY = StandaloneRule(family="nightly"), StandaloneRule(cluster="shop", family="load-*")
OFF = StandaloneRule(family="off-*", mode=Mode.OFF)
POLICY = Policy(1, (), (OFF, NIGHTLY, ANY))


def found(measured, of_services=(), clusters=()):
    answers = declared_families(POLICY, measured, of_services, clusters)
    return [(one.cluster, one.family, one.answer.reason if one.answer else None) for one in answers]


def test_measured_families_that_the_policy_declares_are_sized_in_each_cluster():
    measured = {
        ("shop", "nightly"),
        ("spare", "nightly"),
        ("shop", "load-a"),
        ("spare", "load-a"),
        ("shop", "x"),
    }

    assert found(measured) == [
        ("shop", "load-a", None), ("shop", "nightly", None), ("spare", "nightly", None),
    ]  # fmt: skip


def test_an_entry_that_nothing_is_measured_of_says_what_to_turn_on():
    answers = declared_families(POLICY, {("shop", "nightly")}, (), ("shop",))

    (told_of,) = [one for one in answers if one.answer]
    assert (told_of.cluster, told_of.family, told_of.answer.reason) == (
        "shop",
        "load-*",
        "family_not_measured",
    )
    assert "containerInsights" in told_of.answer.sentence


def test_an_entry_for_clusters_that_are_not_planned_is_passed_over():
    assert found((), clusters=("spare",)) == [("*", "nightly", "family_not_measured")]


def test_a_family_that_a_service_runs_is_not_told_apart_and_one_that_is_off_is_left_alone():
    measured = {("shop", "nightly"), ("shop", "off-a"), ("shop", "load-a")}

    assert found(measured, {("shop", "nightly")}) == [
        ("shop", "load-a", None), ("shop", "nightly", "family_of_service"),
    ]  # fmt: skip
