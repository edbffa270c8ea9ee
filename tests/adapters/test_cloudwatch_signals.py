"""Amazon CloudWatch, what tells how users fare. moto knows no log alarms and no paging: those are stubbed."""

import pytest

from tests.samples import NOW
from trimtab.adapters.cloudwatch_signals import CloudWatchSignals
from trimtab.model.signals import Alarm


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
