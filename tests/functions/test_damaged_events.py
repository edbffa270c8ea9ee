"""Ten thousand damaged events: none crashes, none leads to a write that the whole one would not lead to."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from functions.restart_stopped_task.app import handler
from tests.damage import many
from tests.doubles.world import Scene
from tests.functions.conftest import Context, fixture, situations
from tests.samples import a_definition, a_service
from trimtab import wiring
from trimtab.decisions.owner import owner_of
from trimtab.messages.task_state_change import parse_task_state_change
from trimtab.model.change import State
from trimtab.model.errors import MessageError
from trimtab.model.launch import Recipe
from trimtab.model.policy import Policy, StandaloneRule
from trimtab.model.verdict import Owner

FEATURE = "restart_stopped_task"
COUNT = 10_000
BATCH = 50


@pytest.fixture
def no_log():
    """Ten thousand refusals would be written nine times as slowly as they are made."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def events():
    return {name: fixture(FEATURE, name) for name in situations(FEATURE)}


def world_before(event):
    """A scene in which everything was known of the event's task, and all is allowed that can be."""
    scene = Scene()
    scene.clock.at = datetime.fromisoformat(event["time"]).astimezone(UTC) + timedelta(seconds=5)
    scene.control.policy = Policy(1)
    if event["detail-type"] != "ECS Task State Change":
        return scene
    task = parse_task_state_change(event).task
    if task.task_definition_arn:
        names = [{"name": container.name, "essential": True} for container in task.containers]
        scene.ecs.has(a_definition(7, task.family, arn=task.task_definition_arn, containerDefinitions=names))
        scene.control.policy = Policy(1, (), (StandaloneRule(family=task.family),))
    if task.service_arn:
        scene.ecs.has(
            a_service(task.service_name, arn=task.service_arn, task_definition=task.task_definition_arn)
        )
    owner, root = owner_of(task), task.task_arn
    if owner not in (Owner.STANDALONE, Owner.SCHEDULE, Owner.TRIMTAB):
        return scene  # nobody remembered how it was launched
    if owner is Owner.TRIMTAB:
        root += "0"
        scene.control.links[task.task_arn] = (root, "change")
    scene.control.recipes[root] = Recipe(
        root, task.cluster_arn, task.task_definition_arn or "", task.group, task.launch_type, (),
        None, ("subnet-1",), ("sg-1",), False, False, {},
    )  # fmt: skip
    return scene


def planned(scene):
    """What will be written to ECS: the Changes on their way, by kind and workload."""
    return {(change.kind, change.workload) for change in scene.found(state=State.PLANNED)}


def after(event, text):
    """Return what became of one message in a fresh world: whether it was handled, and the world."""
    scene = world_before(event)
    with pytest.MonkeyPatch.context() as patch:  # undone at once: ten thousand worlds are not kept
        patch.setattr(wiring, "aws", lambda: scene.world)
        return _handled(text), scene


def _handled(text):
    record = {"messageId": "m", "eventSource": "aws:sqs", "body": text}
    answer = handler({"Records": [record]}, Context())
    return not answer["batchItemFailures"]


def test_no_damaged_event_crashes_or_leads_to_a_write_that_the_whole_one_would_not(
    events, monkeypatch, no_log
):
    allowed = {name: planned(after(whole, json.dumps(whole))[1]) for name, whole in events.items()}
    refusals = []
    monkeypatch.setattr(MessageError, "__init__", _counted(refusals, MessageError.__init__))
    decided = 0
    for name, text in many(events, COUNT, seed=20261122):
        refusals.clear()
        handled, scene = after(events[name], text)
        assert handled or refusals, f"{name} crashed on {text[:2000]}"
        assert planned(scene) <= allowed[name], f"{name} leads to {planned(scene)} by {text[:2000]}"
        decided += handled

    assert any(allowed.values())
    assert decided >= COUNT / 3


def _counted(refusals, init):
    def count(self, *said, **more):
        refusals.append(said)
        init(self, *said, **more)

    return count
