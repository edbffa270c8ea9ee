import pytest
from botocore.exceptions import ClientError

from tests.contract.items import key, n, put, s, update


def query(client, condition: str, values: dict, **others) -> list[str]:
    """The range keys that a query finds, in its order."""
    answer = client.query(
        TableName="changes", KeyConditionExpression=condition.replace("item", "#item"),
        ExpressionAttributeValues=values,
        **({"ExpressionAttributeNames": {"#item": "item"}} if "item" in condition else {}), **others,
    )  # fmt: skip
    return [item["item"]["S"] for item in answer["Items"]]


@pytest.fixture
def five(dynamodb):
    for number in range(1, 6):
        put(
            dynamodb,
            f"CHANGE#{number}",
            number=n(number),
            open_turn=s("apply"),
            due_at=s(f"2026-03-0{number}"),
        )
    put(dynamodb, "HEAD")
    put(dynamodb, "CHANGE#1", workload="other")
    return dynamodb


@pytest.mark.parametrize(
    ("condition", "values", "found"),
    [
        ("item = :a", {":a": s("HEAD")}, ["HEAD"]),
        ("item < :a", {":a": s("CHANGE#3")}, ["CHANGE#1", "CHANGE#2"]),
        ("item <= :a", {":a": s("CHANGE#2")}, ["CHANGE#1", "CHANGE#2"]),
        ("item > :a", {":a": s("CHANGE#4")}, ["CHANGE#5", "HEAD"]),
        ("item >= :a", {":a": s("CHANGE#5")}, ["CHANGE#5", "HEAD"]),
        ("item BETWEEN :a AND :b", {":a": s("CHANGE#2"), ":b": s("CHANGE#3")}, ["CHANGE#2", "CHANGE#3"]),
        ("begins_with(item, :a)", {":a": s("CHANGE#")}, [f"CHANGE#{number}" for number in range(1, 6)]),
    ],
)
def test_a_query_finds_a_range_in_order(five, condition, values, found):
    assert query(five, f"workload = :w AND {condition}", {":w": s("orders")} | values) == found


def test_a_query_can_run_backwards(five):
    found = query(five, "workload = :w", {":w": s("orders")}, ScanIndexForward=False)

    assert found == ["HEAD", *(f"CHANGE#{number}" for number in range(5, 0, -1))]


def test_pages_of_a_query_join_up(five):
    found, start, pages = [], {}, 0
    while True:
        answer = five.query(
            TableName="changes", KeyConditionExpression="workload = :w", Limit=2,
            ExpressionAttributeValues={":w": s("orders")}, **start,
        )  # fmt: skip
        found += [item["item"]["S"] for item in answer["Items"]]
        pages += 1
        if "LastEvaluatedKey" not in answer:
            break
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    assert found == [*(f"CHANGE#{number}" for number in range(1, 6)), "HEAD"]
    assert pages >= 3


def test_a_filter_comes_after_the_limit(five):
    answer = five.query(
        TableName="changes", KeyConditionExpression="workload = :w", Limit=3,
        FilterExpression="#n > :two", ExpressionAttributeNames={"#n": "number"},
        ExpressionAttributeValues={":w": s("orders"), ":two": n(2)},
    )  # fmt: skip

    assert (answer["Count"], answer["ScannedCount"]) == (1, 3)


def test_counting_returns_no_items(five):
    answer = five.query(
        TableName="changes", KeyConditionExpression="workload = :w", Select="COUNT",
        ExpressionAttributeValues={":w": s("orders")},
    )  # fmt: skip

    assert answer["Count"] == 6
    assert "Items" not in answer


def test_the_sparse_index_holds_only_open_changes_in_order_of_their_due_time(five):
    found = query(
        five, "open_turn = :t AND due_at <= :d", {":t": s("apply"), ":d": s("2026-03-03")}, IndexName="open"
    )

    assert found == ["CHANGE#1", "CHANGE#2", "CHANGE#3"]


def test_a_change_that_closes_leaves_the_index(five):
    update(five, "REMOVE open_turn")

    found = query(five, "open_turn = :t", {":t": s("apply")}, IndexName="open")

    assert found == ["CHANGE#2", "CHANGE#3", "CHANGE#4", "CHANGE#5"]


def test_pages_of_an_index_join_up(five):
    values = {":t": s("apply")}
    first = five.query(
        TableName="changes", IndexName="open", KeyConditionExpression="open_turn = :t", Limit=2,
        ExpressionAttributeValues=values,
    )  # fmt: skip

    rest = query(
        five, "open_turn = :t", values, IndexName="open", ExclusiveStartKey=first["LastEvaluatedKey"]
    )

    assert set(first["LastEvaluatedKey"]) == {"workload", "item", "open_turn", "due_at"}
    assert rest == ["CHANGE#3", "CHANGE#4", "CHANGE#5"]


def test_an_index_cannot_be_read_consistently(five):
    with pytest.raises(ClientError) as caught:
        query(five, "open_turn = :t", {":t": s("apply")}, IndexName="open", ConsistentRead=True)

    assert caught.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize("condition", ["item = :a", "workload > :a"])
def test_a_query_without_its_hash_key_is_refused(five, condition):
    with pytest.raises(ClientError) as caught:
        query(five, condition, {":a": s("x")})

    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_a_scan_sees_every_item_once(five):
    answer = five.scan(TableName="changes")

    assert answer["Count"] == 7
    assert len({(item["workload"]["S"], item["item"]["S"]) for item in answer["Items"]}) == 7


def test_pages_of_a_scan_join_up(five):
    pages = five.get_paginator("scan").paginate(TableName="changes", PaginationConfig={"PageSize": 3})

    assert sum(page["Count"] for page in pages) == 7


def test_a_scan_of_the_index_leaves_out_what_is_not_open(five):
    assert five.scan(TableName="changes", IndexName="open")["Count"] == 5


def test_a_segmented_scan_covers_the_table(five):
    counts = [five.scan(TableName="changes", Segment=part, TotalSegments=3)["Count"] for part in range(3)]

    assert sum(counts) == 7


def test_an_item_that_cannot_be_in_the_index_is_refused(aws, five):
    aws.skip_on("moto", "moto puts items whose index key has the wrong type")
    with pytest.raises(ClientError) as caught:
        five.put_item(TableName="changes", Item=key("CHANGE#9") | {"open_turn": n(1), "due_at": s("x")})

    assert caught.value.response["Error"]["Code"] == "ValidationException"
