"""Network interfaces, parameters, notices, logs and the clock."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aws_lambda_powertools import Metrics

from tests.samples import NOW, ORDERS, a_change
from trimtab.adapters import clock
from trimtab.adapters.ec2 import Ec2NetworkInterfaces
from trimtab.adapters.notices import AwsNotices, chat_message, event_detail
from trimtab.adapters.ssm import SsmParameters, SsmReader
from trimtab.adapters.telemetry import PowertoolsTelemetry
from trimtab.model.change import MonthlyUsd, State, Turn
from trimtab.model.errors import NoticeError, RejectedError, ThrottledError


def test_a_network_interface_tells_its_groups_and_its_public_address(aws):
    ec2 = aws("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=subnet["VpcId"])["GroupId"]
    made = ec2.create_network_interface(SubnetId=subnet["SubnetId"], Groups=[group])
    interface = made["NetworkInterface"]["NetworkInterfaceId"]
    interfaces = Ec2NetworkInterfaces(ec2)
    assert interfaces.describe(interface) == ((group,), False)

    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)

    assert interfaces.describe(interface) == ((group,), True)


def test_a_network_interface_that_is_gone_is_none(aws):
    assert Ec2NetworkInterfaces(aws("ec2")).describe("eni-0123456789abcdef0") is None


def test_trouble_with_ec2_is_not_taken_for_a_missing_interface(stubbed):
    client, stubber = stubbed("ec2")
    stubber.add_client_error("describe_network_interfaces", "RequestLimitExceeded")

    with pytest.raises(Exception, match="RequestLimitExceeded"):
        Ec2NetworkInterfaces(client).describe("eni-1")


def test_a_parameter_is_written_over_an_earlier_value(aws):
    ssm = aws("ssm")
    parameters = SsmParameters(ssm)

    parameters.put("/trimtab/shop/orders/cpu", "512")
    parameters.put("/trimtab/shop/orders/cpu", "1024")

    there = ssm.get_parameter(Name="/trimtab/shop/orders/cpu")["Parameter"]
    assert (there["Value"], there["Type"]) == ("1024", "String")


def test_a_parameter_is_read_and_one_that_is_not_there_is_none(aws):
    ssm = aws("ssm")
    SsmParameters(ssm).put("/trimtab/shop/orders/size", "{}")

    assert SsmReader(ssm).get("/trimtab/shop/orders/size") == "{}"
    assert SsmReader(ssm).get("/trimtab/shop/other/size") is None


OWNERS = "arn:aws:sns:eu-west-1:123456789012:team-orders"


@pytest.fixture
def told(aws, stubbed):
    """Notices into a topic and a bus, and what came out of both (moto matches events only with extras)."""
    sns, sqs = aws("sns"), aws("sqs")
    url = sqs.create_queue(QueueName="people")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic, owners = (sns.create_topic(Name=name)["TopicArn"] for name in ("trimtab", "team-orders"))
    for one in (topic, owners):
        sns.subscribe(TopicArn=one, Protocol="sqs", Endpoint=queue)
    assert owners == OWNERS
    events, stubber = stubbed("events")
    entries = []
    events.meta.events.register(
        "provide-client-params.events.PutEvents", lambda params, **_: entries.extend(params["Entries"])
    )
    stubber.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]})

    def read():
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in messages], entries

    return AwsNotices(sns, events, topic), read


def test_people_and_programs_are_told_once_each(told):
    notices, read = told

    notices.publish(a_change(state=State.DEPLOYING))

    (people,), (programs,) = read()
    message = json.loads(people["Message"])
    assert people["Subject"] == "resize shop/orders: deploying"
    assert (message["source"], message["metadata"]["threadId"]) == ("custom", "resize1")
    assert (programs["DetailType"], programs["Resources"]) == ("Trimtab Change State Change", [ORDERS])
    assert json.loads(programs["Detail"])["state"] == "deploying"


def test_a_subject_is_never_longer_than_sns_takes(told):
    notices, read = told

    notices.publish(a_change(name="o" * 255))

    assert len(read()[0][0]["Subject"]) == 100


def test_an_owner_with_a_topic_is_told_besides_everybody(told):
    notices, read = told

    notices.publish(a_change(evidence={"alerts_topic": OWNERS}))

    assert [message["Subject"] for message in read()[0]] == ["resize shop/orders: planned"] * 2


def test_an_owners_topic_that_is_not_there_is_complained_of_and_keeps_nobody_else_from_being_told(told):
    notices, read = told
    lost, complaints = OWNERS + "-lost", []
    notices.tell = complaints.append

    notices.publish(a_change(evidence={"alerts_topic": lost}))

    assert len(read()[0]) == 1
    (complaint,) = complaints
    assert complaint.startswith(f"cannot tell {lost} of Change resize1: ")


def test_an_event_that_was_not_taken_is_an_error_and_people_are_told_with_the_repeat(stubbed):
    # moto takes every event.
    (sns, _), (events, stubber) = stubbed("sns"), stubbed("events")
    answer = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
    stubber.add_response("put_events", answer)

    with pytest.raises(NoticeError, match="InternalFailure"):
        AwsNotices(sns, events, "arn:aws:sns:eu-west-1:111122223333:t").publish(a_change())


def test_a_message_says_what_and_why_and_what_it_costs():
    change = a_change(outcome_sentence="ECS: tasks failed.", monthly_usd=MonthlyUsd(120.0, 60.5, "list"))

    description = chat_message(change, "title")["content"]["description"]

    assert description.split("\n") == [
        "It is larger than it needs.",
        "ECS: tasks failed.",
        "$120.00 -> $60.50 a month (list)",
    ]


def test_an_event_is_flat_and_can_be_written_as_json_with_and_without_a_price():
    priced = replace(a_change(), monthly_usd=MonthlyUsd(2.0, 1.0, "list"))

    assert event_detail(a_change())["monthlyUsdBefore"] is None
    assert event_detail(priced)["monthlyUsdAfter"] == 1.0
    assert all(not isinstance(v, dict | list) for v in json.loads(json.dumps(event_detail(priced))).values())


def test_a_proposal_that_waits_for_a_person_says_until_when():
    waiting = a_change(state=State.PROPOSED, turn=Turn.PERSON)

    assert event_detail(waiting)["waitsUntil"] == "2026-03-03T04:05:06Z"
    told = chat_message(waiting, "t")["content"]["description"]
    assert "It waits for a person until 2026-03-03T04:05:06Z: trimtab approve resize1" in told
    for other in (a_change(), a_change(state=State.PROPOSED, turn=Turn.SETTLE)):
        assert event_detail(other)["waitsUntil"] is None
        assert "waits for a person" not in chat_message(other, "t")["content"]["description"]


def test_a_log_line_is_flat_and_keeps_the_logs_own_fields(caplog):
    PowertoolsTelemetry("trimtab").note(
        "change applied", ecs_service="orders", service="orders", name="n", level="x"
    )

    (record,) = caplog.records
    (formatter,) = {handler.formatter for handler in logging.getLogger("trimtab").handlers}
    line = json.loads(formatter.format(record))
    assert (line["service"], line["message"], line["level"]) == ("trimtab", "change applied", "INFO")
    assert (line["ecs_service"], line["service_"], line["name_"]) == ("orders", "orders", "n")


def test_a_metric_is_of_its_stack_and_flushed_by_the_handlers_decorator(capsys):
    metrics = Metrics(service="trimtab", namespace="Trimtab")

    @metrics.log_metrics
    def handler(event, context):
        PowertoolsTelemetry("trimtab").count("ChangesApplied")
        PowertoolsTelemetry("trimtab").count("ChangesApplied", 2)

    handler({}, None)

    told = json.loads(capsys.readouterr().out)
    assert told["ChangesApplied"] == [1.0, 2.0]
    assert told["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Trimtab"
    assert told["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["stack", "service"]]
    assert (told["service"], told["stack"]) == ("trimtab", "trimtab")


def test_the_clock_is_the_machines_until_a_simulation_lends_its_own():
    before = datetime.now(UTC)  # noqa: TID251 - compared with what the clock says
    assert timedelta(0) <= clock.SystemClock().now() - before < timedelta(minutes=1)

    clock.use(lambda: NOW)
    try:
        assert clock.SystemClock().now() == NOW
    finally:
        clock.use(None)

    assert clock.SystemClock().now() != NOW


@pytest.mark.parametrize(
    ("code", "error", "told"),
    [
        ("AccessDeniedException", RejectedError, "MayHandOver=yes"),
        ("ParameterLimitExceeded", RejectedError, "ParameterLimitExceeded"),
        ("ThrottlingException", ThrottledError, "ThrottlingException"),
        ("TooManyUpdates", ThrottledError, "TooManyUpdates"),
    ],
)
def test_a_parameter_that_was_not_written_says_whether_to_try_again(stubbed, code, error, told):
    client, stubber = stubbed("ssm")
    stubber.add_client_error("put_parameter", code, "no", http_status_code=400)

    with pytest.raises(error, match=told):
        SsmParameters(client).put("/trimtab/shop/orders/cpu", "512")
