import pytest
from botocore.exceptions import ClientError

from tests.contract.items import get, key, n, put, s

TABLE = {"TableName": "changes"}


def cancelled(client, *actions) -> list[dict]:
    """The reasons of a transaction that must be cancelled."""
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.transact_write_items(TransactItems=list(actions))
    return caught.value.response["CancellationReasons"]


def an_update(item: str, turn: str, expected: str) -> dict:
    return {
        "Update": TABLE | {
            "Key": key(item),
            "UpdateExpression": "SET turn = :new",
            "ConditionExpression": "turn = :expected",
            "ExpressionAttributeValues": {":new": s(turn), ":expected": s(expected)},
        }
    }  # fmt: skip


def test_a_transaction_writes_all_of_its_items(dynamodb):
    put(dynamodb, "CHANGE#1", turn=s("apply"))
    put(dynamodb, "CHANGE#2")
    dynamodb.transact_write_items(
        TransactItems=[
            an_update("CHANGE#1", "settle", "apply"),
            {"Put": TABLE | {"Item": key("HEAD") | {"fence": n(1)}}},
            {"Delete": TABLE | {"Key": key("CHANGE#2")}},
        ]
    )

    assert get(dynamodb, "CHANGE#1")["turn"] == s("settle")
    assert get(dynamodb, "HEAD")["fence"] == n(1)
    assert get(dynamodb, "CHANGE#2") is None


def test_a_transaction_with_one_failed_condition_writes_nothing(dynamodb):
    put(dynamodb, "CHANGE#1", turn=s("settle"))

    reasons = cancelled(
        dynamodb,
        {"Put": TABLE | {"Item": key("HEAD")}},
        an_update("CHANGE#1", "none", "apply"),
    )

    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert get(dynamodb, "HEAD") is None


def test_a_cancelled_transaction_shows_the_item_when_asked(dynamodb):
    put(dynamodb, "HEAD", fence=n(7))
    taking = {
        "Put": TABLE | {
            "Item": key("HEAD"),
            "ConditionExpression": "attribute_not_exists(workload)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }  # fmt: skip

    (reason,) = cancelled(dynamodb, taking)

    assert reason["Item"] == key("HEAD") | {"fence": n(7)}


def test_a_condition_check_guards_an_item_that_is_not_written(dynamodb):
    check = {
        "ConditionCheck": TABLE | {"Key": key("HEAD"), "ConditionExpression": "attribute_exists(workload)"}
    }

    reasons = cancelled(dynamodb, check, {"Put": TABLE | {"Item": key("CHANGE#1")}})

    assert reasons[0]["Code"] == "ConditionalCheckFailed"
    assert get(dynamodb) is None


def test_a_transaction_may_not_name_an_item_twice(dynamodb):
    with pytest.raises(ClientError) as caught:
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": TABLE | {"Item": key()}},
                {"Delete": TABLE | {"Key": key()}},
            ]
        )

    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_a_transaction_of_101_items_is_refused(dynamodb):
    puts = [{"Put": TABLE | {"Item": key(f"CHANGE#{number}")}} for number in range(101)]

    with pytest.raises(ClientError) as caught:
        dynamodb.transact_write_items(TransactItems=puts)

    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_a_repeated_client_token_writes_once(aws, dynamodb):
    aws.skip_on("moto", "moto ignores ClientRequestToken")
    counting = {
        "Update": TABLE | {
            "Key": key(), "UpdateExpression": "ADD tries :one", "ExpressionAttributeValues": {":one": n(1)}
        }
    }  # fmt: skip
    for _ in range(2):
        dynamodb.transact_write_items(TransactItems=[counting], ClientRequestToken="once")

    assert get(dynamodb)["tries"] == n(1)


def test_a_client_token_with_another_request_is_refused(aws, dynamodb):
    aws.skip_on("moto", "moto ignores ClientRequestToken")
    dynamodb.transact_write_items(
        TransactItems=[{"Put": TABLE | {"Item": key("a")}}], ClientRequestToken="once"
    )

    with pytest.raises(dynamodb.exceptions.IdempotentParameterMismatchException):
        dynamodb.transact_write_items(
            TransactItems=[{"Put": TABLE | {"Item": key("b")}}], ClientRequestToken="once"
        )


def test_a_transaction_reads_items_in_the_order_asked(dynamodb):
    put(dynamodb, "CHANGE#1", turn=s("a"))

    answer = dynamodb.transact_get_items(
        TransactItems=[{"Get": TABLE | {"Key": key("HEAD")}}, {"Get": TABLE | {"Key": key("CHANGE#1")}}]
    )

    assert [response.get("Item", {}).get("turn") for response in answer["Responses"]] == [None, s("a")]
