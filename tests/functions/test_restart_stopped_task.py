import json

import pytest

from functions.restart_stopped_task.app import handler
from tests.samples import ORDERS, a_definition, a_service
from trimtab import wiring
from trimtab.model.change import Kind
from trimtab.model.policy import Policy, StandaloneRule

FEATURE = "restart_stopped_task"
CANARY = "canary-91c4"
SECRET = {"containerOverrides": [{"name": "job", "environment": [{"name": "K", "value": CANARY}]}]}


def batch(*bodies):
    return {
        "Records": [
            {
                "messageId": f"m-{number}",
                "eventSource": "aws:sqs",
                "body": body if isinstance(body, str) else json.dumps(body),
            }
            for number, body in enumerate(bodies)
        ]
    }


def failed(answer):
    return [entry["itemIdentifier"] for entry in answer["batchItemFailures"]]


@pytest.fixture
def crash(scene, event):
    """An event of a crash, in a world that declares its family and knows its definition."""
    stop = event(FEATURE, "exited_one")
    family = stop["detail"]["taskDefinitionArn"].rsplit("/", 1)[-1].split(":")[0]
    names = [{"name": container["name"]} for container in stop["detail"]["containers"]]
    scene.ecs.definitions[stop["detail"]["taskDefinitionArn"]] = a_definition(
        7, family, containerDefinitions=names
    )
    scene.control.policy = Policy(1, (), (StandaloneRule(family=family),))
    return stop


def test_a_stop_in_the_queue_is_judged_and_recorded(scene, event, crash, context):
    assert failed(handler(batch(crash), context)) == []

    change = scene.the_change(kind=Kind.RESTART)
    assert change.cause == crash["id"]
    assert (change.outcome, change.turn.value) != ("", "apply")


def test_one_message_that_cannot_be_read_does_not_hold_back_the_others(scene, event, crash, context, caplog):
    damaged = {**crash, "detail": {"lastStatus": "STOPPED"}}

    answer = handler(batch("{not json", crash, damaged, '"text"', {"detail-type": "Dance"}), context)

    assert failed(answer) == ["m-0", "m-2", "m-3", "m-4"]
    assert len(scene.found(kind=Kind.RESTART)) == 1
    told = [record.told for record in caplog.records if record.message == "event refused"]
    assert len(told) == 4
    assert all(text.startswith("cannot read ") for text in told)
    assert "detail.taskArn is missing" in told[1]


def test_a_fault_of_ours_is_reported_for_its_message_alone(scene, event, crash, context):
    other = json.loads(json.dumps(crash).replace(crash["detail"]["taskArn"].rsplit("/")[-1], "ffff"))
    real = scene.stops.archive

    def broken(stop, at):
        if stop.task_arn.endswith("/ffff"):
            raise RuntimeError("a fault of AWS")
        real(stop, at)

    scene.stops.archive = broken

    assert failed(handler(batch(other, crash), context)) == ["m-0"]
    assert crash["detail"]["taskArn"] in scene.stops.kept


def test_a_batch_in_which_everything_fails_is_still_answered(scene, context):
    assert failed(handler(batch("{", "["), context)) == ["m-0", "m-1"]


def test_no_secret_of_an_override_is_logged(scene, event, context, caplog, capsys):
    running = event(FEATURE, "running_standalone")
    running["detail"]["overrides"] = SECRET
    broken = {**running, "detail": {**running["detail"], "clusterArn": None}}

    handler(batch(running, broken), context)

    assert len(caplog.records) > 0
    assert CANARY not in repr([vars(record) for record in caplog.records])
    assert CANARY not in repr(scene.kept.lines)
    assert CANARY not in repr(capsys.readouterr())


def test_a_launch_is_remembered_sealed_by_the_real_wiring(stack, event, context):
    running = event(FEATURE, "running_standalone")
    running["detail"]["overrides"] = SECRET
    wiring.aws().control.put_policy({"standalone": [{"family": "nightly-*"}]})

    assert failed(handler(batch(running), context)) == []

    control = wiring.aws().control
    sealed = control.before_start(running["detail"]["taskArn"], "prod", None, ()).recipe
    assert sealed.recipe.overrides == {}
    assert control.open(sealed).overrides == running["detail"]["overrides"]
    assert "canary-91c4" not in repr(stack["dynamodb"].scan(TableName="control"))


def trouble(detail_type, **detail):
    return {
        "version": "0", "id": "e-1", "source": "aws.ecs", "account": "111122223333", "region": "eu-west-1",
        "time": "2026-03-02T04:05:06Z", "detail-type": detail_type, "resources": [ORDERS], "detail": detail,
    }  # fmt: skip


def test_what_ecs_reports_of_a_service_reaches_its_owner(scene, context):
    scene.ecs.has(a_service())
    impaired = trouble("ECS Service Action", eventName="SERVICE_TASK_START_IMPAIRED", eventType="WARN")
    went_wrong = trouble(
        "ECS Deployment State Change", eventName="SERVICE_DEPLOYMENT_FAILED", deploymentId="ecs-svc/7"
    )

    assert failed(handler(batch(impaired, went_wrong, impaired), context)) == []

    assert {alert.reason for alert in scene.found(kind=Kind.ALERT)} == {
        "unexplained_failure",
        "deployment_failed",
    }
