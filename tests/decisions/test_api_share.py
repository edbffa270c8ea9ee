"""The share of an ECS request bucket: what is taken, and the bound on what comes of it."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.decisions.api_share import (
    LEASE_SECONDS,
    MICROSECONDS,
    RESERVED,
    astray,
    next_lease,
    short_us,
    terms_of,
)
from trimtab.model.api_rates import BUCKET_OF, BUCKETS
from trimtab.model.change import Kind

SERVICE_READ = BUCKET_OF["DescribeServices"]
REGISTRATIONS = BUCKET_OF["RegisterTaskDefinition"]
LEASE_US = round(LEASE_SECONDS * MICROSECONDS)


@dataclass
class Share:
    """One bucket's number, and when calls were made by a clock that is right."""

    bucket: object = SERVICE_READ
    ratio: float = 0.25
    arrival_us: int = 0
    made: list[int] = field(default_factory=list)

    def take(self, calls, now_us, kind):
        """Take calls if they fit; a holder's clock says ``now_us``."""
        terms = terms_of(self.bucket, self.ratio, kind)
        if short_us(self.arrival_us, calls, now_us, terms) > 0:
            return False
        self.arrival_us = max(self.arrival_us, now_us) + calls * terms.call_us
        return True

    def within(self, seconds):
        """The most calls made in any window of that length."""
        span = round(seconds * MICROSECONDS)
        made = sorted(self.made)
        return max((sum(first <= at <= first + span for at in made) for first in made), default=0)

    def allowed(self, seconds):
        return self.ratio * (self.bucket.refill_per_second * seconds + self.bucket.burst)


kinds = st.sampled_from(list(Kind))
steps = st.lists(
    st.tuples(
        st.integers(0, 900_000),  # microseconds since the step before
        st.integers(0, 4),  # which of five holders asks
        st.integers(1, 6),  # how many calls at a time
        kinds,
        st.booleans(),  # whether the answer came
        st.integers(0, LEASE_US),  # how late the calls are made
    ),
    max_size=120,
)


@given(st.sampled_from(BUCKETS), st.sampled_from((0.1, 0.25, 0.5)), steps)
def test_no_window_holds_more_than_the_share_however_late_leases_are_used(bucket, ratio, schedule):
    share, now = Share(bucket, ratio), 0

    for passed, _, calls, kind, heard, late in schedule:
        now += passed
        if share.take(calls, now, kind) and heard:
            share.made += [now + late] * calls

    for seconds in (0.1, 1.0, 5.0, 20.0, 60.0):
        assert share.within(seconds) <= share.allowed(seconds)


@given(st.lists(st.integers(-2_500_000, 2_500_000), min_size=5, max_size=5), steps)
def test_clocks_five_seconds_apart_cost_what_refills_in_five_seconds(skews, schedule):
    share, now = Share(), 0

    for passed, holder, calls, kind, heard, late in schedule:
        now += passed
        if share.take(calls, now + skews[holder], kind) and heard:
            share.made += [now + late] * calls

    for seconds in (0.1, 1.0, 5.0, 20.0, 60.0):
        assert share.within(seconds) <= share.allowed(seconds + 5)


def test_a_lost_answer_costs_calls_and_never_makes_more():
    share = Share(REGISTRATIONS)

    taken = sum(share.take(1, 0, Kind.ROLLBACK) for _ in range(10))

    assert taken == 4  # five by the share, less what refills while one is under way
    assert not share.take(1, 900_000, Kind.ROLLBACK)
    assert share.take(1, 1_000_000, Kind.ROLLBACK)


@pytest.mark.parametrize("bucket", BUCKETS, ids=lambda bucket: bucket.name)
@pytest.mark.parametrize("ratio", [0.1, 0.25, 0.5])
def test_every_kind_of_work_gets_at_least_one_call_in_the_end(bucket, ratio):
    for kind in Kind:
        terms = terms_of(bucket, ratio, kind)

        assert short_us(0, terms.leased_max, 10**12, terms) <= 0


def test_what_is_less_urgent_leaves_room_for_what_is_more_urgent():
    share = Share(REGISTRATIONS)

    resizes = [share.take(1, 0, Kind.RESIZE) for _ in range(5)]
    raises = [share.take(1, 0, Kind.RAISE_MEMORY) for _ in range(5)]

    assert sum(resizes) == 2
    assert sum(raises) == 2
    assert share.take(1, 1_500_000, Kind.ROLLBACK)


def test_the_order_is_rollback_restart_shift_resize():
    order = (Kind.ROLLBACK, Kind.RESTART, Kind.SHIFT, Kind.RESIZE)

    reserves = [RESERVED[kind] for kind in order]

    assert reserves == sorted(reserves)
    assert len(set(reserves)) == len(order)
    assert set(RESERVED) == set(Kind)


def test_a_lease_grows_as_long_as_it_is_used_up():
    terms = terms_of(SERVICE_READ, 0.25, Kind.RESIZE)

    grown = [next_lease(leased, True, terms) for leased in (1, 2, 4, 5)]

    assert grown == [2, 4, 5, 5]
    assert next_lease(5, False, terms) == 1


def test_writes_are_taken_one_by_one():
    for bucket in BUCKETS:
        if bucket.writes:
            assert terms_of(bucket, 0.5, Kind.ROLLBACK).leased_max == 1


def test_a_lease_is_never_larger_than_the_share_over_its_holders():
    for bucket in BUCKETS:
        for kind in Kind:
            assert terms_of(bucket, 0.5, kind).leased_max <= max(1, 0.5 * bucket.burst / 5)


def test_a_time_that_only_a_wrong_clock_can_have_written_is_told():
    terms = terms_of(SERVICE_READ, 0.25, Kind.ROLLBACK)

    assert astray(3600 * MICROSECONDS, 0, terms)
    assert not astray(terms.full_us + 5 * MICROSECONDS, 0, terms)
