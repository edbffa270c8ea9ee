import threading
from datetime import timedelta

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from trimtab_lab.account import make_lab
from trimtab_lab.http import serve


@pytest.fixture(scope="module")
def session() -> boto3.Session:
    return boto3.Session(region_name="eu-west-1")


@pytest.fixture
def server():
    with serve(make_lab("http")) as server:
        yield server


@pytest.fixture
def over_http(session, server):
    def make(service: str):
        config = Config(retries={"total_max_attempts": 1})
        return session.client(service, endpoint_url=server.url, config=config)

    return make


def test_an_item_with_every_kind_of_value_survives_the_wire(over_http):
    dynamodb = over_http("dynamodb")
    dynamodb.create_table(
        TableName="t", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    item = {"id": {"S": "é"}, "blob": {"B": b"\x00\xff"}, "map": {"M": {"list": {"L": [{"N": "1"}]}}}}
    dynamodb.put_item(TableName="t", Item=item)

    assert dynamodb.get_item(TableName="t", Key={"id": {"S": "é"}})["Item"] == item
    assert dynamodb.describe_table(TableName="t")["Table"]["CreationDateTime"].year == 2026


def test_a_cancelled_transaction_brings_its_reasons(over_http):
    dynamodb = over_http("dynamodb")
    dynamodb.create_table(
        TableName="t", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    check = {"TableName": "t", "Key": {"id": {"S": "a"}}, "ConditionExpression": "attribute_exists(id)"}

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(TransactItems=[{"ConditionCheck": check}])

    assert caught.value.response["CancellationReasons"][0]["Code"] == "ConditionalCheckFailed"


def test_errors_of_sqs_keep_their_old_and_new_names(over_http):
    sqs = over_http("sqs")

    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as caught:
        sqs.get_queue_url(QueueName="nowhere")

    assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"


def test_the_query_protocol_carries_lists_maps_and_markup(over_http):
    sns = over_http("sns")
    topic = sns.create_topic(Name="notices", Attributes={"DisplayName": "a < b & c"})["TopicArn"]
    attribute = {"kind": {"DataType": "String", "StringValue": "x"}}
    sns.publish(TopicArn=topic, Message="<é>", MessageAttributes=attribute)

    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "a < b & c"
    assert [found["TopicArn"] for found in sns.list_topics()["Topics"]] == [topic]
    with pytest.raises(sns.exceptions.NotFoundException):
        sns.publish(TopicArn=topic + "-not", Message="x")


def test_ec2_answers_in_its_own_form(over_http):
    answer = over_http("ec2").describe_subnets(SubnetIds=["subnet-aaa", "subnet-bbb"])

    assert [subnet["SubnetId"] for subnet in answer["Subnets"]] == ["subnet-aaa", "subnet-bbb"]


def test_a_large_compressed_body_is_read(server, over_http):
    cloudwatch = over_http("cloudwatch")
    data = [{"MetricName": f"metric-with-a-long-name-{number}", "Value": number} for number in range(500)]

    cloudwatch.put_metric_data(Namespace="Mine", MetricData=data)

    assert len(cloudwatch.list_metrics(Namespace="Mine")["Metrics"]) == 500


def test_ecs_and_sts_answer_too(over_http):
    ecs = over_http("ecs")
    ecs.create_cluster(clusterName="prod")

    assert ecs.describe_clusters(clusters=["prod"])["clusters"][0]["status"] == "ACTIVE"
    assert over_http("sts").get_caller_identity()["Account"] == "111122223333"


@pytest.mark.parametrize(
    ("service", "call"), [("ssm", "describe_parameters"), ("logs", "describe_log_groups")]
)
def test_what_is_not_simulated_is_a_loud_error(over_http, service, call):
    with pytest.raises(ClientError) as caught:
        getattr(over_http(service), call)()

    assert caught.value.response["Error"]["Code"] == "NotModelled"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_a_wrong_body_is_a_validation_error(session, server):
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    client = session.client("ssm", endpoint_url=server.url, config=config)

    with pytest.raises(ClientError) as caught:
        client.put_parameter(Name="/a")

    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_simulated_time_passes_as_fast_as_asked():
    lab = make_lab("speed")
    start = lab.clock.today()
    reached = []
    lab.clock.after(3600, lambda: reached.append(lab.clock.today()))

    with serve(lab, speed=36_000):
        for _ in range(100):
            if reached:
                break
            threading.Event().wait(0.05)

    assert reached == [start + timedelta(hours=1)]
