import botocore.session
import pytest
from botocore.exceptions import ParamValidationError

from trimtab_lab.account import make_lab
from trimtab_lab.api_error import NotModelled
from trimtab_lab.in_process import connect


def test_a_request_that_the_sdk_refuses_never_reaches_the_laboratory(account, client):
    account.keep_calls = True

    with pytest.raises(ParamValidationError):
        client("sqs").create_queue(QueueName=7)

    assert account.calls == []


def test_the_laboratory_sees_the_parameters_by_their_names(account, client):
    account.keep_calls, account.principal = True, "apply_change"

    client("sqs").create_queue(QueueName="stops")

    (call,) = account.calls
    assert (call.principal, call.service, call.operation) == ("apply_change", "sqs", "CreateQueue")
    assert call.request == {"QueueName": "stops"}


def test_an_error_is_the_modelled_exception_with_its_status(client):
    ecs = client("ecs")

    with pytest.raises(ecs.exceptions.ClusterNotFoundException) as caught:
        ecs.list_services(cluster="nowhere")

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_what_is_not_simulated_is_refused_loudly(client):
    with pytest.raises(NotModelled, match="ssm:DescribeParameters"):
        client("ssm").describe_parameters()


def test_a_service_that_is_not_simulated_is_refused_loudly(core, account):
    with pytest.raises(NotModelled, match="s3:ListBuckets"):
        core.create_client("s3", region_name="eu-west-1").list_buckets()


def test_an_answer_that_is_changed_does_not_change_the_account(client):
    ssm = client("ssm")
    ssm.put_parameter(Name="/a", Value="1", Type="String")
    ssm.get_parameter(Name="/a")["Parameter"]["Value"] = "2"

    assert ssm.get_parameter(Name="/a")["Parameter"]["Value"] == "1"


def test_a_request_that_is_changed_afterwards_does_not_change_the_account(client):
    sns, attributes = client("sns"), {"DisplayName": "before"}
    topic = sns.create_topic(Name="notices", Attributes=attributes)["TopicArn"]
    attributes["DisplayName"] = "after"

    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "before"


def test_idempotency_tokens_come_from_the_seed():
    tokens = []
    for _ in range(2):
        lab, session = make_lab(5), botocore.session.Session()
        connect(lab, session)
        lab.keep_calls = True
        client = session.create_client("ecs", region_name="eu-west-1")
        with pytest.raises(client.exceptions.ClientError):
            client.run_task(taskDefinition="nowhere")
        tokens.append(lab.calls[0].request["clientToken"])

    assert tokens[0] == tokens[1]


def test_a_session_that_is_connected_again_takes_its_clients_along():
    first, second, session = make_lab(1), make_lab(2), botocore.session.Session()
    connect(first, session)
    client = session.create_client("sqs")
    connect(second, session)

    client.create_queue(QueueName="stops")

    assert second.sqs.queue("stops").name == "stops"
    assert client.meta.region_name == "eu-west-1"


def test_every_operation_is_one_that_the_service_has(core, account):
    for service, operations in account.operations().items():
        model = core.get_service_model(service)
        assert set(operations) <= set(model.operation_names), service
