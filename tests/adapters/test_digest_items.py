"""Digests as text: small, exact enough, and read again where they cannot be read."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.adapters.digest_items import read_history, write_history
from trimtab.adapters.dynamodb_items import from_dynamodb, to_dynamodb
from trimtab.model.digest import DIGESTS_KEPT, DayDigest, SizingHistory

DAY = date(2026, 3, 10)
BYTES_MAX = 3072

amounts = st.floats(0, 1e6, allow_subnormal=False)
digests = st.builds(
    DayDigest,
    st.dates(date(2020, 1, 1), date(2090, 1, 1)),
    st.integers(0, 288),
    st.tuples(*[amounts] * 8),
    st.tuples(*[st.integers(0, 288)] * 8),
    st.none() | st.floats(1, 1e6),
    st.none() | st.floats(1, 1e6),
    st.booleans(),
)


def history(days=DIGESTS_KEPT, **said):
    kept = tuple(
        DayDigest(
            DAY + timedelta(days=n),
            288,
            (71.123456, 3.2, 0.1, 0, 0, 0, 0, 0),
            (288, 20, 1, 0, 0, 0, 0, 0),
            1234.5678,
        )
        for n in range(days)
    )
    return SizingHistory(kept, **said)


def stored(one):
    return from_dynamodb(json.loads(json.dumps(to_dynamodb(write_history(one)))))


@given(digests)
def test_what_is_read_is_what_was_written_but_for_the_last_digits(digest):
    (read,) = read_history(stored(SizingHistory((digest,)))).digests

    assert (read.day, read.samples, read.deployed) == (digest.day, digest.samples, digest.deployed)
    for peak in ("memory_peak_mib", "start_peak_mib"):
        written = getattr(digest, peak)
        assert getattr(read, peak) == (written and pytest.approx(written, rel=1e-5))
    assert read.short_periods == digest.short_periods
    assert read.shed_vcpu == pytest.approx(digest.shed_vcpu, rel=1e-3)


def test_the_days_beside_the_digests_are_kept():
    one = SizingHistory((), DAY, 0.81, DAY + timedelta(days=1))

    assert read_history(stored(one)) == one
    assert read_history(stored(SizingHistory())) == SizingHistory()


def test_six_weeks_of_a_service_are_less_than_three_kilobytes():
    busy = DayDigest(
        DAY,
        288,
        (1071.4, 815.44, 501.01, 13.1, 0, 0, 0, 0),
        (288, 288, 288, 9, 0, 0, 0, 0),
        123456.7,
        123456.7,
        True,
    )
    full = SizingHistory((busy,) * DIGESTS_KEPT, DAY, 0.81, DAY)

    for one in (full, history()):
        written = write_history(one)
        assert sum(len(line) + 1 for line in written["days"]) < BYTES_MAX - 200  # the key and the rest


@pytest.mark.parametrize(
    "spoil",
    [
        lambda item: item.pop("days"),
        lambda item: item.update(days=["20260310 288 - nan - 1/1"]),
        lambda item: item.update(days=["20260310 288 - -3 - 1/1"]),
        lambda item: item.update(days=["20260310 288 - 400 - inf/0"]),
        lambda item: item.update(days=["20260310 -1 - 400 -"]),
        lambda item: item.update(days=["20260310 288"]),
        lambda item: item.update(days=["20261310 288 - 400 -"]),
        lambda item: item.update(days=["20260310 288 - 400 - 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1"]),
        lambda item: item.update(days=None),
        lambda item: item.update(warn_ratio="high"),
        lambda item: item.update(last_move="yesterday"),
        lambda item: item.update(waits_since=7),
    ],
)
def test_a_history_that_cannot_be_read_is_begun_anew(spoil):
    item = write_history(history(3))
    spoil(item)

    assert read_history(item) == SizingHistory()
