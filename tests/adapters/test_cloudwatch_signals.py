"""Amazon CloudWatch, what tells how users fare. moto knows no log alarms and no paging: those are stubbed."""

from datetime import timedelta
from math import isnan

import pytest

from tests.samples import NOW
from trimtab.adapters.cloudwatch_signals import CloudWatchSignals
from trimtab.model.signals import Alarm, Traffic


@pytest.fixture
def asked(stubbed):
    client, stubber = stubbed("cloudwatch")
    return CloudWatchSignals(client), stubber


def test_alarms_are_found_by_name_and_one_that_is_not_there_has_no_state(aws):
    client = aws("cloudwatch")
    client.put_metric_alarm(
        AlarmName="errors", MetricName="Errors", Namespace="Shop", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    client.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a test")

    errors, gone = CloudWatchSignals(client).alarms(["errors", "gone"])

    assert (errors.name, errors.state) == ("errors", "ALARM")
    assert errors.since is not None
    assert gone == Alarm("gone", "")


def test_alarms_of_every_type_are_asked_for_and_since_is_when_they_came_there(asked):
    signals, stubber = asked
    later = {"StateUpdatedTimestamp": NOW.replace(hour=9)}
    answer = {
        "MetricAlarms": [{"AlarmName": "m", "StateValue": "OK", "StateUpdatedTimestamp": NOW}],
        "CompositeAlarms": [
            {"AlarmName": "c", "StateValue": "ALARM", "StateTransitionedTimestamp": NOW, **later}
        ],
        "LogAlarms": [{"AlarmName": "l", "StateValue": "INSUFFICIENT_DATA"}],
    }
    types = ["MetricAlarm", "CompositeAlarm", "LogAlarm"]
    stubber.add_response("describe_alarms", answer, {"AlarmNames": ["l", "m", "c"], "AlarmTypes": types})

    found = signals.alarms(["l", "m", "c"])

    assert found == (Alarm("l", "INSUFFICIENT_DATA"), Alarm("m", "OK", NOW), Alarm("c", "ALARM", NOW))


def test_every_page_and_every_hundred_names_are_read(asked):
    signals, stubber = asked
    names = [f"a{n}" for n in range(150)]
    row = {"StateValue": "OK", "StateUpdatedTimestamp": NOW}
    for some in (names[:50], names[50:100]):
        token = {"NextToken": "more"} if some[0] == "a0" else {}
        stubber.add_response(
            "describe_alarms", {"MetricAlarms": [{"AlarmName": n, **row} for n in some], **token}
        )
    stubber.add_response("describe_alarms", {"MetricAlarms": [{"AlarmName": n, **row} for n in names[100:]]})

    assert [alarm.state for alarm in signals.alarms(names)] == ["OK"] * 150


def test_no_names_are_no_question(asked):
    assert asked[0].alarms([]) == ()


GROUPS = [f"arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/{name}/1" for name in "bg"]
DAY = timedelta(days=1)
WINDOWS = ((NOW - DAY, NOW - DAY / 2), (NOW, NOW + DAY / 2))


def listed(stubber, group, *balancers):
    metrics = [
        {
            "Namespace": space,
            "MetricName": "HealthyHostCount",
            "Dimensions": [
                {"Name": key, "Value": value}
                for key, value in {"TargetGroup": group, "LoadBalancer": balancer, **more}.items()
            ],
        }
        for space, balancer, more in balancers
    ]
    asked = {"MetricName": "HealthyHostCount", "Dimensions": [{"Name": "TargetGroup", "Value": group}]}
    stubber.add_response("list_metrics", {"Metrics": metrics}, asked)


def application(name="app/shop/9", **more):
    return ("AWS/ApplicationELB", name, more)


def counted(**sums):
    """Answer with points of (instant, value) by query."""
    results = [
        {"Id": name, "Timestamps": [at for at, _ in points], "Values": [value for _, value in points]}
        for name, points in sums.items()
    ]
    return {"MetricDataResults": results}


def test_requests_of_both_colours_are_added_up_in_their_windows(asked):
    signals, stubber = asked
    listed(stubber, "targetgroup/b/1", application(), application(AvailabilityZone="eu-west-1a"))
    listed(stubber, "targetgroup/g/1", application())
    before, between, since, end = NOW - DAY, NOW - DAY / 2, NOW, NOW + DAY / 2
    answer = counted(
        requests0=[(before, 100), (between, 7), (since, 10), (end, 7)],
        errors0=[(since, 1)],
        seconds0=[(before, 20.0)],
        requests1=[(since, 90)],
        errors1=[],
        seconds1=[(since, 9.0)],
    )
    stubber.add_response("get_metric_data", answer)

    assert signals.traffic(GROUPS, WINDOWS) == (Traffic(100, 0, 20.0), Traffic(100, 1, 9.0))


def test_a_point_that_is_told_twice_counts_once(asked):
    signals, stubber = asked
    listed(stubber, "targetgroup/b/1", application())
    points = [(NOW, 90), (NOW, 90), (NOW + timedelta(minutes=5), 20)]
    stubber.add_response("get_metric_data", counted(requests0=points, errors0=[], seconds0=[]))

    assert signals.traffic(GROUPS[:1], WINDOWS) == (Traffic(), Traffic(110))


def test_what_is_not_told_whole_is_unknown_and_not_less(asked):
    signals, stubber = asked
    listed(stubber, "targetgroup/b/1", application())
    answer = counted(requests0=[(NOW, 90)], errors0=[(NOW, 3)], seconds0=[])
    answer["MetricDataResults"][1]["StatusCode"] = "PartialData"
    stubber.add_response("get_metric_data", answer)

    _, since = signals.traffic(GROUPS[:1], WINDOWS)

    assert (since.requests, isnan(since.errors)) == (90, True)


def test_requests_are_asked_of_the_target_group_at_its_load_balancer_in_one_question(asked):
    signals, stubber = asked
    listed(stubber, "targetgroup/b/1", application())
    requests = []
    signals._client.meta.events.register(
        "provide-client-params.cloudwatch.GetMetricData", lambda params, **_: requests.append(params)
    )
    stubber.add_response("get_metric_data", counted(requests0=[], errors0=[], seconds0=[]))

    signals.traffic(GROUPS[:1], WINDOWS)

    (asked_for,) = requests
    assert (asked_for["StartTime"], asked_for["EndTime"]) == (NOW - DAY, NOW + DAY / 2)
    stats = [query["MetricStat"] for query in asked_for["MetricDataQueries"]]
    names = {one["Metric"]["MetricName"] for one in stats}
    assert names == {"RequestCount", "HTTPCode_Target_5XX_Count", "TargetResponseTime"}
    dimensions = {(d["Name"], d["Value"]) for one in stats for d in one["Metric"]["Dimensions"]}
    assert dimensions == {("TargetGroup", "targetgroup/b/1"), ("LoadBalancer", "app/shop/9")}
    assert {(one["Metric"]["Namespace"], one["Stat"]) for one in stats} == {("AWS/ApplicationELB", "Sum")}


def test_a_network_load_balancer_counts_no_requests(asked):
    signals, stubber = asked
    listed(stubber, "targetgroup/b/1", ("AWS/NetworkELB", "net/shop/9", {}))

    assert signals.traffic(GROUPS[:1], WINDOWS) is None
    assert signals.traffic(GROUPS[:1], WINDOWS) is None  # and is not asked about again


def test_a_target_group_that_cloudwatch_does_not_know_is_without_requests_and_asked_about_again(asked):
    signals, stubber = asked
    listed(stubber, "targetgroup/b/1")
    listed(stubber, "targetgroup/b/1")

    assert signals.traffic(GROUPS[:1], WINDOWS) == (Traffic(), Traffic())
    assert signals.traffic(GROUPS[:1], WINDOWS) == (Traffic(), Traffic())
