import json

import pytest

from trimtab_lab.api_error import NotModelled


def send(client, body: str = "a", name: str = "stops", **others) -> str:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=body, **others)
    return url


def test_a_message_comes_back_when_its_time_is_up(account, client):
    url = send(client)
    received = account.sqs.queue(url).receive(10)

    account.clock.run_for(29)
    hidden = account.sqs.queue(url).receive(10)
    account.clock.run_for(1)

    assert [len(received), len(hidden), len(account.sqs.queue(url).receive(10))] == [1, 0, 1]


def test_a_queue_knows_when_its_next_message_can_be_received(account, client):
    url = send(client, DelaySeconds=60)
    queue = account.sqs.queue(url)

    waiting = queue.next_visible_at()
    account.clock.run_for(60)
    queue.receive(1, visibility_seconds=120)

    assert waiting == account.clock.now
    assert queue.next_visible_at() == account.clock.now + 120


def test_a_listener_hears_of_each_arrival(account, client):
    url = send(client)
    heard = []
    account.sqs.queue(url).listen(lambda: heard.append(account.clock.now))

    send(client)

    assert heard == [account.clock.now]


def test_a_message_older_than_the_retention_is_gone(account, client):
    url = send(client)
    account.clock.run_for(4 * 86_400)

    assert account.sqs.queue(url).depths() == (0, 0, 0)
    assert account.sqs.queue(url).receive(10) == []


def test_a_fifo_queue_is_refused_loudly(client):
    with pytest.raises(NotModelled, match="FIFO"):
        client("sqs").create_queue(QueueName="stops.fifo")


def test_what_is_published_is_kept_in_order(account, client):
    sns = client("sns")
    topic = sns.create_topic(Name="notices")["TopicArn"]
    for text in ("first", "second"):
        sns.publish(TopicArn=topic, Message=text)

    assert [publication.message for publication in account.sns.published] == ["first", "second"]


def test_a_structured_message_needs_a_default(client):
    sns = client("sns")
    topic = sns.create_topic(Name="notices")["TopicArn"]

    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.publish(TopicArn=topic, Message=json.dumps({"email": "x"}), MessageStructure="json")


def test_an_event_of_ones_own_reaches_the_bus(account, client):
    told = []
    account.bus.listen(told.append)
    entry = {"Source": "trimtab", "DetailType": "Change Applied", "Detail": json.dumps({"id": "1"})}

    answer = client("events").put_events(Entries=[entry])

    (event,) = told
    assert (event["source"], event["detail-type"], event["detail"]) == (
        "trimtab",
        "Change Applied",
        {"id": "1"},
    )
    assert answer["Entries"] == [{"EventId": event["id"]}]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"Source": "aws.ecs"}, "NotAuthorizedForSourceException"),
        ({"Detail": "not json"}, "MalformedDetail"),
        ({"Detail": "[]"}, "MalformedDetail"),
        ({"DetailType": ""}, "InvalidArgument"),
        ({"EventBusName": "other"}, "ResourceNotFoundException"),
    ],
)
def test_a_wrong_event_fails_alone(account, client, wrong, code):
    told = []
    account.bus.listen(told.append)
    right = {"Source": "trimtab", "DetailType": "Change Applied", "Detail": "{}"}

    answer = client("events").put_events(Entries=[right | wrong, right])

    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == code
    assert len(told) == 1


def test_the_caller_is_who_the_composition_says(account, client):
    account.principal = "take_inventory"

    answer = client("sts").get_caller_identity()

    assert (answer["Account"], answer["Arn"].rsplit("/")[-1]) == ("111122223333", "take_inventory")
