from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab_cli.dispatcher.refusal import Refusal
from trimtab_cli.dispatcher.schedules import parse_schedule


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(expression, start, number, timezone="UTC"):
    following, found = parse_schedule("S", expression, timezone), []
    instant = at(start)
    for _ in range(number):
        instant = following(instant)
        found.append(instant and instant.strftime("%Y-%m-%dT%H:%M"))
        if instant is None:
            break
    return found


@pytest.mark.parametrize(
    ("expression", "start", "expected"),
    [
        ("rate(1 minute)", "2026-03-02T00:00:30", ["2026-03-02T00:01", "2026-03-02T00:02"]),
        ("rate(5 minutes)", "2026-03-02T00:00", ["2026-03-02T00:05", "2026-03-02T00:10"]),
        ("rate(1 day)", "2026-03-02T07:00", ["2026-03-03T07:00"]),
        ("at(2026-03-05T06:00:00)", "2026-03-02T00:00", ["2026-03-05T06:00", None]),
        ("cron(0 4 * * ? *)", "2026-03-02T04:00", ["2026-03-03T04:00", "2026-03-04T04:00"]),
        ("cron(0/20 8-9 ? * MON-FRI *)", "2026-03-06T09:30", ["2026-03-06T09:40", "2026-03-09T08:00"]),
        ("cron(30 6 L * ? *)", "2026-01-31T06:30", ["2026-02-28T06:30", "2026-03-31T06:30"]),
        ("cron(0 9 ? * 2#1 *)", "2026-03-02T10:00", ["2026-04-06T09:00"]),
        ("cron(0 9 ? * FRIL *)", "2026-03-02T10:00", ["2026-03-27T09:00"]),
        ("cron(0 0 1 JAN,JUL ? 2026-2027)", "2026-03-02T00:00", ["2026-07-01T00:00", "2027-01-01T00:00"]),
        ("cron(0 0 30 2 ? *)", "2026-03-02T00:00", [None]),
    ],
)
def test_a_schedule_fires_when_its_expression_says(expression, start, expected):
    assert times(expression, start, len(expected)) == expected


def test_a_cron_in_a_time_zone_follows_its_wall_clock_through_summer_time():
    found = times("cron(0 4 * * ? *)", "2026-03-27T12:00", 3, "Europe/Berlin")

    assert found == ["2026-03-28T03:00", "2026-03-29T02:00", "2026-03-30T02:00"]


def test_an_hour_that_summer_time_leaves_out_is_skipped():
    found = times("cron(30 2 * * ? *)", "2026-03-28T12:00", 1, "Europe/Berlin")

    assert found == ["2026-03-30T00:30"]


def test_an_hour_that_comes_twice_in_autumn_fires_once():
    found = times("cron(30 2 * * ? *)", "2026-10-24T12:00", 2, "Europe/Berlin")

    assert found == ["2026-10-25T00:30", "2026-10-26T01:30"]


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(0 minutes)",
        "rate(10 seconds)",
        "cron(0 4 * * *)",
        "cron(0 4 * * * *)",
        "cron(0 4 ? * ? *)",
        "cron(60 4 * * ? *)",
        "cron(0 4 15W * ? *)",
        "cron(0 9-8 * * ? *)",
        "every minute",
    ],
)
def test_an_expression_that_is_not_valid_or_not_modelled_is_refused(expression):
    with pytest.raises(Refusal, match="S"):
        parse_schedule("S", expression)


@given(st.integers(0, 59), st.integers(0, 23), st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))
def test_a_daily_cron_fires_within_a_day_at_its_minute(minute, hour, start):
    start = start.replace(tzinfo=UTC)

    fired = parse_schedule("S", f"cron({minute} {hour} * * ? *)")(start)

    assert start < fired <= start + timedelta(days=1)
    assert (fired.hour, fired.minute) == (hour, minute)
