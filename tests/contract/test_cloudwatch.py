from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

DIMENSIONS = [{"Name": "Service", "Value": "orders"}]


@pytest.fixture
def cloudwatch(aws):
    return aws.client("cloudwatch")


@pytest.fixture
def hour(aws) -> datetime:
    """The last full hour before now, on the clock of whoever answers."""
    now = datetime(2026, 3, 2, tzinfo=UTC) if aws.name == "lab" else datetime.now(UTC)  # noqa: TID251
    return now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)


@pytest.fixture
def filled(cloudwatch, hour):
    """Values 1 to 12, one every five minutes of the hour."""
    cloudwatch.put_metric_data(
        Namespace="Mine",
        MetricData=[
            {
                "MetricName": "Depth", "Dimensions": DIMENSIONS, "Value": number + 1, "Unit": "Count",
                "Timestamp": hour + timedelta(minutes=5 * number),
            }
            for number in range(12)
        ],
    )  # fmt: skip
    return cloudwatch


def get(cloudwatch, hour: datetime, stat: str, period: int, **others) -> dict:
    metric = {"Namespace": "Mine", "MetricName": "Depth", "Dimensions": DIMENSIONS}
    query = {"Id": "depth", "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[query], StartTime=hour, EndTime=hour + timedelta(hours=1), **others
    )
    return answer["MetricDataResults"][0]


@pytest.mark.parametrize(
    ("stat", "expected"),
    [("Average", 6.5), ("Minimum", 1), ("Maximum", 12), ("Sum", 78), ("SampleCount", 12)],
)
def test_a_statistic_covers_its_period(filled, hour, stat, expected):
    assert get(filled, hour, stat, 3600)["Values"] == [expected]


def test_percentiles_come_from_the_points(aws, filled, hour):
    aws.skip_on("moto", "moto has no percentiles in GetMetricData")

    assert get(filled, hour, "p50", 3600)["Values"] == [6]
    assert get(filled, hour, "p99", 3600)["Values"] == [12]


def test_values_come_oldest_first_when_asked(filled, hour):
    result = get(filled, hour, "Sum", 1200, ScanBy="TimestampAscending")

    assert result["Values"] == [10, 26, 42]
    assert result["Timestamps"] == sorted(result["Timestamps"])


def test_values_come_newest_first_when_asked(filled, hour):
    assert get(filled, hour, "Sum", 1200, ScanBy="TimestampDescending")["Values"] == [42, 26, 10]


def test_no_data_is_an_empty_result(cloudwatch, hour):
    result = get(cloudwatch, hour, "Average", 300)

    assert (result["Values"], result["StatusCode"]) == ([], "Complete")


def test_other_dimensions_are_another_metric(aws, filled, hour):
    aws.skip_on("moto", "moto finds metrics whatever their dimensions when none are named")
    metric = {"Namespace": "Mine", "MetricName": "Depth"}
    query = {"Id": "depth", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}}

    answer = filled.get_metric_data(
        MetricDataQueries=[query], StartTime=hour, EndTime=hour + timedelta(hours=1)
    )

    assert answer["MetricDataResults"][0]["Values"] == []


def test_metric_statistics_give_the_same_numbers(filled, hour):
    answer = filled.get_metric_statistics(
        Namespace="Mine", MetricName="Depth", Dimensions=DIMENSIONS, StartTime=hour,
        EndTime=hour + timedelta(hours=1), Period=3600, Statistics=["Maximum", "SampleCount"],
    )  # fmt: skip

    (point,) = answer["Datapoints"]
    assert (point["Maximum"], point["SampleCount"], point["Unit"]) == (12, 12, "Count")


def test_a_start_after_the_end_is_refused(cloudwatch, hour):
    with pytest.raises(ClientError) as caught:
        cloudwatch.get_metric_data(MetricDataQueries=[], StartTime=hour, EndTime=hour - timedelta(hours=1))

    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_501_queries_are_refused(aws, cloudwatch, hour):
    aws.skip_on("moto", "moto takes any number of queries")
    stat = {"Metric": {"Namespace": "Mine", "MetricName": "Depth"}, "Period": 60, "Stat": "Sum"}
    queries = [{"Id": f"q{number}", "MetricStat": stat} for number in range(501)]

    with pytest.raises(ClientError) as caught:
        cloudwatch.get_metric_data(
            MetricDataQueries=queries, StartTime=hour, EndTime=hour + timedelta(hours=1)
        )

    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_an_alarm_shows_the_state_it_was_set_to(cloudwatch):
    cloudwatch.put_metric_alarm(
        AlarmName="errors", MetricName="Errors", Namespace="Mine", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")

    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["errors"])["MetricAlarms"]

    assert (alarm["StateValue"], alarm["Threshold"]) == ("ALARM", 1)
    assert cloudwatch.describe_alarms(StateValue="OK")["MetricAlarms"] == []


def test_metrics_are_listed_with_their_dimensions(filled):
    answer = filled.list_metrics(Namespace="Mine")

    (metric,) = answer["Metrics"]
    assert (metric["MetricName"], metric["Dimensions"]) == ("Depth", DIMENSIONS)


def test_metrics_are_listed_by_dimensions_they_have_whatever_others_they_have(cloudwatch, hour):
    sets = [
        {"Cluster": "shop", "Family": "nightly"},
        {"Cluster": "shop", "Family": "nightly", "Task": "7d3c"},
    ]
    sets += [{"Cluster": "spare", "Family": "nightly"}, {"Cluster": "shop", "Service": "orders"}]
    named = [[{"Name": name, "Value": value} for name, value in one.items()] for one in sets]
    cloudwatch.put_metric_data(
        Namespace="Mine",
        MetricData=[
            {"MetricName": "Used", "Dimensions": dimensions, "Value": 1, "Timestamp": hour}
            for dimensions in named
        ],
    )

    def listed(*dimensions):
        found = cloudwatch.list_metrics(Namespace="Mine", MetricName="Used", Dimensions=list(dimensions))
        sets_found = [{d["Name"]: d["Value"] for d in one["Dimensions"]} for one in found["Metrics"]]
        return sorted(sets_found, key=sets.index)

    assert listed({"Name": "Family"}) == sets[:3]
    assert listed({"Name": "Cluster", "Value": "shop"}, {"Name": "Service", "Value": "orders"}) == sets[3:]


def test_alarms_are_found_by_name_whatever_types_are_asked_for(cloudwatch):
    for name in ("errors", "latency"):
        cloudwatch.put_metric_alarm(
            AlarmName=name, MetricName="Depth", Namespace="Mine", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a test")

    answer = cloudwatch.describe_alarms(
        AlarmNames=["errors", "gone"], AlarmTypes=["MetricAlarm", "CompositeAlarm", "LogAlarm"]
    )

    assert [(one["AlarmName"], one["StateValue"]) for one in answer["MetricAlarms"]] == [("errors", "ALARM")]
    assert answer["CompositeAlarms"] == []
