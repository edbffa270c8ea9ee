"""`trimtab approve` and `trimtab undo`, over moto's tables."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.cli.operator.conftest import NOW
from tests.samples import ORDERS, a_change, a_service, revision
from trimtab import wiring
from trimtab.adapters.ecs_services import EcsServices
from trimtab.model.change import State, Turn, plan_hash

PROPOSAL = a_change(state=State.PROPOSED, turn=Turn.PERSON, mode="approve")


@pytest.fixture
def service(monkeypatch):
    """What ECS shows, to be varied by a test; moto keeps no roll-outs."""
    shown = SimpleNamespace(now=a_service(task_definition=revision(2)))
    monkeypatch.setattr(EcsServices, "describe", lambda self, arn: shown.now)
    monkeypatch.setattr(wiring.CallerIdentity, "arn", lambda self: "arn:aws:iam::111122223333:user/alice")
    return shown


def test_without_a_plan_the_plan_is_shown_and_nothing_changes(installation, run, service):
    installation.changes.record(PROPOSAL)

    answer = run("approve", PROPOSAL.id)

    assert answer.exit_code == 0
    assert f"--plan {plan_hash(PROPOSAL)}" in answer.stdout
    assert installation.changes.get(ORDERS, PROPOSAL.id).state is State.PROPOSED


def test_the_plan_that_was_shown_is_released(installation, run, service):
    installation.changes.record(PROPOSAL)

    answer = run("approve", PROPOSAL.id, "--plan", plan_hash(PROPOSAL))

    assert answer.exit_code == 0
    assert installation.changes.get(ORDERS, PROPOSAL.id).state is State.PLANNED


def test_another_plan_is_not_released(installation, run, service):
    installation.changes.record(PROPOSAL)

    answer = run("approve", PROPOSAL.id, "--plan", "000000000000")

    assert answer.exit_code == 1
    assert "look at it again" in answer.stderr


def test_a_change_that_is_not_there_is_wrong_input(installation, run, service):
    assert run("approve", "nothing").exit_code == 2
    assert run("undo", "nothing", "--service", ORDERS).exit_code == 2


def carried_out(installation):
    """A resize that succeeded."""
    change = a_change()
    installation.changes.record(change)
    taken = installation.changes.take(change, NOW, NOW)
    done = {"task_definition": revision(2), "deployment": "ecs-svc/1"}
    deploying = installation.changes.move(taken, State.DEPLOYING, Turn.SETTLE, NOW, NOW, applied=done)
    watching = installation.changes.move(deploying, State.WATCHING, Turn.SETTLE, NOW, NOW)
    return installation.changes.move(watching, State.SUCCEEDED, Turn.NONE, NOW, NOW)


def test_an_undo_is_recorded_as_a_rollback_that_the_applier_carries_out(installation, run, service):
    change = carried_out(installation)

    answer = run("undo", change.id, "--service", ORDERS)

    assert answer.exit_code == 0
    (rollback,) = [c for c in installation.changes.of(ORDERS) if c.id != change.id]
    assert (rollback.state, rollback.turn) == (State.PLANNED, Turn.APPLY)
    assert rollback.target.task_definition == revision(1)


def test_an_undo_that_is_refused_says_what_is_in_place(installation, run, service):
    change = carried_out(installation)
    service.now = replace(service.now, task_definition=revision(5))

    answer = run("undo", change.id, "--service", ORDERS)

    assert answer.exit_code == 1
    assert "orders:5 is in place" in answer.stderr
