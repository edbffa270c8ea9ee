"""A field that ECS tells and the SDK drops keeps a revision from being copied."""

import json

import boto3
import botocore.session
from botocore.awsrequest import AWSResponse

from trimtab.adapters.ecs_task_definitions import EcsTaskDefinitions
from trimtab.adapters.unknown_fields import report_unknown_fields, unknown_fields

SHAPE = (
    botocore.session.get_session()
    .get_service_model("ecs")
    .operation_model("DescribeTaskDefinition")
    .output_shape
)
KNOWN = {
    "taskDefinition": {
        "taskDefinitionArn": "arn:aws:ecs:eu-west-1:111122223333:task-definition/orders:1",
        "family": "orders",
        "revision": 1,
        "containerDefinitions": [{"name": "app", "image": "orders:1", "dockerLabels": {"any": "name"}}],
    },
    "tags": [{"key": "team", "value": "orders"}],
}


class Body:
    """What a connection gives back."""

    def __init__(self, told):
        self._told = told

    def stream(self, *_, **__):
        yield json.dumps(self._told).encode()


def client_answered_with(told):
    client = boto3.client("ecs", region_name="eu-west-1")
    report_unknown_fields(client)
    answer = AWSResponse("https://ecs.invalid", 200, {}, Body(told))
    client.meta.events.register("before-send.ecs.DescribeTaskDefinition", lambda **_: answer)
    return client


def with_more(**more):
    told = json.loads(json.dumps(KNOWN))
    told["taskDefinition"] |= more
    return told


def test_an_answer_that_the_sdk_knows_whole_has_no_unknown_field():
    assert unknown_fields(KNOWN, SHAPE) == []


def test_names_are_found_at_every_depth():
    told = with_more(sealedMemory=True)
    told["taskDefinition"]["containerDefinitions"][0]["newLimit"] = 3

    found = unknown_fields(told, SHAPE)

    assert found == ["taskDefinition.sealedMemory", "taskDefinition.containerDefinitions.newLimit"]


def test_a_field_that_the_sdk_drops_on_the_wire_is_seen():
    definitions = EcsTaskDefinitions(client_answered_with(with_more(sealedMemory=True)))

    found = definitions.describe("orders:1")

    assert found.unknown_fields == ("taskDefinition.sealedMemory",)
    assert "sealedMemory" not in found.fields


def test_an_answer_without_surprises_may_be_copied():
    assert EcsTaskDefinitions(client_answered_with(KNOWN)).describe("orders:1").unknown_fields == ()
