import pytest
from botocore.exceptions import ClientError

from trimtab_lab.api_error import NotModelled

KEY = {"key": {"S": "switch"}, "part": {"S": "-"}}
DAY = 86_400


@pytest.fixture
def control(client):
    """A table with a hash and a range key and no stream."""
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="control",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "key", "KeyType": "HASH"},
            {"AttributeName": "part", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("key", "part")],
    )
    return dynamodb


@pytest.fixture
def streamed(client):
    """A table with a hash key and a stream."""
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="streamed",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return dynamodb


def put(client, **attributes) -> None:
    client.put_item(TableName="control", Item=KEY | attributes)


def read(client) -> dict:
    return client.get_item(TableName="control", Key=KEY)["Item"]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("007", "7"),
        ("1.500", "1.5"),
        ("-0.0", "0"),
        ("1E3", "1000"),
        ("1e-3", "0.001"),
        ("+5", "5"),
        ("123456789012345678901234567890123456780000", "123456789012345678901234567890123456780000"),
    ],
)
def test_a_number_comes_back_without_idle_zeros(control, given, stored):
    put(control, count={"N": given})

    assert read(control)["count"] == {"N": stored}


@pytest.mark.parametrize("text", ["", "abc", "1e", "NaN", "Infinity", "1" * 39, "1e126"])
def test_what_is_no_number_of_dynamodb_is_refused(control, text):
    with pytest.raises(ClientError, match="ValidationException"):
        put(control, count={"N": text})


@pytest.mark.parametrize(
    "value",
    [{"SS": []}, {"SS": ["a", "a"]}, {"NS": ["1", "1.0"]}, {"NULL": False}, {}, {"S": "a", "N": "1"}],
)
def test_a_malformed_value_is_refused(control, value):
    with pytest.raises(ClientError, match="ValidationException"):
        put(control, value=value)


def test_an_empty_key_is_refused_but_an_empty_attribute_is_not(control):
    put(control, note={"S": ""})

    with pytest.raises(ClientError, match="empty string"):
        control.put_item(TableName="control", Item={"key": {"S": ""}, "part": {"S": "-"}})


def test_removed_list_elements_are_those_of_the_item_as_it_was(control):
    put(control, notes={"L": [{"S": letter} for letter in "abcd"]})

    control.update_item(TableName="control", Key=KEY, UpdateExpression="REMOVE notes[0], notes[2]")

    assert read(control)["notes"] == {"L": [{"S": "b"}, {"S": "d"}]}


def test_a_word_of_the_grammar_is_known_in_any_case(control):
    put(control, tries={"N": "1"})

    control.update_item(
        TableName="control", Key=KEY, UpdateExpression="set tries = :two",
        ConditionExpression="attribute_exists(tries) and not tries between :two and :two",
        ExpressionAttributeValues={":two": {"N": "2"}},
    )  # fmt: skip

    assert read(control)["tries"] == {"N": "2"}


@pytest.mark.parametrize(
    "condition",
    [
        "((tries = :v))",
        "tries == :v",
        "tries = :v AND",
        "unknown(tries)",
        "size(tries, :v)",
        "tries = tries",
        "tries",
    ],
)
def test_a_condition_that_is_no_condition_is_refused(control, condition):
    put(control, tries={"N": "1"})
    values = {"ExpressionAttributeValues": {":v": {"N": "1"}}} if ":v" in condition else {}

    with pytest.raises(ClientError, match="ValidationException"):
        control.delete_item(TableName="control", Key=KEY, ConditionExpression=condition, **values)

    assert read(control)["tries"] == {"N": "1"}


@pytest.mark.parametrize(
    "legacy",
    [
        {"Expected": {"a": {"Exists": False}}},
        {"ReturnConsumedCapacity": "TOTAL"},
    ],
)
def test_parameters_that_are_not_simulated_are_refused_loudly(control, legacy):
    with pytest.raises(NotModelled, match="PutItem"):
        control.put_item(TableName="control", Item=KEY, **legacy)


def test_a_query_page_ends_at_one_megabyte(control):
    for number in range(12):
        put(control, part={"S": f"{number:02}"}, text={"S": "x" * 100_000})
    page = control.query(
        TableName="control", KeyConditionExpression="#k = :k", ExpressionAttributeNames={"#k": "key"},
        ExpressionAttributeValues={":k": {"S": "switch"}},
    )  # fmt: skip

    assert page["Count"] == 11
    assert page["LastEvaluatedKey"]["part"] == {"S": "10"}


def test_a_limit_that_ends_with_the_last_item_still_gives_a_key_to_go_on(control):
    put(control)
    request = {"TableName": "control", "Limit": 1}

    first = control.scan(**request)
    second = control.scan(**request, ExclusiveStartKey=first["LastEvaluatedKey"])

    assert (first["Count"], second["Count"]) == (1, 0)
    assert "LastEvaluatedKey" not in second


def test_paging_goes_on_behind_an_item_that_has_been_deleted(control):
    for part in ("a", "b", "c"):
        put(control, part={"S": part})
    request = {
        "TableName": "control",
        "KeyConditionExpression": "#k = :k", "ExpressionAttributeNames": {"#k": "key"},
        "ExpressionAttributeValues": {":k": {"S": "switch"}},
    }  # fmt: skip
    start = control.query(**request, Limit=2)["LastEvaluatedKey"]
    control.delete_item(TableName="control", Key=start)

    rest = control.query(**request, ExclusiveStartKey=start)

    assert [item["part"]["S"] for item in rest["Items"]] == ["c"]


def test_an_item_in_an_answer_is_a_copy(account, control):
    put(control, notes={"L": [{"S": "a"}]})

    read(control)["notes"]["L"].append({"S": "b"})
    account.dynamodb.operations["GetItem"]({"TableName": "control", "Key": KEY})["Item"]["notes"]["L"].clear()

    assert read(control)["notes"] == {"L": [{"S": "a"}]}


def test_an_item_outlives_its_time_by_hours_not_by_days(account, control):
    control.update_time_to_live(
        TableName="control", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )
    put(control, expires_at={"N": str(int(account.clock.now) + 60)})

    account.clock.run_for(120)
    soon = "Item" in control.get_item(TableName="control", Key=KEY)
    account.clock.run_for(DAY)

    assert soon
    assert "Item" not in control.get_item(TableName="control", Key=KEY)


def test_a_removal_by_age_says_so_in_the_stream(account, streamed):
    told = []
    account.dynamodb.tables["streamed"].listen(told.append)
    streamed.update_time_to_live(
        TableName="streamed", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )
    streamed.put_item(
        TableName="streamed", Item={"id": {"S": "a"}, "expires_at": {"N": str(int(account.clock.now))}}
    )
    account.clock.run_for(DAY)

    assert [record["eventName"] for record in told] == ["INSERT", "REMOVE"]
    assert told[1]["userIdentity"]["principalId"] == "dynamodb.amazonaws.com"


def test_a_listener_hears_of_a_transaction_when_all_of_it_is_stored(account, streamed):
    seen = []
    table = account.dynamodb.tables["streamed"]
    table.listen(lambda record: seen.append(len(table.rows)))

    streamed.transact_write_items(
        TransactItems=[{"Put": {"TableName": "streamed", "Item": {"id": {"S": name}}}} for name in "ab"]
    )

    assert seen == [2, 2]


def test_a_listener_gets_a_record_as_lambda_would(account, streamed):
    told = []
    account.dynamodb.tables["streamed"].listen(told.append)

    streamed.put_item(TableName="streamed", Item={"id": {"S": "a"}, "blob": {"B": b"\x00"}})

    (record,) = told
    assert record["eventSourceARN"] == account.dynamodb.tables["streamed"].stream.arn
    assert record["eventSource"] == "aws:dynamodb"
    assert record["dynamodb"]["NewImage"] == {"id": {"S": "a"}, "blob": {"B": "AA=="}}


def test_a_table_without_a_stream_cannot_be_listened_to(account, control):
    with pytest.raises(ValueError, match="no stream"):
        account.dynamodb.tables["control"].listen(print)


def test_a_stream_forgets_after_a_day_and_an_old_iterator_expires(account, client, streamed):
    streams = client("dynamodbstreams")
    arn = account.dynamodb.tables["streamed"].stream.arn
    streamed.put_item(TableName="streamed", Item={"id": {"S": "a"}})
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    request = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    old = streams.get_shard_iterator(**request)["ShardIterator"]

    account.clock.run_for(DAY + 1)
    fresh = streams.get_shard_iterator(**request)["ShardIterator"]

    assert streams.get_records(ShardIterator=fresh)["Records"] == []
    with pytest.raises(streams.exceptions.ExpiredIteratorException):
        streams.get_records(ShardIterator=old)


def test_an_iterator_goes_on_where_it_stopped(account, client, streamed):
    streams = client("dynamodbstreams")
    arn = account.dynamodb.tables["streamed"].stream.arn
    for name in "abc":
        streamed.put_item(TableName="streamed", Item={"id": {"S": name}})
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")

    first = streams.get_records(ShardIterator=start["ShardIterator"], Limit=2)
    second = streams.get_records(ShardIterator=first["NextShardIterator"])

    keys = [record["dynamodb"]["Keys"]["id"]["S"] for record in first["Records"] + second["Records"]]
    assert keys == ["a", "b", "c"]


def test_a_client_token_is_forgotten_after_ten_minutes(account, control):
    counting = {
        "Update": {
            "TableName": "control", "Key": KEY, "UpdateExpression": "ADD tries :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }  # fmt: skip
    for wait in (0, 300, 301):
        account.clock.run_for(wait)
        control.transact_write_items(TransactItems=[counting], ClientRequestToken="t")

    assert read(control)["tries"] == {"N": "2"}


def test_an_update_that_does_not_suit_its_item_is_a_cancellation_reason(control):
    put(control, tries={"S": "text"})
    update = {
        "TableName": "control", "Key": KEY, "UpdateExpression": "ADD tries :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }  # fmt: skip

    with pytest.raises(control.exceptions.TransactionCanceledException) as caught:
        control.transact_write_items(TransactItems=[{"Update": update}])

    assert caught.value.response["CancellationReasons"][0]["Code"] == "ValidationError"


def test_a_protected_table_is_not_deleted(client):
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="kept", BillingMode="PAY_PER_REQUEST", DeletionProtectionEnabled=True,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip

    with pytest.raises(ClientError, match="protected"):
        dynamodb.delete_table(TableName="kept")

    assert dynamodb.list_tables()["TableNames"] == ["kept"]


def _with_a_local_index(dynamodb, name, hash_key="key"):
    names = {"key", "part", "open", hash_key}
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "key", "KeyType": "HASH"},
            {"AttributeName": "part", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in sorted(names)],
        LocalSecondaryIndexes=[
            {
                "IndexName": "open",
                "KeySchema": [
                    {"AttributeName": hash_key, "KeyType": "HASH"},
                    {"AttributeName": "open", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def test_a_local_index_is_sparse_and_can_be_read_consistently(client):
    dynamodb = client("dynamodb")
    _with_a_local_index(dynamodb, "local")
    for part, more in (("a", {"open": {"S": "yes"}}), ("b", {}), ("c", {"open": {"S": "yes"}})):
        dynamodb.put_item(TableName="local", Item={"key": {"S": "k"}, "part": {"S": part}, **more})
    dynamodb.update_item(
        TableName="local",
        Key={"key": {"S": "k"}, "part": {"S": "a"}},
        UpdateExpression="REMOVE #o",
        ExpressionAttributeNames={"#o": "open"},
    )

    found = dynamodb.query(
        TableName="local",
        IndexName="open",
        KeyConditionExpression="#k = :k",
        ExpressionAttributeNames={"#k": "key"},
        ExpressionAttributeValues={":k": {"S": "k"}},
        ConsistentRead=True,
    )["Items"]

    assert [item["part"]["S"] for item in found] == ["c"]


def test_a_local_index_has_the_hash_key_of_its_table(client):
    with pytest.raises(ClientError, match="same leading hash key"):
        _with_a_local_index(client("dynamodb"), "stranger", hash_key="other")
