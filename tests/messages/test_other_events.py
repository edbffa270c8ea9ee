import json
from datetime import UTC, datetime

import pytest

from tests.golden.events import load
from trimtab.messages.cloudtrail_run_task import parse_cloudtrail_run_task
from trimtab.messages.container_instance_state_change import parse_container_instance_state_change
from trimtab.messages.deployment_state_change import parse_deployment_state_change
from trimtab.messages.envelope import parse_envelope
from trimtab.messages.health_event import parse_health_event
from trimtab.messages.service_action import parse_service_action
from trimtab.messages.sqs import event_in
from trimtab.model.errors import MessageError

ORDERS = "arn:aws:ecs:eu-west-1:111122223333:service/shop/orders"
RUN_TASK = {
    "source": "aws.ecs",
    "detail-type": "AWS API Call via CloudTrail",
    "detail": {
        "eventName": "RunTask",
        "requestParameters": {
            "taskDefinition": "nightly-report:7",
            "startedBy": "trimtab/0a",
            "overrides": {"containerOverrides": [{"environment": [{"name": "A", "value": "made-up-value"}]}]},
        },
        "responseElements": {"tasks": [{"taskArn": "arn:aws:ecs:eu-west-1:111122223333:task/jobs/0a"}]},
    },
}


def test_a_service_action_names_its_service_and_the_pool_that_failed():
    action = parse_service_action(load("shift_capacity_provider/spot_capacity_missing")).action

    assert action.service_arn == ORDERS
    assert action.capacity_provider_names == ("FARGATE_SPOT",)
    assert action.reason == "RESOURCE:FARGATE"


def test_a_service_action_that_names_no_service_is_refused():
    event = load("settle_change/steady_state") | {"resources": []}

    with pytest.raises(MessageError, match=r"event\.resources names no ECS service"):
        parse_service_action(event)


def test_a_deployment_names_its_service_and_itself():
    deployment = parse_deployment_state_change(load("settle_change/deployment_failed")).deployment

    assert deployment.service_arn == ORDERS
    assert deployment.deployment_id == "ecs-svc/4077120986651239874"
    assert deployment.event_name == "SERVICE_DEPLOYMENT_FAILED"


def test_a_retirement_of_tasks_names_them_and_when():
    notice = parse_health_event(load("restart_stopped_task/retirement_of_tasks")).notice

    assert len(notice.task_arns) == 2
    assert notice.start_time == datetime(2026, 11, 10, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("spelling", ["shop|orders", "shop | orders", "shop/orders"])
def test_a_retirement_of_services_is_read_in_each_of_the_spellings_of_aws(spelling):
    event = load("restart_stopped_task/retirement_of_services") | {"resources": [spelling]}
    event["detail"] = event["detail"] | {"affectedEntities": []}

    notice = parse_health_event(event).notice

    assert notice.services == (("shop", "orders"),)


def test_a_container_instance_tells_whether_its_agent_is_connected():
    detail = {
        "containerInstanceArn": "arn:aws:ecs:eu-west-1:111122223333:container-instance/shop/0a",
        "clusterArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/shop",
        "status": "ACTIVE",
        "agentConnected": False,
    }
    event = {
        "source": "aws.ecs",
        "detail-type": "ECS Container Instance State Change",
        "detail": detail,
    }

    state = parse_container_instance_state_change(event).state

    assert state.agent_connected is False


def test_a_run_task_call_keeps_nothing_of_its_overrides():
    call = parse_cloudtrail_run_task(RUN_TASK).call

    assert call.cluster == "default"
    assert call.started_by == "trimtab/0a"
    assert call.task_arns == ("arn:aws:ecs:eu-west-1:111122223333:task/jobs/0a",)
    assert (call.family, call.cluster_name) == ("nightly-report", "default")
    assert "made-up-value" not in repr(call)


def test_a_run_task_call_that_failed_says_why():
    failure = {"reason": "RESOURCE:ENI", "detail": "none left"}
    detail = RUN_TASK["detail"] | {"responseElements": {"tasks": [], "failures": [failure, {}]}}
    event = RUN_TASK | {"account": "111122223333", "region": "eu-west-1", "detail": detail}

    call = parse_cloudtrail_run_task(event).call

    assert call.failures == ("RESOURCE:ENI: none left", "no reason given")
    assert call.task_definition_arn == "arn:aws:ecs:eu-west-1:111122223333:task-definition/nightly-report:7"


def test_another_call_than_run_task_is_refused():
    event = RUN_TASK | {"detail": {"eventName": "StopTask"}}

    with pytest.raises(MessageError, match="StopTask"):
        parse_cloudtrail_run_task(event)


def test_an_envelope_cut_short_as_in_the_documentation_is_read():
    envelope = parse_envelope({"source": "aws.ecs", "detail-type": "X", "detail": {}})

    assert (envelope.id, envelope.account, envelope.region, envelope.time) == ("", "", "", None)


@pytest.mark.parametrize(
    "event", [None, [], "text", {}, {"source": "aws.ecs"}, {"source": "aws.ecs", "detail-type": "X"}]
)
def test_what_is_no_event_is_refused(event):
    with pytest.raises(MessageError, match="cannot read EventBridge event"):
        parse_envelope(event)


def test_a_queue_record_holds_the_event_that_a_rule_put_there():
    event = load("restart_stopped_task/exited_one")

    assert event_in({"messageId": "m-1", "body": json.dumps(event)}) == event


@pytest.mark.parametrize("body", ["", "not json", "[]", None])
def test_a_queue_record_without_an_event_is_refused(body):
    with pytest.raises(MessageError, match="m-1"):
        event_in({"messageId": "m-1", "body": body})
