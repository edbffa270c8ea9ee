from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from tests.lab.measured import Flat, Measured
from trimtab_lab.api_error import NotModelled

DAY = 86_400


@pytest.fixture
def measured(account, client) -> Measured:
    return Measured(account, client)


@pytest.fixture
def a_month(measured) -> Measured:
    """A service with thirty days behind it."""
    measured.start(Flat(cpu_units=64), cpu=256, memory=512)
    measured.account.clock.run_for(30 * DAY)
    return measured


def get(measured: Measured, queries: list, days: float = 14, **others) -> dict:
    now = measured.account.clock.today()
    return measured.cloudwatch.get_metric_data(
        MetricDataQueries=queries, StartTime=now - timedelta(days=days), EndTime=now, **others
    )


def test_a_call_gives_100_800_points_and_a_token_for_the_rest(a_month):
    queries = [a_month.query("CPUUtilization", "Average", 300, f"q{number}") for number in range(30)]

    first = get(a_month, queries)
    second = get(a_month, queries, NextToken=first["NextToken"])

    counts = [sum(len(r["Values"]) for r in page["MetricDataResults"]) for page in (first, second)]
    assert counts == [100_800, 30 * 4_032 - 100_800]
    assert first["MetricDataResults"][0]["StatusCode"] == "Complete"
    assert "NextToken" not in second


def test_a_result_that_is_cut_off_says_so_and_goes_on(a_month):
    query = [a_month.query("CPUUtilization", "Average", 3600)]

    first = get(a_month, query, days=1, MaxDatapoints=10)
    second = get(a_month, query, days=1, MaxDatapoints=100, NextToken=first["NextToken"])

    (one,), (rest,) = first["MetricDataResults"], second["MetricDataResults"]
    assert (one["StatusCode"], len(one["Values"])) == ("PartialData", 10)
    assert (rest["StatusCode"], len(rest["Values"])) == ("Complete", 14)
    assert min(one["Timestamps"]) - max(rest["Timestamps"]) == timedelta(hours=1)


def test_a_token_that_was_never_given_is_refused(a_month):
    with pytest.raises(ClientError, match="InvalidNextToken"):
        get(a_month, [a_month.query("CPUUtilization", "Average")], NextToken="x")


def test_minutes_are_kept_for_15_days_and_longer_periods_longer(a_month):
    minutes = get(a_month, [a_month.query("CPUUtilization", "Average", 60)], days=20)["MetricDataResults"]
    fives = get(a_month, [a_month.query("CPUUtilization", "Average", 300)], days=20)["MetricDataResults"]

    assert len(minutes[0]["Values"]) == 15 * 1440
    assert len(fives[0]["Values"]) == 20 * 288


def test_a_period_may_cover_the_whole_time(a_month):
    result = get(a_month, [a_month.query("CPUUtilization", "p95", 14 * DAY)])["MetricDataResults"][0]

    assert result["Values"] == [25.0]


def test_periods_count_from_the_start_rounded_to_the_minute(a_month):
    now = a_month.account.clock.today()
    start = now - timedelta(hours=3, minutes=7, seconds=30)

    answer = a_month.cloudwatch.get_metric_data(
        MetricDataQueries=[a_month.query("CPUUtilization", "Average", 3600)], StartTime=start, EndTime=now
    )

    times = answer["MetricDataResults"][0]["Timestamps"]
    assert min(times) == start.replace(second=0)
    assert len(times) == 4


@pytest.mark.parametrize("period", [90, 3601])
def test_a_period_that_is_no_multiple_of_a_minute_is_refused(a_month, period):
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        get(a_month, [a_month.query("CPUUtilization", "Average", period)])


def test_an_identity_twice_is_refused(a_month):
    with pytest.raises(ClientError, match="ValidationError"):
        get(a_month, [a_month.query("CPUUtilization", "Average")] * 2)


@pytest.mark.parametrize(
    "query",
    [
        {"Id": "m", "Expression": "SUM(METRICS())"},
        {"Id": "s", "Expression": 'SELECT AVG(CPUUtilization) FROM SCHEMA("AWS/ECS")', "Period": 60},
    ],
)
def test_metric_math_is_refused_loudly(a_month, query):
    with pytest.raises(NotModelled, match="math"):
        get(a_month, [query])


def test_an_unknown_statistic_is_refused_loudly(a_month):
    with pytest.raises(NotModelled, match="tm99"):
        get(a_month, [a_month.query("CPUUtilization", "tm99")])


def test_metric_statistics_refuse_more_than_1440_points(a_month):
    now = a_month.account.clock.today()

    with pytest.raises(ClientError, match="exceeds the limit of 1440"):
        a_month.cloudwatch.get_metric_statistics(
            Namespace="AWS/ECS", MetricName="CPUUtilization", StartTime=now - timedelta(days=14), EndTime=now,
            Period=300, Statistics=["Average"],
        )  # fmt: skip


def test_metric_statistics_come_in_no_order(a_month):
    now = a_month.account.clock.today()
    answer = a_month.cloudwatch.get_metric_statistics(
        Namespace="AWS/ECS", MetricName="CPUUtilization", StartTime=now - timedelta(days=2), EndTime=now,
        Period=3600, Statistics=["Average"],
        Dimensions=a_month.query("x", "x")["MetricStat"]["Metric"]["Dimensions"],
    )  # fmt: skip

    times = [point["Timestamp"] for point in answer["Datapoints"]]
    assert len(times) == 48
    assert times != sorted(times)


@pytest.mark.parametrize("days", [-15, 0.1])
def test_points_too_old_or_too_early_are_refused(measured, days):
    at = measured.account.clock.today() + timedelta(days=days)

    with pytest.raises(ClientError, match="InvalidParameterValue"):
        measured.cloudwatch.put_metric_data(
            Namespace="Mine", MetricData=[{"MetricName": "a", "Value": 1, "Timestamp": at}]
        )


def test_statistic_sets_have_no_percentiles(measured):
    now = measured.account.clock.today()
    values = {"SampleCount": 10, "Sum": 55, "Minimum": 1, "Maximum": 10}
    measured.cloudwatch.put_metric_data(
        Namespace="Mine", MetricData=[{"MetricName": "a", "StatisticValues": values, "Timestamp": now}]
    )
    measured.account.clock.run_for(120)

    def ask(stat):
        metric = {"Namespace": "Mine", "MetricName": "a"}
        query = {"Id": "q", "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}
        return get(measured, [query], days=1)["MetricDataResults"][0]["Values"]

    assert (ask("Average"), ask("p50")) == ([5.5], [])


def test_an_alarm_that_changes_tells_the_event_bus(account):
    told = []
    account.bus.listen(told.append)

    account.cloudwatch.alarms.set_state("errors", "ALARM")
    account.cloudwatch.alarms.set_state("errors", "ALARM")

    (event,) = told
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["detail"]["state"]["value"] == "ALARM"
