"""What the signals say of a service since our Change: good, bad, or nobody can tell."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, a_change, minutes, revision, usage
from trimtab.decisions.verification import (
    Signals,
    judge_alarms,
    judge_deaths,
    judge_errors,
    judge_latency,
    judge_usage,
    verdict,
    verify,
    windows,
)
from trimtab.model.change import Base, Kind, State, Target
from trimtab.model.finding import Finding, Settlement
from trimtab.model.signals import Alarm, Death, Traffic
from trimtab.model.task_size import TaskSize

DAY = timedelta(days=1)
GOOD, BAD, CANNOT_TELL = Finding.GOOD, Finding.BAD, Finding.CANNOT_TELL
CHANGE = a_change(state=State.WATCHING, applied={"task_definition": revision(2)})


def said(finding, reason="r"):
    return Settlement(finding, reason, "s")


def traffic(requests=10_000, errors=5, mean=0.2):
    return Traffic(requests, errors, requests * mean)


def died(*ago, cause="application", number=2):
    return [Death(NOW + DAY - minutes(m), revision(number), cause) for m in ago]


def deaths(*which, kind=Kind.RESIZE):
    found = [one for some in which for one in some]
    return judge_deaths(replace(CHANGE, kind=kind), found, NOW, NOW + DAY)


def test_an_alarm_that_came_to_fire_since_is_bad_and_one_before_tells_nothing():
    quiet = Alarm("latency", "OK", NOW)

    fired = judge_alarms([quiet, Alarm("errors", "ALARM", NOW + minutes(1))], NOW)
    assert (fired.finding, fired.reason) == (BAD, "alarm_fired")
    assert "errors" in fired.sentence
    for since in (NOW - minutes(1), None):
        assert judge_alarms([quiet, Alarm("errors", "ALARM", since)], NOW).finding is CANNOT_TELL
    assert judge_alarms([quiet], NOW).finding is GOOD


@pytest.mark.parametrize("state", ["INSUFFICIENT_DATA", "", "SOMETHING_NEW"])
def test_an_alarm_that_does_not_say_ok_cannot_tell(state):
    found = judge_alarms([Alarm("latency", "OK"), Alarm("errors", state)], NOW)

    assert (found.finding, found.reason) == (CANNOT_TELL, "alarm_unclear")


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        (traffic(), traffic(), GOOD),
        (traffic(), traffic(errors=500), BAD),
        (traffic(errors=0), traffic(errors=60), BAD),
        (traffic(errors=300), traffic(errors=400), GOOD),  # not twice as many
        (traffic(errors=1), traffic(errors=40), GOOD),  # not half a percent more
        (traffic(500, 0), traffic(500, 29), GOOD),  # may be chance
        (traffic(500, 0), traffic(500, 30), BAD),
        (traffic(199), traffic(10_000, 9_000), CANNOT_TELL),
        (traffic(10_000), traffic(199, 199), CANNOT_TELL),
        (Traffic(), Traffic(), CANNOT_TELL),
    ],
)
def test_errors_are_judged_by_their_share_and_never_by_a_few(before, after, finding):
    found = judge_errors(before, after)

    assert found.finding is finding
    assert (found.reason == "errors_rose") is (finding is BAD)
    assert (found.reason == "too_few_requests") is (finding is CANNOT_TELL)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -1.0])
@pytest.mark.parametrize("number", ["requests", "errors", "seconds"])
def test_requests_that_are_not_told_whole_or_cannot_be_are_no_good_sign(number, odd):
    broken = replace(traffic(), **{number: odd})

    for before, after in ((broken, traffic()), (traffic(), broken)):
        for found in (judge_errors(before, after), judge_latency(before, after)):
            assert (found.finding, found.reason) == (CANNOT_TELL, "requests_unclear")


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        (0.2, 0.2, GOOD),
        (0.2, 0.31, BAD),
        (0.2, 0.29, GOOD),
        (0.01, 0.09, GOOD),  # nobody notices
        (1.0, 1.4, GOOD),
        (0.0, 0.1, BAD),
    ],
)
def test_slower_is_half_as_long_again_and_a_tenth_of_a_second(before, after, finding):
    found = judge_latency(traffic(mean=before), traffic(mean=after))

    assert found.finding is finding
    assert judge_latency(traffic(10), traffic()).reason == "too_few_requests"


def test_tasks_that_die_more_than_before_are_bad_and_one_is_chance():
    assert deaths().finding is GOOD
    assert deaths(died(10)).finding is GOOD
    assert deaths(died(10, 20)).reason == "tasks_died"
    before = died(*range(1500, 1510), number=1)
    assert deaths(before, died(*range(10, 20))).finding is GOOD
    assert deaths(before, died(*range(10, 22))).finding is BAD


def test_one_kill_for_memory_more_than_before_is_enough():
    assert deaths(died(10, cause="memory")).finding is BAD
    assert deaths(died(10, cause="memory"), died(1500, cause="memory", number=1)).finding is GOOD


def test_the_death_of_another_revision_is_not_the_sizes_and_of_a_shift_every_one_counts():
    others = died(10, 20, 30, number=1)

    assert deaths(others).finding is GOOD
    assert deaths(others, kind=Kind.SHIFT).finding is BAD


def test_deaths_long_before_do_not_excuse_those_since():
    assert deaths(died(*range(5000, 5010), number=1), died(10, 20)).finding is BAD


SMALLER, CPU_ONLY, MEMORY_ONLY, LARGER = (
    TaskSize(512, 1024), TaskSize(512, 4096), TaskSize(1024, 2048), TaskSize(2048, 8192),
)  # fmt: skip


def used(to, cpu=0.2, memory=0.3, **more):
    change = a_change(base=Base(revision(1), size=TaskSize(1024, 4096)), target=Target(size=to))
    return judge_usage(change, usage(cpu, memory, days=1.0, samples=288, **more))


def test_a_size_is_judged_where_it_was_cut():
    assert used(SMALLER).finding is GOOD
    assert used(SMALLER, memory=0.97).reason == "near_memory_limit"
    assert used(SMALLER, cpu=0.99).reason == "near_cpu_limit"
    assert used(CPU_ONLY, memory=1.0).finding is GOOD
    assert used(MEMORY_ONLY, cpu=1.0).finding is GOOD
    assert used(LARGER, cpu=1.0, memory=1.0).finding is GOOD


def test_a_busy_quarter_of_an_hour_is_no_lack_of_cpu():
    change = a_change(base=Base(revision(1), size=TaskSize(1024, 4096)), target=Target(size=SMALLER))

    def busy(periods, of):
        seen = replace(usage(), cpu_ratios=(1.0,) * periods + (0.2,) * (of - periods))
        return judge_usage(change, seen).finding

    assert [busy(*said) for said in ((3, 3), (11, 12), (12, 12), (28, 288), (29, 288))] == [
        GOOD, GOOD, BAD, GOOD, BAD,
    ]  # fmt: skip


@pytest.mark.parametrize("more", [{"memory": None}, {"memory": float("nan")}, {"coverage": 0.49}])
def test_missing_samples_are_never_good(more):
    found = used(SMALLER, **more)

    assert (found.finding, found.reason) == (CANNOT_TELL, "no_samples")


def test_one_bad_signal_is_bad_and_all_that_count_must_be_good():
    some = [GOOD, BAD, CANNOT_TELL]
    for first, second, third in product(some, repeat=3):
        found = [said(first), said(second), said(third)]
        strict = verdict(found, waits=True).finding
        assert (strict is BAD) == (BAD in (first, second, third))
        assert (strict is GOOD) == ({first, second, third} == {GOOD})
        assert verdict(found, waits=False).finding is (BAD if strict is BAD else GOOD)


def test_only_what_is_there_is_judged():
    assert verify(CHANGE, Signals(), NOW, NOW + DAY).keys() == {"deaths"}
    everything = Signals((Alarm("a", "OK"),), (traffic(), traffic()), (), usage())
    found = verify(CHANGE, everything, NOW, NOW + DAY)
    assert found.keys() == {"deaths", "alarms", "errors", "latency", "usage"}
    assert verify(replace(CHANGE, kind=Kind.RAISE_MEMORY), Signals(usage=usage()), NOW, NOW + DAY).keys() == {
        "deaths"
    }


@given(st.integers(1, 10 * 24 * 60))
def test_the_hours_before_are_the_same_hours_and_end_before_the_change(waited):
    (before, until), (since, now) = windows(NOW, NOW + minutes(waited))

    assert (since, now - since) == (NOW, until - before)
    assert until <= since
    assert (since - before) % DAY == timedelta(0)
    assert until > since - DAY or waited % 1440 == 0


counts = st.floats(0, 1e9)


@given(counts, counts, counts, counts, counts, counts)
def test_any_counts_are_judged(a, b, c, d, e, f):
    for judge in (judge_errors, judge_latency):
        assert judge(Traffic(a, b, c), Traffic(d, e, f)).finding in (GOOD, BAD, CANNOT_TELL)
