import re

import pytest
from botocore.exceptions import ClientError

from tests.contract.items import get, key, n, put, s, update


def code(caught) -> str:
    return caught.value.response["Error"]["Code"]


def holds(client, condition: str, names=None, values=None) -> bool:
    """Whether a condition holds for the stored item."""
    extra = {"ExpressionAttributeNames": names} if names else {}
    extra |= {"ExpressionAttributeValues": values} if values else {}
    try:
        client.delete_item(TableName="changes", Key=key(), ConditionExpression=condition, **extra)
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def test_an_item_comes_back_as_it_was_put(dynamodb):
    everything = {
        "text": s("é"),
        "number": n("12.5"),
        "yes": {"BOOL": True},
        "nothing": {"NULL": True},
        "blob": {"B": b"\x00\xff"},
        "list": {"L": [s("a"), {"M": {"deep": n(1)}}]},
        "map": {"M": {"inner": s("b")}},
    }
    put(dynamodb, **everything)

    found = get(dynamodb)

    assert found == key() | everything


def test_an_item_that_was_never_put_is_absent(dynamodb):
    assert get(dynamodb) is None


def test_a_put_replaces_the_whole_item(dynamodb):
    put(dynamodb, first=s("1"))
    put(dynamodb, second=s("2"))

    assert get(dynamodb) == key() | {"second": s("2")}


def test_a_put_returns_the_item_it_replaced_when_asked(dynamodb):
    put(dynamodb, first=s("1"))

    answer = dynamodb.put_item(TableName="changes", Item=key(), ReturnValues="ALL_OLD")

    assert answer["Attributes"] == key() | {"first": s("1")}


def test_a_put_under_attribute_not_exists_happens_once(dynamodb):
    condition = {"ConditionExpression": "attribute_not_exists(workload)"}
    dynamodb.put_item(TableName="changes", Item=key() | {"try": n(1)}, **condition)

    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(TableName="changes", Item=key() | {"try": n(2)}, **condition)

    assert get(dynamodb)["try"] == n(1)


def test_a_failed_condition_shows_the_item_when_asked(dynamodb):
    put(dynamodb, turn=s("apply"))

    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as caught:
        dynamodb.put_item(
            TableName="changes", Item=key(), ConditionExpression="attribute_not_exists(workload)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )  # fmt: skip

    assert caught.value.response["Item"] == key() | {"turn": s("apply")}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("turn = :apply", True),
        ("turn <> :apply", False),
        ("turn <> :settle", True),
        ("absent <> :apply", True),
        ("absent = :apply", False),
        ("NOT absent = :apply", True),
        ("turn = :apply AND tries > :one", True),
        ("turn = :settle OR tries >= :two", True),
        ("turn = :settle OR tries < :two AND turn = :apply", False),
        ("(turn = :settle OR tries = :two) AND turn = :apply", True),
        ("tries BETWEEN :one AND :two", True),
        ("turn IN (:settle, :apply)", True),
        ("attribute_exists(turn) AND attribute_not_exists(absent)", True),
        ("attribute_exists(sizes.size)", True),
        ("attribute_type(tries, :number)", True),
        ("begins_with(turn, :ap)", True),
        ("contains(turn, :ppl)", True),
        ("contains(pools, :fargate)", True),
        ("size(turn) > :two", True),
        ("size(pools) = :two", True),
        ("sizes.size = :two", True),
        ("pools[1] = :fargate", True),
    ],
)
def test_a_condition_judges_the_stored_item(dynamodb, condition, expected):
    values = {
        ":apply": s("apply"), ":settle": s("settle"), ":one": n(1), ":two": n(2), ":number": s("N"),
        ":ap": s("ap"), ":ppl": s("ppl"), ":fargate": s("FARGATE"),
    }  # fmt: skip
    put(
        dynamodb, turn=s("apply"), tries=n(2), sizes={"M": {"size": n(2)}},
        pools={"L": [s("FARGATE_SPOT"), s("FARGATE")]},
    )  # fmt: skip
    condition = condition.replace("sizes.size", "sizes.#size")
    words = re.findall(r":\w+", condition)
    used = {name: value for name, value in values.items() if name in words}
    names = {"#size": "size"} if "#size" in condition else None

    assert holds(dynamodb, condition, names, used) is expected


def test_values_of_different_types_have_no_order(aws, dynamodb):
    aws.skip_on("moto", "moto answers with an internal error")
    put(dynamodb, tries=n(2))

    assert not holds(dynamodb, "tries > :text OR tries <= :text", values={":text": s("1")})


def test_numbers_are_compared_as_numbers(dynamodb):
    put(dynamodb, count=n(10))

    assert holds(dynamodb, "#c > :nine", {"#c": "count"}, {":nine": n(9)})


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ("SET a = :v", {":v": s("new")}, {"a": s("new")}),
        ("SET tries = tries + :v", {":v": n(1)}, {"tries": n(3)}),
        ("SET tries = tries - :v", {":v": n(5)}, {"tries": n(-3)}),
        ("SET tries = if_not_exists(tries, :v)", {":v": n(9)}, {"tries": n(2)}),
        ("SET fresh = if_not_exists(fresh, :v)", {":v": n(9)}, {"fresh": n(9)}),
        ("SET notes = list_append(notes, :v)", {":v": {"L": [s("b")]}}, {"notes": {"L": [s("a"), s("b")]}}),
        ("SET sizes.deep = :v", {":v": n(1)}, {"sizes": {"M": {"deep": n(1)}}}),
        ("SET notes[0] = :v", {":v": s("z")}, {"notes": {"L": [s("z")]}}),
        ("REMOVE a", None, {"a": None}),
        ("ADD tries :v", {":v": n(2)}, {"tries": n(4)}),
        ("ADD fresh :v", {":v": n(2)}, {"fresh": n(2)}),
        ("SET b = a, a = :v", {":v": s("new")}, {"a": s("new"), "b": s("old")}),
        ("SET b = :v REMOVE a", {":v": s("x")}, {"a": None, "b": s("x")}),
    ],
)
def test_an_update_changes_what_it_names(dynamodb, expression, values, expected):
    put(dynamodb, a=s("old"), tries=n(2), notes={"L": [s("a")]}, sizes={"M": {}})

    update(dynamodb, expression, values=values)

    found = get(dynamodb)
    assert {name: found.get(name) for name in expected} == expected


def test_sets_grow_and_shrink(dynamodb):
    put(dynamodb, tags={"SS": ["a", "b"]})

    update(dynamodb, "ADD tags :more", values={":more": {"SS": ["c"]}})
    update(dynamodb, "DELETE tags :less", values={":less": {"SS": ["a"]}})

    assert sorted(get(dynamodb)["tags"]["SS"]) == ["b", "c"]


def test_a_set_that_loses_its_last_member_is_gone(dynamodb):
    put(dynamodb, tags={"SS": ["a"]})

    update(dynamodb, "DELETE tags :all", values={":all": {"SS": ["a"]}})

    assert "tags" not in get(dynamodb)


def test_an_update_makes_an_item_that_was_not_there(dynamodb):
    update(dynamodb, "SET turn = :v", values={":v": s("apply")})

    assert get(dynamodb) == key() | {"turn": s("apply")}


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("ALL_OLD", {"a": s("1"), "b": s("1")}),
        ("UPDATED_OLD", {"a": s("1")}),
        ("ALL_NEW", {"a": s("2"), "b": s("1")}),
        ("UPDATED_NEW", {"a": s("2")}),
    ],
)
def test_an_update_returns_what_it_is_asked_for(dynamodb, wish, expected):
    put(dynamodb, a=s("1"), b=s("1"))

    answer = update(dynamodb, "SET a = :v", values={":v": s("2")}, ReturnValues=wish)

    assert {k: v for k, v in answer["Attributes"].items() if k not in key()} == expected


def test_an_update_cannot_touch_the_key(dynamodb):
    with pytest.raises(ClientError) as caught:
        update(dynamodb, "SET #i = :v", names={"#i": "item"}, values={":v": s("x")})

    assert code(caught) == "ValidationException"


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("SET status = :v", {":v": s("x")}),
        ("SET a = missing + :v", {":v": n(1)}),
        ("SET a = :undefined", {":v": n(1)}),
        ("SET a = :v, a = :v", {":v": n(1)}),
        ("SET a.b.c = :v", {":v": n(1)}),
        ("ADD a :v", {":v": s("text")}),
        ("SET a :v", {":v": n(1)}),
    ],
)
def test_a_wrong_update_is_refused_and_changes_nothing(dynamodb, expression, values):
    put(dynamodb, a=n(1))

    with pytest.raises(ClientError) as caught:
        update(dynamodb, expression, values=values)

    assert code(caught) == "ValidationException"
    assert get(dynamodb) == key() | {"a": n(1)}


def test_a_placeholder_that_is_not_used_is_refused(dynamodb):
    with pytest.raises(ClientError) as caught:
        update(dynamodb, "SET a = :v", values={":v": n(1), ":unused": n(2)})

    assert code(caught) == "ValidationException"


def test_a_reserved_word_needs_a_placeholder(dynamodb):
    update(dynamodb, "SET #s = :v", names={"#s": "state"}, values={":v": s("applying")})

    assert get(dynamodb)["state"] == s("applying")


def test_an_item_above_400_kb_is_refused(dynamodb):
    with pytest.raises(ClientError) as caught:
        put(dynamodb, text=s("x" * 410_000))

    assert code(caught) == "ValidationException"


def test_a_key_of_the_wrong_type_is_refused(aws, dynamodb):
    aws.skip_on("moto", "moto reads with a key of any type")
    with pytest.raises(ClientError) as caught:
        dynamodb.get_item(TableName="changes", Key={"workload": n(1), "item": s("x")})

    assert code(caught) == "ValidationException"


def test_a_table_that_does_not_exist_is_not_found(dynamodb):
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.get_item(TableName="nowhere", Key=key())


def test_a_deleted_item_is_gone_and_deleting_it_again_is_no_error(dynamodb):
    put(dynamodb)

    dynamodb.delete_item(TableName="changes", Key=key())
    dynamodb.delete_item(TableName="changes", Key=key())

    assert get(dynamodb) is None


def test_a_batch_writes_and_reads(dynamodb):
    writes = [{"PutRequest": {"Item": key(f"CHANGE#{i}")}} for i in range(25)]
    dynamodb.batch_write_item(RequestItems={"changes": writes})

    keys = [key(f"CHANGE#{i}") for i in range(30)]
    answer = dynamodb.batch_get_item(RequestItems={"changes": {"Keys": keys}})

    assert len(answer["Responses"]["changes"]) == 25
    assert answer["UnprocessedKeys"] == {}


def test_a_batch_of_26_writes_is_refused(aws, dynamodb):
    aws.skip_on("moto", "moto takes more than 25 writes in a batch")
    writes = [{"PutRequest": {"Item": key(f"CHANGE#{i}")}} for i in range(26)]

    with pytest.raises(ClientError) as caught:
        dynamodb.batch_write_item(RequestItems={"changes": writes})

    assert code(caught) == "ValidationException"


def test_a_projection_shows_only_its_paths(dynamodb):
    put(dynamodb, a=s("1"), b=s("2"), sizes={"M": {"x": n(1), "y": n(2)}})

    answer = dynamodb.get_item(TableName="changes", Key=key(), ProjectionExpression="a, sizes.x")

    assert answer["Item"] == {"a": s("1"), "sizes": {"M": {"x": n(1)}}}
