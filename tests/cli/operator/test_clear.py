"""`trimtab clear`, over moto's tables."""

from datetime import timedelta

import pytest

from tests.cli.operator.conftest import NOW
from tests.samples import ARN, ORDERS, a_change, revision
from trimtab import wiring
from trimtab.adapters.dynamodb_control import DynamoDbControl
from trimtab.adapters.dynamodb_items import from_dynamodb
from trimtab.model.change import State, Turn
from trimtab.model.keys import CLOSED_CHANGE_KEPT


@pytest.fixture(autouse=True)
def alice(monkeypatch):
    monkeypatch.setattr(wiring.CallerIdentity, "arn", lambda self: "arn:aws:iam::111122223333:user/alice")


def taken_back(installation, number, days_ago=1):
    """A resize whose roll-out failed, and which was rolled back."""
    at, changes = NOW - timedelta(days=days_ago), installation.changes
    change = a_change(id=f"resize{number}", created_at=at, times={"planned": at})
    changes.record(change)
    taken = changes.take(change, at, at)
    sent = changes.move(taken, State.DEPLOYING, Turn.SETTLE, at, at, applied={"task_definition": revision(2)})
    back = changes.move(sent, State.ROLLING_BACK, Turn.SETTLE, at, at, "circuit_breaker", "It failed.")
    changes.move(back, State.ROLLED_BACK, Turn.NONE, at, at)


def cleared(installation):
    key = {"key": {"S": f"cleared#{ORDERS}"}, "part": {"S": "-"}}
    return from_dynamodb(installation.dynamodb.get_item(TableName="control", Key=key).get("Item", {}))


def test_a_quarantined_service_is_cleared_with_name_reason_and_an_end_after_every_change(installation, run):
    taken_back(installation, 1)
    taken_back(installation, 2)

    answer = run("clear", ORDERS, "--reason", "fixed the start-up")

    assert (answer.exit_code, answer.stderr) == (0, "")
    assert "orders may be changed again; it was quarantined" in answer.stdout
    item = cleared(installation)
    assert (item["reason"], item["cleared_by"][-5:]) == ("fixed the start-up", "alice")
    assert item["expires_at"] > (NOW + CLOSED_CHANGE_KEPT).timestamp()
    assert installation.steering.cleared_at(ORDERS) == NOW


def test_clearing_twice_is_told_and_changes_nothing(installation, run):
    taken_back(installation, 1)
    taken_back(installation, 2)
    run("clear", ORDERS, "--reason", "fixed")

    answer = run("clear", ORDERS, "--reason", "again")

    assert answer.exit_code == 1
    assert "neither quarantined nor fought" in answer.stderr
    assert cleared(installation)["reason"] == "fixed"


def test_a_service_that_nothing_holds_back_is_not_cleared(installation, run):
    taken_back(installation, 1)

    assert run("clear", ORDERS, "--reason", "to be sure").exit_code == 1
    assert cleared(installation) == {}


def test_a_service_that_trimtab_never_heard_of_is_wrong_input(installation, run):
    answer = run("clear", "orders", "--reason", "fixed")

    assert answer.exit_code == 2
    assert "named by its ARN" in answer.stderr


def test_without_a_reason_nothing_is_cleared(installation, run):
    taken_back(installation, 1)
    taken_back(installation, 2)

    assert run("clear", ORDERS, "--reason", " ").exit_code == 2
    assert cleared(installation) == {}


FAMILY = f"{ARN}:task-definition/nightly"


def failed_twice(installation, number):
    control = DynamoDbControl(installation.dynamodb, "control", None)
    control.quarantine(revision(number, "nightly"), "restart1", NOW - timedelta(hours=number))


def test_a_family_is_cleared_for_all_its_revisions_that_failed(installation, run):
    failed_twice(installation, 3)
    failed_twice(installation, 4)

    answer = run("clear", FAMILY, "--reason", "the bucket is back")

    assert (answer.exit_code, answer.stderr) == (0, "")
    assert "nightly may be started again; quarantined was nightly:3, nightly:4." in answer.stdout
    assert installation.steering.cleared_at(FAMILY) == NOW
    assert run("clear", FAMILY, "--reason", "again").exit_code == 1


def test_a_revision_is_no_family_and_one_that_nothing_holds_back_is_not_cleared(installation, run):
    assert run("clear", f"{FAMILY}:3", "--reason", "fixed").exit_code == 2
    assert run("clear", FAMILY, "--reason", "fixed").exit_code == 1
    assert installation.steering.cleared_at(FAMILY) is None
