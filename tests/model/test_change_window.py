"""When a change window is open: once each of its days, whatever the clocks of its place do."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.model.change_window import ChangeWindow, Freeze, last_chance, next_opening

EVERY_DAY = frozenset(range(7))
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
    "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo", "Pacific/Chatham",
)  # fmt: skip


def window(opens, closes, zone="Europe/Berlin", days=EVERY_DAY):
    return ChangeWindow(
        frozenset(days), time.fromisoformat(opens), time.fromisoformat(closes), ZoneInfo(zone)
    )


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def is_open(one, text):
    return next_opening([one], at(text)) is None


def test_without_windows_any_time_is_good():
    assert next_opening([], at("2026-03-02T04:00Z")) is None


def test_a_window_opens_and_closes_by_the_clocks_of_its_place():
    morning = window("09:00", "11:30")

    assert next_opening([morning], at("2026-03-02T07:59Z")) == at("2026-03-02T08:00Z")
    assert is_open(morning, "2026-03-02T09:00+01:00")
    assert is_open(morning, "2026-03-02T11:29:59+01:00")
    assert next_opening([morning], at("2026-03-02T11:30+01:00")) == at("2026-03-03T09:00+01:00")
    assert next_opening([morning], at("2026-03-28T12:00+01:00")) == at("2026-03-29T09:00+02:00")


def test_a_window_opens_on_its_days_only():
    tuesdays = window("09:00", "11:00", days={1})

    assert next_opening([tuesdays], at("2026-03-03T12:00+01:00")) == at("2026-03-10T09:00+01:00")


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens():
    friday_night = window("22:00", "02:00", days={4})

    assert is_open(friday_night, "2026-03-07T01:59+01:00")
    assert not is_open(friday_night, "2026-03-07T02:00+01:00")
    assert not is_open(friday_night, "2026-03-06T01:00+01:00")


def test_a_window_from_an_hour_to_the_same_hour_is_a_whole_day():
    sunday = window("00:00", "00:00", days={6})

    assert is_open(sunday, "2026-03-08T00:00+01:00")
    assert is_open(sunday, "2026-03-08T23:59+01:00")
    assert not is_open(sunday, "2026-03-09T00:00+01:00")


def test_of_several_windows_the_first_one_to_open_counts():
    both = [window("20:00", "21:00"), window("12:00", "13:00", "UTC")]

    assert next_opening(both, at("2026-03-02T09:00Z")) == at("2026-03-02T12:00Z")
    assert next_opening(both, at("2026-03-02T12:30Z")) is None


def test_an_hour_that_comes_twice_opens_the_window_the_first_time_only():
    twice = window("02:15", "02:45")

    assert is_open(twice, "2026-10-25T02:30+02:00")
    assert not is_open(twice, "2026-10-25T02:30+01:00")


def test_a_window_in_the_hour_that_is_skipped_opens_in_the_next_one():
    skipped = window("02:15", "02:45")

    assert next_opening([skipped], at("2026-03-29T00:00+01:00")) == at("2026-03-29T03:15+02:00")


def test_a_window_that_the_clocks_swallow_opens_on_its_next_day():
    swallowed = window("02:30", "03:15", days={6})

    assert next_opening([swallowed], at("2026-03-28T12:00+01:00")) == at("2026-04-05T02:30+02:00")


times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
windows = st.builds(
    ChangeWindow,
    st.frozensets(st.integers(0, 6), min_size=1),
    times,
    times,
    st.sampled_from([ZoneInfo(name) for name in ZONES]),
)
instants = st.datetimes(datetime(2005, 1, 1), datetime(2037, 12, 1), timezones=st.just(UTC))


@given(st.lists(windows, min_size=1, max_size=3), instants)
def test_at_any_instant_a_window_is_open_or_opens_within_three_weeks_and_is_open_then(some, now):
    opens = next_opening(some, now)

    if opens is not None:
        assert now < opens < now + timedelta(days=15)
        assert next_opening(some, opens) is None
        assert next_opening(some, opens - timedelta(seconds=1)) is not None


@given(windows, st.dates(date(2005, 1, 1), date(2037, 12, 1)))
def test_no_window_opens_twice_on_a_day_or_before_the_one_of_yesterday_closed(one, first):
    spans = [one.on(first + timedelta(days=ahead)) for ahead in range(9)]
    # Samoa skipped a whole day: both of its days are then one.
    opened = sorted({(opens, closes) for opens, closes in spans if opens < closes})

    assert all(closes <= later for (_, closes), (later, _) in pairwise(opened))
    assert all(closes - opens <= timedelta(hours=49) for opens, closes in opened)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "hours", [("01:30", "02:30"), ("02:30", "01:30"), ("23:30", "00:30"), ("00:00", "03:00")]
)
def test_over_ten_years_a_window_opens_at_most_once_a_day(zone, hours):
    one, now, openings = window(*hours, zone), at("2010-01-01T00:00Z"), []
    while now.year < 2020:
        opens = next_opening([one], now)
        if opens is not None:
            openings.append(opens)
        now = max(now, opens or now) + timedelta(hours=11)

    days = [opens.astimezone(ZoneInfo(zone)).date() for opens in openings]
    assert len(set(openings)) <= len(set(days))
    assert openings == sorted(openings)


def test_a_freeze_holds_from_its_beginning_until_its_end_for_what_it_names():
    freeze = Freeze(at("2026-12-20T00:00Z"), at("2027-01-04T00:00Z"), "holidays", "prod", "pay*")

    assert [freeze.holds_at(at(f"{day}T00:00Z")) for day in ("2026-12-20", "2027-01-03", "2027-01-04")] == [
        True, True, False,
    ]  # fmt: skip
    assert freeze.matches("prod", "payments")
    assert not freeze.matches("prod", "orders")
    assert not freeze.matches("test", "payments")


def test_the_last_chance_before_an_instant_is_when_a_window_opens_the_last_time():
    nightly = ChangeWindow(frozenset(range(7)), time(22), time(4), ZoneInfo("UTC"))
    monday = datetime(2026, 3, 2, 12, tzinfo=UTC)

    assert last_chance([nightly], monday, monday + timedelta(days=2)) == monday.replace(day=3, hour=22)
    assert last_chance([nightly], monday, monday + timedelta(hours=12)) == monday + timedelta(hours=12)
    assert last_chance([nightly], monday, monday + timedelta(hours=4)) is None
    assert last_chance([], monday, monday + timedelta(days=2)) is None


def test_where_a_window_is_open_now_and_none_opens_before_the_last_chance_is_now():
    night = ChangeWindow(frozenset(range(7)), time(22), time(4), ZoneInfo("UTC"))
    at_three = datetime(2026, 3, 2, 3, tzinfo=UTC)

    assert last_chance([night], at_three, at_three + timedelta(hours=5)) == at_three
