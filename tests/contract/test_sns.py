import json

import pytest


@pytest.fixture
def sns(aws):
    return aws.client("sns")


def test_a_topic_that_is_made_twice_is_one_topic(sns):
    first, second = (sns.create_topic(Name="notices")["TopicArn"] for _ in range(2))

    assert first == second
    assert [topic["TopicArn"] for topic in sns.list_topics()["Topics"]] == [first]


def test_a_publication_reaches_a_subscribed_queue(aws, sns):
    sqs = aws.client("sqs")
    queue = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="notices")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    published = sns.publish(TopicArn=topic, Subject="kept", Message="orders was resized")

    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    body = json.loads(message["Body"])
    assert (body["Type"], body["Subject"], body["Message"]) == ("Notification", "kept", "orders was resized")
    assert (body["MessageId"], body["TopicArn"]) == (published["MessageId"], topic)


def test_a_topic_that_does_not_exist_is_not_found(sns):
    arn = sns.create_topic(Name="notices")["TopicArn"]

    with pytest.raises(sns.exceptions.NotFoundException) as caught:
        sns.publish(TopicArn=arn + "-not", Message="x")

    assert caught.value.response["Error"]["Code"] == "NotFound"


def test_a_subject_above_100_characters_is_refused(sns):
    topic = sns.create_topic(Name="notices")["TopicArn"]

    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.publish(TopicArn=topic, Subject="x" * 101, Message="m")


def test_a_message_above_256_kb_is_refused(sns):
    topic = sns.create_topic(Name="notices")["TopicArn"]

    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.publish(TopicArn=topic, Message="x" * 262_145)
