import json

import pytest


@pytest.fixture
def sqs(aws):
    return aws.client("sqs")


@pytest.fixture
def queue(sqs) -> str:
    return sqs.create_queue(QueueName="stops")["QueueUrl"]


def receive(sqs, queue: str, **others) -> list[dict]:
    return sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, **others).get("Messages", [])


def test_a_message_is_received_with_its_body_and_attributes(sqs, queue):
    attribute = {"kind": {"DataType": "String", "StringValue": "stop"}}
    sent = sqs.send_message(QueueUrl=queue, MessageBody="{}", MessageAttributes=attribute)

    (message,) = receive(sqs, queue, MessageAttributeNames=["All"], AttributeNames=["All"])

    assert (message["MessageId"], message["Body"]) == (sent["MessageId"], "{}")
    assert message["MessageAttributes"] == attribute
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_received_message_hides_until_it_is_given_back(sqs, queue):
    sqs.send_message(QueueUrl=queue, MessageBody="a")
    (message,) = receive(sqs, queue)

    hidden = receive(sqs, queue)
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    (again,) = receive(sqs, queue, AttributeNames=["ApproximateReceiveCount"])

    assert hidden == []
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"


def test_a_deleted_message_does_not_come_back(sqs, queue):
    sqs.send_message(QueueUrl=queue, MessageBody="a")
    (message,) = receive(sqs, queue, VisibilityTimeout=0)

    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    assert receive(sqs, queue) == []


def test_a_message_that_fails_too_often_goes_to_the_dead_letters(sqs, queue):
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy})
    sqs.send_message(QueueUrl=queue, MessageBody="poison")

    received = [receive(sqs, queue, VisibilityTimeout=0) for _ in range(3)]

    assert [len(messages) for messages in received] == [1, 1, 0]
    assert [message["Body"] for message in receive(sqs, dead)] == ["poison"]


def test_a_delayed_message_is_counted_but_not_received(sqs, queue):
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=900)

    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]

    assert receive(sqs, queue) == []
    assert attributes["ApproximateNumberOfMessagesDelayed"] == "1"
    assert attributes["ApproximateNumberOfMessages"] == "0"


def test_depths_tell_waiting_from_working(sqs, queue):
    for body in ("a", "b"):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1)

    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]

    assert attributes["ApproximateNumberOfMessages"] == "1"
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_a_batch_is_sent_received_and_deleted(sqs, queue):
    entries = [{"Id": str(number), "MessageBody": f"body {number}"} for number in range(10)]
    sent = sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    messages = receive(sqs, queue, VisibilityTimeout=0)
    handles = [
        {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
        for number, message in enumerate(messages)
    ]

    deleted = sqs.delete_message_batch(QueueUrl=queue, Entries=handles)

    assert len(sent["Successful"]) == len(messages) == len(deleted["Successful"]) == 10
    assert receive(sqs, queue) == []


def test_a_batch_of_eleven_is_refused(sqs, queue):
    entries = [{"Id": str(number), "MessageBody": "x"} for number in range(11)]

    with pytest.raises(sqs.exceptions.TooManyEntriesInBatchRequest):
        sqs.send_message_batch(QueueUrl=queue, Entries=entries)


def test_a_batch_with_an_id_twice_is_refused(sqs, queue):
    with pytest.raises(sqs.exceptions.BatchEntryIdsNotDistinct):
        sqs.send_message_batch(QueueUrl=queue, Entries=[{"Id": "a", "MessageBody": "x"}] * 2)


def test_a_purged_queue_is_empty(sqs, queue):
    sqs.send_message(QueueUrl=queue, MessageBody="a")

    sqs.purge_queue(QueueUrl=queue)

    assert receive(sqs, queue) == []


def test_a_queue_that_does_not_exist_is_its_own_error(sqs):
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as caught:
        sqs.get_queue_url(QueueName="nowhere")

    assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"


def test_creating_a_queue_again_returns_the_same_url(sqs, queue):
    assert sqs.create_queue(QueueName="stops")["QueueUrl"] == queue
