"""docs/changes.md says what the code writes."""

from dataclasses import replace
from datetime import timedelta

import boto3
from moto import mock_aws

from tests.cli.operator.conftest import NOW, create_table
from tests.cli.operator.test_status import proposal
from tests.docs.outcome_codes import outcome_codes
from tests.docs.tables import codes, column, document, rows
from trimtab.adapters.dynamodb_changes import DynamoDbChanges
from trimtab.adapters.dynamodb_items import from_dynamodb, write_change
from trimtab.model.change import CLOSED, PRIORITY, TRANSITIONS, MonthlyUsd, State, Turn

TEXT = document("changes.md")
WRITTEN = write_change(replace(proposal(), monthly_usd=MonthlyUsd(2.0, 1.0, "list price")))


def test_every_attribute_of_a_change_is_documented():
    assert set(column(TEXT, "attribute")) == WRITTEN.keys() | {"expires_at"}


def test_the_attributes_inside_attributes_are_documented():
    for outer in ("base", "target", "monthly_usd"):
        assert set(column(TEXT, f"attribute of `{outer}`")) == WRITTEN[outer].keys()


def test_kinds_are_listed_most_urgent_first():
    assert column(TEXT, "kind") == [kind.value for kind in PRIORITY]


def test_states_and_the_steps_between_them_are_those_of_the_code():
    told = {codes(cells[0])[0]: set(codes(cells[2])) for cells in rows(TEXT, "state")}

    assert told == {state.value: {to.value for to in TRANSITIONS[state]} for state in State}


def test_turns_are_those_of_the_code():
    assert column(TEXT, "turn") == [turn.value for turn in Turn]


def test_head_has_the_documented_attributes_and_no_others():
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        create_table(dynamodb, "ChangesTable", "changes")
        changes = DynamoDbChanges(dynamodb, "changes", "control", print)
        change = replace(proposal(), state=State.PLANNED, turn=Turn.APPLY)
        changes.record(change)
        taken = changes.take(change, NOW + timedelta(minutes=2), NOW)
        held = _head(dynamodb, change.workload)
        changes.move(taken, State.REFUSED, Turn.NONE, NOW, NOW, "held", "On hold.")
        free = _head(dynamodb, change.workload)

    assert set(column(TEXT, "attribute of HEAD")) == held.keys() | free.keys()
    assert held.keys() - free.keys() == {"holder", "lease_until"}


def test_a_closed_change_loses_its_open_turn_and_gets_an_end():
    assert State.REFUSED in CLOSED
    assert "open_turn" not in write_change(replace(proposal(), state=State.REFUSED, turn=Turn.NONE))


def _head(dynamodb, workload):
    key = {"workload": {"S": workload}, "item": {"S": "HEAD"}}
    return from_dynamodb(dynamodb.get_item(TableName="changes", Key=key)["Item"])


def test_every_code_that_can_be_an_outcome_is_documented_and_no_other():
    assert set(column(TEXT, "outcome")) == outcome_codes().keys()


def test_the_outcomes_are_told_in_states_that_there_are():
    told = {code for cells in rows(TEXT, "outcome") for code in codes(cells[1])}

    assert told <= {state.value for state in State}
