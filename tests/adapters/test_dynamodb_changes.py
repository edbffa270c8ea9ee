"""What a Change looks like in the table: the strings that the stream, the index and the clean-up go by."""

from datetime import timedelta

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from tests.adapters.stores import Table, store
from tests.samples import NOW, ORDERS, a_change, minutes
from trimtab.adapters.dynamodb_changes import DynamoDbChanges
from trimtab.adapters.dynamodb_items import to_dynamodb, write_change
from trimtab.model.change import Kind, State, Turn
from trimtab.model.errors import ConflictError, UnreadableError

YEAR_AND_MORE = timedelta(days=400)


@pytest.fixture(scope="module")
def table():
    with mock_aws():
        yield Table(boto3.client("dynamodb", region_name="eu-west-1"))


@pytest.fixture
def recorded(table, request):
    def record(**said):
        change = a_change(**{"workload": f"{ORDERS}/{request.node.name}", **said})
        assert table.changes.record(change)
        return change

    return record


def item(table, change):
    return table.item(change.workload, f"CHANGE#{change.id}")


def test_the_strings_that_stream_and_index_go_by_are_at_the_top(table, recorded):
    there = item(table, recorded())

    assert {k: there[k] for k in ("id", "kind", "state", "turn", "open_turn", "due_at")} == {
        "id": "resize1",
        "kind": "resize",
        "state": "planned",
        "turn": "apply",
        "open_turn": "apply",
        "due_at": "2026-03-02T04:05:06Z",
    }


def test_an_open_change_is_never_cleaned_up(table, recorded):
    change = recorded()

    table.changes.take(change, NOW + minutes(3), NOW)

    assert "expires_at" not in item(table, change)


def test_the_open_turn_follows_the_turn_in_every_step(table, recorded):
    change = recorded()
    taken = table.changes.take(change, NOW + minutes(3), NOW)
    assert item(table, change)["open_turn"] == "settle"

    table.changes.wait(taken, Turn.APPLY, NOW + minutes(4), "applier_lost", "It did not come back.")

    assert item(table, change)["open_turn"] == item(table, change)["turn"] == "apply"


def test_a_closed_change_leaves_the_index_and_is_kept_400_days(table, recorded):
    change = recorded()
    closed_at = NOW + timedelta(days=3)

    table.changes.move(change, State.REFUSED, Turn.NONE, closed_at, closed_at, "held", "On hold.")

    there = item(table, change)
    assert "open_turn" not in there
    assert there["turn"] == "none"
    assert there["expires_at"] == (closed_at + YEAR_AND_MORE).timestamp()


def test_a_change_that_is_refused_at_once_is_kept_as_long(table, recorded):
    there = item(table, recorded(state=State.REFUSED, turn=Turn.NONE))

    assert "open_turn" not in there
    assert there["expires_at"] == (NOW + YEAR_AND_MORE).timestamp()


def test_the_workload_remembers_what_was_set_last_and_counts_its_holders(table, recorded):
    taken = table.changes.take(recorded(), NOW + minutes(3), NOW)
    assert table.item(taken.workload, "HEAD")["lease_until"] == "2026-03-02T04:08:06Z"

    table.changes.move(
        taken, State.SUCCEEDED, Turn.NONE, NOW, NOW, "handed_over", "Done.", {"parameter": "/trimtab/x"}
    )

    head = table.item(taken.workload, "HEAD")
    assert (head["last_value"], head["fence"]) == ({"parameter": "/trimtab/x"}, 1)
    assert "holder" not in head
    assert "lease_until" not in head


def test_a_workload_that_nobody_holds_is_forgotten_in_the_end(table, recorded):
    change = recorded()
    taken = table.changes.take(change, NOW + minutes(3), NOW)
    assert "expires_at" not in table.item(change.workload, "HEAD")
    later = NOW + minutes(2)

    waiting = table.changes.move(taken, State.PLANNED, Turn.APPLY, later, later, "throttled", "Later.")

    assert table.item(change.workload, "HEAD")["expires_at"] == (later + YEAR_AND_MORE).timestamp()
    taken = table.changes.take(waiting, later + minutes(3), later)
    assert "expires_at" not in table.item(change.workload, "HEAD")
    parent = table.changes.move(taken, State.DEPLOYING, Turn.SETTLE, NOW, NOW)
    watching = table.changes.move(parent, State.WATCHING, Turn.SETTLE, NOW, NOW)
    rollback = a_change(workload=change.workload, id="back", kind=Kind.ROLLBACK, parent=change.id)
    table.changes.roll_back(watching, rollback, NOW, "near_memory_limit", "It came near.")
    assert "expires_at" not in table.item(change.workload, "HEAD")


STRANGE = [
    {"kind": "dance"},
    {"state": "asleep"},
    {"turn": "theirs"},
    {"due_at": "2026-03-02T04:05:06.123Z"},
    {"base": None},
    {"target": {"size": [256]}},
    {"times": "now"},
]


@pytest.mark.parametrize("strange", STRANGE, ids=repr)
def test_a_change_that_cannot_be_read_is_told_and_hides_no_other(table, recorded, strange):
    before = recorded(id="a", due_at=NOW - minutes(2))
    odd = a_change(workload=before.workload, id="b", due_at=NOW - minutes(1))
    table.client.put_item(TableName="changes", Item=to_dynamodb({**write_change(odd), **strange}))
    after = recorded(id="c")
    table.unreadable.clear()

    found = [
        table.changes.of(before.workload),
        table.changes.open_of(before.workload),
        [c for c in table.changes.due(Turn.APPLY, NOW) if c.workload == before.workload],
    ]

    assert [[c.id for c in some] for some in found] == [["a", "c"]] * 3
    told = [str(fault) for fault in table.unreadable if before.workload in str(fault)]
    assert len(told) == 3
    assert told[0].startswith(f"cannot read CHANGE#b of {before.workload}")
    with pytest.raises(UnreadableError, match="left as it is"):
        table.changes.get(before.workload, "b")
    table.changes.move(after, State.REFUSED, Turn.NONE, NOW, NOW)


def test_what_is_open_is_found_without_reading_what_is_closed(table, recorded):
    for number in range(5):
        recorded(id=f"closed{number}", state=State.REFUSED, turn=Turn.NONE)
    change = recorded(id="open")
    requests = []
    table.client.meta.events.register_first(
        "after-call.dynamodb.Query",
        lambda parsed, **_: requests.append(parsed["ScannedCount"]),
        unique_id="count",
    )

    found = table.changes.open_of(change.workload)

    table.client.meta.events.unregister("after-call.dynamodb.Query", unique_id="count")
    assert [c.id for c in found] == ["open"]
    assert requests == [1]


def test_a_rollback_and_its_parents_step_are_one_transaction(table, recorded):
    taken = table.changes.take(recorded(), NOW + minutes(3), NOW)
    parent = table.changes.move(taken, State.DEPLOYING, Turn.SETTLE, NOW, NOW)
    rollback = a_change(workload=parent.workload, id="back", kind=Kind.ROLLBACK, parent=parent.id)
    table.changes.record(rollback)

    with pytest.raises(ConflictError):
        table.changes.roll_back(parent, rollback, NOW, "rollout_failed", "ECS: tasks failed.")

    assert item(table, parent)["state"] == "deploying"


@pytest.fixture
def refused():
    client = boto3.client("dynamodb", region_name="eu-west-1")
    with Stubber(client) as stubber:
        yield DynamoDbChanges(client, "changes", "control", print), stubber


# moto never refuses for a transaction that is under way, nor for its own trouble: Stubber does.
def test_a_step_beside_somebody_elses_transaction_is_a_lost_race(refused):
    changes, stubber = refused
    stubber.add_client_error("update_item", "TransactionConflictException")

    with pytest.raises(ConflictError, match="Nothing was changed"):
        changes.note(a_change(), {"task_definition": "td:2"})


def test_a_new_change_beside_somebody_elses_transaction_is_not_taken_for_an_old_one(refused):
    changes, stubber = refused
    stubber.add_client_error("put_item", "TransactionConflictException")

    with pytest.raises(Exception, match="TransactionConflictException"):
        changes.record(a_change())


@pytest.mark.parametrize(
    ("operation", "act"),
    [
        ("put_item", lambda c: c.record(a_change())),
        ("update_item", lambda c: c.note(a_change(), {"task": "t"})),
        ("update_item", lambda c: c.ring(a_change())),
        ("transact_write_items", lambda c: c.take(a_change(), NOW, NOW)),
    ],
)
def test_trouble_of_the_table_itself_is_never_taken_for_a_lost_race(refused, operation, act):
    changes, stubber = refused
    stubber.add_client_error(operation, "ProvisionedThroughputExceededException")

    with pytest.raises(Exception, match="ProvisionedThroughputExceeded"):
        act(changes)


def test_a_change_is_new_although_the_sdk_sent_its_write_twice(table):
    class Again:
        """Sends each put once more, as the SDK does when an answer is lost."""

        def __getattr__(self, name):
            return getattr(table.client, name)

        def put_item(self, **asked):
            table.client.put_item(**asked)
            return table.client.put_item(**asked)

    changes = DynamoDbChanges(Again(), "changes", "control", table.unreadable.append)

    assert changes.record(a_change())
    assert not changes.record(a_change(sentence="Said again."))


STEPS = {
    "move": lambda c, now: c.move(now, State.DEPLOYING, Turn.SETTLE, NOW, NOW, applied={"deployment": "d"}),
    "wait": lambda c, now: c.wait(now, Turn.APPLY, NOW + minutes(4), "applier_lost", "It did not come back."),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_the_sdk_repeats_because_its_answer_was_lost_is_won(step):
    with store("laboratory") as table:
        change = a_change()
        table.changes.record(change)
        taken = table.changes.take(change, NOW + minutes(2), NOW)
        real, sent = table.client.update_item, []

        def lost_then_repeated(**asked):
            if not sent:
                sent.append(real(**asked))
            return real(**asked)

        table.client.update_item = lost_then_repeated
        STEPS[step](table.changes, taken)

        assert len(sent) == 1


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_somebody_else_took_in_another_way_is_lost(table, recorded, step):
    taken = table.changes.take(recorded(), NOW + minutes(2), NOW)
    table.changes.move(taken, State.NEEDS_HUMAN, Turn.NONE, NOW, NOW, "applier_lost", "Lost.")

    with pytest.raises(ConflictError):
        STEPS[step](table.changes, taken)


def test_the_same_step_of_a_later_applier_is_not_taken_for_ours(table, recorded):
    ours = table.changes.take(recorded(), NOW - minutes(1), NOW)
    table.changes.wait(ours, Turn.APPLY, NOW, "applier_lost", "It did not come back.")
    later = table.changes.take(table.changes.get(ours.workload, ours.id), NOW + minutes(2), NOW)
    STEPS["move"](table.changes, later)

    with pytest.raises(ConflictError):
        STEPS["move"](table.changes, ours)


def test_a_note_of_somebody_who_lost_the_change_is_lost(table, recorded):
    taken = table.changes.take(recorded(), NOW + minutes(2), NOW)
    noted = table.changes.note(taken, {"sent": "d"})
    table.changes.move(noted, State.DEPLOYING, Turn.SETTLE, NOW, NOW)

    with pytest.raises(ConflictError):
        table.changes.note(taken, {"sent": "d"})
