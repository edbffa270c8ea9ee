"""What EventBridge rules and schedules run on ECS, and which of them failed."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.samples import CLUSTER, NOW
from trimtab.adapters.cloudwatch_schedules import CloudWatchScheduleMetrics
from trimtab.adapters.eventbridge import RUN_TASK, EventBridgeSchedules
from trimtab.model.launch import FailedRuns, LaunchRequest

NIGHTLY = "arn:aws:ecs:eu-west-1:111122223333:task-definition/nightly"
ROLE = "arn:aws:iam::111122223333:role/run-jobs"
NETWORK = {"awsvpcConfiguration": {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroups": ["sg-1"]}}
EXPECTED = LaunchRequest(
    launch_type="FARGATE", subnets=("subnet-1", "subnet-2"), security_groups=("sg-1",), tags={"team": "data"}
)
OF_ECS = {
    "TaskDefinitionArn": NIGHTLY,
    "LaunchType": "FARGATE",
    "NetworkConfiguration": NETWORK,
    "Tags": [{"Key": "team", "Value": "data"}],
}


@pytest.fixture
def schedules(aws):
    return EventBridgeSchedules(aws("events"), aws("scheduler"))


def put_rule(aws, name, *targets):
    aws("events").put_rule(Name=name, ScheduleExpression="rate(1 day)")
    aws("events").put_targets(Rule=name, Targets=[{"Id": str(i), **one} for i, one in enumerate(targets)])


def put_schedule(aws, name, target, group="default"):
    aws("scheduler").create_schedule(
        Name=name, GroupName=group, ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"RoleArn": ROLE, **target},
    )  # fmt: skip


def test_a_rule_tells_what_it_runs_and_nothing_of_its_other_targets(aws, schedules):
    put_rule(aws, "nightly", {"Arn": CLUSTER, "RoleArn": ROLE, "EcsParameters": OF_ECS}, {"Arn": ROLE})

    (run,) = schedules.of_rule("nightly", CLUSTER)

    assert (run.schedule, run.cluster, run.family) == ("events-rule/nightly", "shop", "nightly")
    assert run.request == EXPECTED


def test_a_rule_whose_name_was_cut_short_is_found_by_its_cluster(stubbed):
    client, stubber = stubbed("events")
    target = {"Id": "1", "Arn": CLUSTER, "EcsParameters": OF_ECS}
    stubber.add_client_error("list_targets_by_rule", "ResourceNotFoundException")
    stubber.add_response(
        "list_rule_names_by_target", {"RuleNames": ["other", "nightly-report"]}, {"TargetArn": CLUSTER}
    )
    stubber.add_response("list_targets_by_rule", {"Targets": [target]}, {"Rule": "nightly-report"})

    (run,) = EventBridgeSchedules(client, None).of_rule("nightly-rep", CLUSTER)

    assert run.schedule == "events-rule/nightly-report"


def test_a_rule_that_is_gone_runs_nothing(stubbed):
    client, stubber = stubbed("events")
    stubber.add_client_error("list_targets_by_rule", "ResourceNotFoundException")

    assert EventBridgeSchedules(client, None).of_rule("nightly", "") == []


def test_trouble_with_eventbridge_is_not_taken_for_a_rule_that_is_gone(stubbed):
    client, stubber = stubbed("events")
    stubber.add_client_error("list_targets_by_rule", "ThrottlingException")

    with pytest.raises(ClientError, match="ThrottlingException"):
        EventBridgeSchedules(client, None).of_rule("nightly", CLUSTER)


def test_schedules_tell_what_they_run_as_a_target_or_as_the_input_of_a_call(aws, schedules):
    said = {"Cluster": "shop", "TaskDefinition": "nightly", "LaunchType": "FARGATE"}
    put_schedule(aws, "a", {"Arn": CLUSTER, "EcsParameters": {"TaskDefinitionArn": NIGHTLY}})
    put_schedule(aws, "b", {"Arn": RUN_TASK, "Input": json.dumps(said)})
    put_schedule(aws, "c", {"Arn": "arn:aws:lambda:eu-west-1:111122223333:function:f"})

    a, b = sorted(schedules.of_scheduler(), key=lambda run: run.schedule)

    assert a.schedule == "arn:aws:scheduler:eu-west-1:123456789012:schedule/default/a"
    assert (a.family, b.family, b.cluster) == ("nightly", "nightly", "shop")
    assert (a.request, b.request) == (LaunchRequest(), LaunchRequest(launch_type="FARGATE"))


def test_only_the_schedules_of_a_group_are_read_if_one_is_named(aws, schedules):
    aws("scheduler").create_schedule_group(Name="night")
    put_schedule(aws, "a", {"Arn": CLUSTER, "EcsParameters": {"TaskDefinitionArn": NIGHTLY}})
    put_schedule(aws, "b", {"Arn": CLUSTER, "EcsParameters": {"TaskDefinitionArn": f"{NIGHTLY}-b"}}, "night")

    assert [run.family for run in schedules.of_scheduler("night")] == ["nightly-b"]


@pytest.mark.parametrize(
    "said", ["{", "[]", '"x"', "{}", '{"Cluster": "a", "TaskDefinition": "b", "LaunchType": 1}']
)
def test_an_input_written_by_hand_that_makes_no_sense_hides_no_other_schedule(aws, schedules, said):
    put_schedule(aws, "a", {"Arn": RUN_TASK, "Input": said})
    put_schedule(aws, "b", {"Arn": CLUSTER, "EcsParameters": {"TaskDefinitionArn": NIGHTLY}})

    assert [run.family for run in schedules.of_scheduler()] == ["nightly"]


def test_a_schedule_is_read_again_only_when_it_has_changed(stubbed):
    client, stubber = stubbed("scheduler")
    arn = "arn:aws:scheduler:eu-west-1:111122223333:schedule/default/a"
    target = {"Arn": CLUSTER, "RoleArn": ROLE, "EcsParameters": {"TaskDefinitionArn": NIGHTLY}}
    read = {"Arn": arn, "GroupName": "default", "Name": "a", "Target": target}
    for changed, is_read in ((1, True), (1, False), (2, True)):
        since = datetime(2026, 3, changed, tzinfo=UTC)
        summary = {**read, "Target": {"Arn": CLUSTER}, "LastModificationDate": since}
        stubber.add_response("list_schedules", {"Schedules": [summary]}, {})
        if is_read:
            stubber.add_response("get_schedule", read, {"GroupName": "default", "Name": "a"})
    schedules = EventBridgeSchedules(None, client)

    for _ in range(3):
        assert [run.family for run in schedules.of_scheduler()] == ["nightly"]
    stubber.assert_no_pending_responses()


def test_failures_are_summed_by_rule_and_by_group_of_schedules(aws):
    cloudwatch = aws("cloudwatch")
    for namespace, name, dimensions, value in (
        ("AWS/Events", "FailedInvocations", {"RuleName": "nightly"}, 2),
        ("AWS/Events", "FailedInvocations", {"RuleName": "fine"}, 0),
        ("AWS/Events", "FailedInvocations", {"RuleName": "x", "EventBusName": "theirs"}, 5),
        ("AWS/Events", "Invocations", {"RuleName": "nightly"}, 9),
        ("AWS/Scheduler", "TargetErrorCount", {"ScheduleGroup": "default"}, 3),
        ("AWS/Scheduler", "InvocationDroppedCount", {"ScheduleGroup": "default"}, 1),
    ):
        named = [{"Name": key, "Value": text} for key, text in dimensions.items()]
        datum = {"MetricName": name, "Dimensions": named, "Value": value, "Timestamp": NOW}
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])

    failed = CloudWatchScheduleMetrics(cloudwatch).failed(NOW - timedelta(hours=1), NOW + timedelta(hours=1))

    assert failed == [FailedRuns("default", True, 4), FailedRuns("nightly", False, 2)]


def test_while_nothing_failed_no_metric_is_read(stubbed):
    client, stubber = stubbed("cloudwatch")
    for _ in range(3):
        stubber.add_response("list_metrics", {"Metrics": []})

    assert CloudWatchScheduleMetrics(client).failed(NOW - timedelta(hours=1), NOW) == []
    stubber.assert_no_pending_responses()
