import json
from dataclasses import replace
from datetime import timedelta

from tests.cli.operator.conftest import NOW
from trimtab.adapters.dynamodb_items import to_dynamodb, write_change
from trimtab.model.change import Base, Change, Kind, State, Target, Turn
from trimtab.model.task_size import TaskSize

ORDERS = "arn:aws:ecs:eu-west-1:111122223333:service/prod/orders"


def proposal(**fields):
    change = Change(
        workload=ORDERS, id="abc", kind=Kind.RESIZE, state=State.PROPOSED, turn=Turn.SETTLE,
        due_at=NOW + timedelta(days=1), cluster="prod", name="orders", mode="observe",
        base=Base(f"{ORDERS}:1"), target=Target(size=TaskSize(512, 1024)), rule="maximum_and_percentile",
        reason="too_large", sentence="Half would do.", cause="rightsize_fleet/x",
        decide_by=NOW + timedelta(days=1), created_at=NOW,
    )  # fmt: skip
    return replace(change, **fields)


def test_status_tells_switch_policy_and_every_open_change(run, installation):
    installation.changes.record(proposal())
    installation.changes.record(proposal(id="due", state=State.PLANNED, turn=Turn.APPLY, due_at=NOW))
    installation.changes.record(
        proposal(id="ask", turn=Turn.PERSON, outcome="x", outcome_sentence="Say yes.")
    )
    installation.changes.record(proposal(id="no", state=State.REFUSED, turn=Turn.NONE))

    answer = run("status", "--json")

    told = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert told["switch"]["position"] == "rollback-only"
    assert told["policy"] == {"version": 0, "readable": True}
    assert [(c["id"], c["turn"], c["due_at"]) for c in told["open_changes"]] == [
        ("due", "apply", "2026-03-02T04:05:06Z"),
        ("abc", "settle", "2026-03-03T04:05:06Z"),
        ("ask", "person", "2026-03-03T04:05:06Z"),
    ]


def test_status_for_people_has_a_line_a_change_with_why(run, installation):
    installation.changes.record(proposal())
    installation.changes.record(proposal(id="ask", turn=Turn.PERSON, outcome_sentence="Say\nyes \x1b[31m."))

    lines = run("status").stdout.splitlines()

    assert lines[0] == "switch   rollback-only: never set: `trimtab resume` arms a new installation"
    assert lines[1] == "policy   version 0 (built in)"
    assert lines[2] == "changes  2 open"
    assert any("prod/orders" in line and "Half would do." in line for line in lines)
    assert any("Say yes ?[31m." in line for line in lines)


def test_status_names_a_change_that_cannot_be_read_and_shows_the_others(run, installation):
    installation.changes.record(proposal())
    strange = to_dynamodb({**write_change(proposal(id="strange")), "kind": "dance"})
    installation.dynamodb.put_item(TableName="changes", Item=strange)

    answer = run("status", "--json")

    assert answer.exit_code == 0
    assert [c["id"] for c in json.loads(answer.stdout)["open_changes"]] == ["abc"]
    assert answer.stderr.startswith(f"cannot read CHANGE#strange of {ORDERS}")
    assert len(answer.stderr.splitlines()) == 1


def test_status_says_when_the_policy_cannot_be_read(run, installation):
    item = {"key": {"S": "policy"}, "part": {"S": "current"}, "version": {"N": "4"}, "document": {"S": "{"}}
    installation.dynamodb.put_item(TableName="control", Item=item)

    assert "cannot be read" in run("status").stdout
    assert json.loads(run("status", "--json").stdout)["policy"] == {"version": None, "readable": False}
