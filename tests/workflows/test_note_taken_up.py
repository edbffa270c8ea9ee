"""The inventory notes when a team's deployment took up the size that was handed over."""

from dataclasses import replace

import pytest

from tests.samples import NOW, ORDERS, a_change, a_definition, a_deployment, a_service, minutes, revision
from trimtab.model.change import Kind, State, Target
from trimtab.model.errors import ConflictError
from trimtab.model.task_size import TaskSize
from trimtab.workflows.take_inventory import inventory_fleet

TAGS = {"trimtab:mode": "handover"}
SIZE = TaskSize(512, 1024)


@pytest.fixture
def handed(scene):
    scene.ecs.has(a_service(tags=TAGS), a_definition(1))
    change = scene.record(a_change(kind=Kind.HAND_OVER, mode="handover", target=Target(size=SIZE)))
    scene.deliver()
    assert scene.now(change).state is State.SUCCEEDED
    return change


def deploy(scene, number, cpu, memory):
    scene.ecs.has(a_definition(number, "orders", cpu, memory))
    primary = a_deployment(task_definition=revision(number), created_at=NOW + minutes(60))
    scene.ecs.change(ORDERS, task_definition=revision(number), deployments=(primary,))


def test_a_deployment_with_the_size_is_noted_once_with_its_revision_and_begin(scene, handed):
    deploy(scene, 2, 512, 1024)

    assert inventory_fleet(scene.world)["taken_up"] == 1
    assert inventory_fleet(scene.world)["taken_up"] == 0

    applied = scene.now(handed).applied
    assert applied["taken_up"] == revision(2)
    assert applied["taken_up_at"] == (NOW + minutes(60)).isoformat()
    assert applied["parameter"] == "/trimtab/shop/orders"
    assert [fields["taken_up"] for text, fields in scene.kept.lines if text == "size taken up"] == [
        revision(2)
    ]


def test_a_deployment_with_another_size_is_not(scene, handed):
    deploy(scene, 2, 1024, 2048)

    assert inventory_fleet(scene.world)["taken_up"] == 0
    assert "taken_up" not in scene.now(handed).applied


def test_a_deployment_that_is_on_its_way_is_waited_for(scene, handed):
    deploy(scene, 2, 512, 1024)
    moving = a_deployment(task_definition=revision(2), rollout_state="IN_PROGRESS")
    scene.ecs.change(ORDERS, deployments=(moving,))

    assert inventory_fleet(scene.world)["taken_up"] == 0


def test_a_service_without_a_hand_over_is_looked_at_no_further(scene):
    scene.ecs.has(a_service(tags=TAGS), a_definition(1))

    assert inventory_fleet(scene.world)["taken_up"] == 0


def test_another_inventory_that_was_faster_is_no_fault(scene, handed):
    deploy(scene, 2, 512, 1024)

    class Faster:
        def __getattr__(self, name):
            return getattr(scene.changes, name)

        def note(self, change, applied):
            raise ConflictError("moved")

    assert inventory_fleet(replace(scene.world, changes=Faster()))["taken_up"] == 1
