"""What a Change costs, and when our own record holds it back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, a_change
from trimtab.decisions.budgets import (
    CANARY,
    RUNNING,
    allowed_at_once,
    charges_of,
    era_of,
    judge_record,
    spent,
)
from trimtab.model.budget import Limits, Record
from trimtab.model.change import Kind
from trimtab.model.decision import Go

LIMITS = Limits()
ERA = era_of("0.1.0", 3)
NOTHING_YET = Record()
PROVED = Record(1, proved=True)


def scopes(kind):
    return [one.scope for one in charges_of(a_change(kind=kind), LIMITS, PROVED, ERA, NOW)]


def test_rollbacks_and_hand_overs_cost_nothing():
    assert scopes(Kind.ROLLBACK) == scopes(Kind.TAG) == scopes(Kind.HAND_OVER) == []


def test_a_resize_is_counted_for_service_cluster_and_account_and_takes_a_place():
    change = a_change()

    assert scopes(Kind.RESIZE) == [f"sizes/{change.workload}", "changes/shop", "changes", RUNNING]


def test_what_safety_asks_for_takes_no_place_in_the_queue():
    assert RUNNING not in scopes(Kind.RAISE_MEMORY) + scopes(Kind.SHIFT)


def test_resizes_and_shifts_of_a_service_are_counted_apart_and_a_memory_raise_waits_for_neither():
    assert scopes(Kind.RESIZE)[0].startswith("sizes/")
    assert scopes(Kind.SHIFT)[0].startswith("shifts/")
    assert scopes(Kind.RAISE_MEMORY) == ["changes/shop", "changes"]


def test_restarts_are_counted_by_family_cluster_and_account():
    assert scopes(Kind.RESTART) == ["restarts/shop/orders", "restarts/shop", "restarts"]


def test_windows_end_with_the_hour_and_the_day():
    by_scope = {one.scope: one for one in charges_of(a_change(), LIMITS, Record(), ERA, NOW)}

    assert by_scope["changes"].until == NOW.replace(hour=5, minute=0, second=0)
    assert by_scope[f"sizes/{a_change().workload}"].until == NOW.replace(day=3, hour=0, minute=0, second=0)


@pytest.mark.parametrize(("successes", "allowed"), [(0, 1), (1, 2), (2, 4), (3, 8), (9, 8)])
def test_roll_outs_go_one_two_four_with_each_that_ends_well(successes, allowed):
    assert allowed_at_once(LIMITS, Record(successes)) == allowed


def test_three_failures_in_six_hours_hold_what_can_wait():
    failures = tuple(NOW - timedelta(hours=hours) for hours in (5, 2, 1))

    held = judge_record(a_change(), LIMITS, Record(0, failures), NOW)

    assert held.reason == "breaker_open"
    assert held.until == NOW + timedelta(hours=1)


def test_old_failures_are_forgiven():
    failures = tuple(NOW - timedelta(hours=LIMITS.failure_window_hours) for _ in range(9))

    assert judge_record(a_change(), LIMITS, Record(0, failures), NOW) == Go()


@pytest.mark.parametrize("kind", [k for k in Kind if k is not Kind.RESIZE])
def test_failed_resizes_hold_nothing_but_resizes(kind):
    failures = (NOW,) * 9

    assert judge_record(a_change(kind=kind), LIMITS, Record(0, failures), NOW) == Go()


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_never_more_roll_outs_at_once_than_the_limit(successes, limit):
    assert allowed_at_once(Limits(running_changes=limit), Record(successes)) <= limit


def canaries(kind, record=NOTHING_YET, limits=LIMITS):
    return [one for one in charges_of(a_change(kind=kind), limits, record, ERA, NOW) if one.scope == CANARY]


def test_a_release_and_a_policy_that_have_proved_nothing_begin_a_few_resizes_only():
    (few,) = canaries(Kind.RESIZE, limits=Limits(canary_changes=2))

    assert (few.window, few.limit, few.lasts) == ("0.1.0/3", 2, True)
    answer = spent(few, NOW)
    assert answer.reason == "canary"
    assert "0.1.0/3" in answer.sentence


def test_once_a_resize_has_ended_well_there_are_no_canaries_also_after_a_failure():
    assert canaries(Kind.RESIZE, PROVED) == []
    assert canaries(Kind.RESIZE, Record(0, (NOW,), proved=True)) == []


@pytest.mark.parametrize("kind", [k for k in Kind if k is not Kind.RESIZE])
def test_what_safety_asks_for_waits_for_no_canary(kind):
    assert canaries(kind) == []


def test_the_breakers_window_is_a_setting():
    failures = tuple(NOW - timedelta(hours=hours) for hours in (30, 20, 10))

    held = judge_record(a_change(), Limits(failure_window_hours=48), Record(0, failures), NOW)

    assert held.until == NOW + timedelta(hours=18)
    assert "2 days" in held.sentence


def test_a_breaker_that_opens_at_nothing_has_nothing_to_wait_for():
    assert judge_record(a_change(), Limits(failures_that_pause=0), Record(), NOW) == Go()
