import pytest

from tests.contract.items import key, n, put, s, update


@pytest.fixture
def records(aws, dynamodb):
    """Reads everything that is in the table's stream."""
    streams = aws.client("dynamodbstreams")
    arn = dynamodb.describe_table(TableName="changes")["Table"]["LatestStreamArn"]

    def read() -> list[dict]:
        (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        return streams.get_records(ShardIterator=iterator)["Records"]

    return read


def test_a_stream_tells_each_change_with_its_images(dynamodb, records):
    put(dynamodb, turn=s("apply"))
    update(dynamodb, "SET turn = :v", values={":v": s("settle")})
    dynamodb.delete_item(TableName="changes", Key=key())

    told = records()

    assert [record["eventName"] for record in told] == ["INSERT", "MODIFY", "REMOVE"]
    assert told[1]["dynamodb"]["OldImage"] == key() | {"turn": s("apply")}
    assert told[1]["dynamodb"]["NewImage"] == key() | {"turn": s("settle")}
    assert "NewImage" not in told[2]["dynamodb"]
    assert all(record["dynamodb"]["Keys"] == key() for record in told)


def test_a_put_that_changes_nothing_tells_nothing(aws, dynamodb, records):
    aws.skip_on("moto", "moto writes a record for every put")
    put(dynamodb, tries=n(1))
    put(dynamodb, tries=n("1.0"))

    assert len(records()) == 1


def test_a_refused_write_tells_nothing(dynamodb, records):
    put(dynamodb)
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(
            TableName="changes",
            Item=key() | {"a": s("x")},
            ConditionExpression="attribute_not_exists(workload)",
        )

    assert len(records()) == 1


def test_a_transaction_tells_each_of_its_writes(aws, dynamodb, records):
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "changes", "Item": key("HEAD")}},
            {"Put": {"TableName": "changes", "Item": key("CHANGE#1")}},
        ]
    )

    assert {record["dynamodb"]["Keys"]["item"]["S"] for record in records()} == {"HEAD", "CHANGE#1"}


def test_sequence_numbers_rise(dynamodb, records):
    for number in range(3):
        put(dynamodb, tries=n(number))

    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records()]
    assert numbers == sorted(set(numbers))
