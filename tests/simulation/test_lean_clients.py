"""A client of the simulation does what botocore's own does: same answers, same refusals, same words."""

from copy import deepcopy
from random import Random

import botocore.session
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.validate import ParamValidator

from tests.damage import places
from trimtab_cli.simulation.lean_clients import of_its_own, sending_nothing
from trimtab_cli.simulation.quick_check import QuickValidator
from trimtab_lab.account import make_lab
from trimtab_lab.in_process import connect

TABLE = {
    "TableName": "changes",
    "KeySchema": [{"AttributeName": "item", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "item", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
ITEM = {"item": {"S": "a"}, "size": {"L": [{"N": "256"}, {"N": "512"}]}, "sealed": {"B": b"\x00"}}
CALLS = (
    ("dynamodb", "create_table", TABLE),
    ("dynamodb", "put_item", {"TableName": "changes", "Item": ITEM}),
    ("dynamodb", "get_item", {"TableName": "changes", "Key": {"item": {"S": "a"}}, "ConsistentRead": True}),
    ("dynamodb", "get_item", {"TableName": "changes", "Key": {"item": {"N": "1"}}}),
    ("dynamodb", "get_item", {"TableName": "elsewhere", "Key": {"item": {"S": "a"}}}),
    ("dynamodb", "get_item", {"TableName": "changes", "Keys": {}}),
    ("dynamodb", "get_item", {}),
    ("dynamodb", "put_item", {
        "TableName": "changes", "Item": ITEM, "ConditionExpression": "attribute_not_exists(#i)",
        "ExpressionAttributeNames": {"#i": "item"},
    }),
    ("dynamodb", "transact_write_items", {
        "TransactItems": [{"Put": {"TableName": "changes", "Item": ITEM}}],
    }),
    ("ecs", "create_cluster", {"clusterName": "prod"}),
    ("ecs", "list_services", {"cluster": "nowhere"}),
    ("ecs", "describe_services", {"cluster": "prod", "services": "orders"}),
    ("cloudwatch", "list_metrics", {"Namespace": ""}),
    ("cloudwatch", "list_metrics", {"Namespace": "AWS/ECS"}),
    ("cloudwatch", "get_metric_data", {"MetricDataQueries": [], "StartTime": "2026-03-01", "EndTime": 0}),
    ("sns", "publish", {"TopicArn": "arn:aws:sns:eu-west-1:111122223333:nobody", "Message": "hello"}),
    ("kms", "encrypt", {"KeyId": "alias/nothing", "Plaintext": b"secret"}),
    ("ec2", "describe_network_interfaces", {"NetworkInterfaceId": ["eni-1"]}),
)  # fmt: skip


def _told(lean):
    """Return what a laboratory of its own tells each call: an answer, or an exception in its words."""
    session, told, lab = botocore.session.Session(), [], make_lab(1)
    lab.keep_calls = True
    connect(lab, session)
    made = {}
    for service, method, request in CALLS:
        if service not in made:
            client = session.create_client(service, region_name="eu-west-1")
            made[service] = of_its_own(sending_nothing(client)) if lean else client
        try:
            told.append(getattr(made[service], method)(**deepcopy(request)))
        except (BotoCoreError, ClientError) as fault:
            told.append((type(fault).__name__, str(fault), getattr(fault, "response", None)))
    return told, [(call.service, call.operation, call.request) for call in lab.calls]


def test_its_answers_exceptions_and_requests_are_those_of_botocores_own_client():
    (lean, reached), (plain, reached_plainly) = _told(lean=True), _told(lean=False)

    assert lean == plain
    assert reached == reached_plainly


def test_its_pages_are_those_of_botocores_own_client():
    def pages(lean):
        session, lab = botocore.session.Session(), make_lab(1)
        connect(lab, session)
        client = session.create_client("dynamodb", region_name="eu-west-1")
        client = of_its_own(sending_nothing(client)) if lean else client
        client.create_table(**TABLE)
        for number in range(5):
            client.put_item(TableName="changes", Item={"item": {"S": str(number)}})
        few = {"PageSize": 2, "MaxItems": 3}
        return [list(client.get_paginator("scan").paginate(TableName="changes", **how)) for how in (
            {}, {"Limit": 2}, {"PaginationConfig": few},
        )]  # fmt: skip

    lean = pages(lean=True)

    assert lean == pages(lean=False)
    assert [len(each) for each in lean] == [1, 3, 2]


def test_a_handler_of_one_client_does_not_hear_the_calls_of_another():
    session, heard = botocore.session.Session(), []
    connect(make_lab(1), session)
    shared = sending_nothing(session.create_client("ecs", region_name="eu-west-1"))
    one, other = of_its_own(shared), of_its_own(shared)
    one.meta.events.register("before-call.ecs", lambda model, **_: heard.append(model.name))

    one.list_clusters()
    other.describe_clusters()

    assert heard == ["ListClusters"]


REQUESTS = (
    ("dynamodb", "PutItem", {"TableName": "changes", "Item": ITEM, "ReturnValues": "ALL_OLD"}),
    ("dynamodb", "Query", {
        "TableName": "changes", "Limit": 5, "ExpressionAttributeNames": {"#k": "key"},
        "ExpressionAttributeValues": {":k": {"M": {"a": {"BOOL": True}, "b": {"NULL": True}}}},
    }),
    ("ecs", "RegisterTaskDefinition", {
        "family": "orders", "cpu": "256", "containerDefinitions": [{
            "name": "app", "essential": True, "memory": 512, "command": ["run"],
            "environment": [{"name": "A", "value": "b"}], "healthCheck": {"command": ["CMD"], "retries": 3},
        }],
    }),
    ("kms", "Encrypt", {"KeyId": "k", "Plaintext": b"x", "EncryptionContext": {"a": "b"}}),
    ("application-autoscaling", "DescribeScalableTargets", {
        "ServiceNamespace": "ecs", "ResourceIds": ["service/prod/orders"], "MaxResults": 50,
    }),
)  # fmt: skip
ODD = ("", "x", 0, -1, 1.5, True, None, b"", b"x", [], {}, [None], {"S": 1}, ["x"], {"X": "y"}, {"": ""})


@pytest.mark.parametrize(("service", "operation", "request_"), REQUESTS)
def test_parameters_are_refused_exactly_where_botocore_refuses_them(service, operation, request_):
    model = botocore.session.Session().get_service_model(service)
    shape, chance, refused = model.operation_model(operation).input_shape, Random(operation), 0
    quick, plain = QuickValidator(), ParamValidator()
    assert quick._accepts(shape)(request_)

    for _ in range(400):
        damaged = deepcopy(request_)
        where, key = chance.choice(places(damaged, []))
        if isinstance(where, dict) and chance.random() < 0.2:
            del where[key]
        elif isinstance(where, dict) and chance.random() < 0.2:
            where["ofTomorrow"] = where.pop(key)
        else:
            where[key] = chance.choice(ODD)
        report = plain.validate(damaged, shape).generate_report()
        refused += bool(report)
        assert quick.validate(damaged, shape).generate_report() == report

    assert refused > 100
