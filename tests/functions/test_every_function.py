"""What holds of every handler."""

import importlib
import json
import subprocess
import sys

import pytest

from tests.functions.conftest import situations
from tests.tidy.stack import ROOT, features
from trimtab.model.errors import MessageError
from trimtab.model.policy import BUILT_IN

IMPORTS = """
import importlib, sys
import boto3
def refuse(*_, **__):
    raise SystemExit("a client was made on import")
boto3.client = boto3.resource = boto3.Session = boto3.session.Session = refuse
for feature in sys.argv[1:]:
    importlib.import_module(f"functions.{feature}.app")
from trimtab import wiring
assert wiring.aws.cache_info().currsize == 0
"""


def test_importing_a_handler_asks_neither_aws_nor_the_environment():
    asked = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORTS, *features()],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/trimtab'}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert asked.stderr == ""
    assert asked.returncode == 0


def handler_of(feature):
    return importlib.import_module(f"functions.{feature}.app").handler


def as_delivered(feature, event):
    """Return an event as the function gets it: task events come in a batch of a queue."""
    if feature != "restart_stopped_task":
        return event
    return {"Records": [{"messageId": "m-1", "eventSource": "aws:sqs", "body": json.dumps(event)}]}


CASES = [(feature, situation) for feature in features() for situation in situations(feature)]


@pytest.mark.parametrize(("feature", "situation"), CASES)
def test_every_event_of_the_repository_is_handled_by_the_real_wiring_in_an_empty_account(
    stack, event, context, feature, situation
):
    answer = handler_of(feature)(as_delivered(feature, event(feature, situation)), context)

    assert isinstance(answer, dict)
    assert answer.get("batchItemFailures", []) == []


@pytest.mark.parametrize(
    ("feature", "nonsense"),
    [
        (feature, nonsense)
        for feature in features()
        if feature not in ("restart_stopped_task", "apply_change", "announce_change")
        for nonsense in ({}, {"trimtab": "dance"}, {"step": "dance"}, {"detail-type": "Dance", "source": "x"})
    ],
)
def test_what_a_function_cannot_read_is_a_message_error_that_says_what_was_left_undone(
    scene, context, feature, nonsense
):
    with pytest.raises(MessageError) as caught:
        handler_of(feature)(nonsense, context)

    assert str(caught.value).startswith("cannot read ")
    assert "Nothing was started or changed" in str(caught.value)


@pytest.mark.parametrize("feature", ["apply_change", "announce_change"])
@pytest.mark.parametrize(
    "record",
    [
        {},
        {"dynamodb": {"Keys": {"workload": {"S": "w"}, "item": {"S": "HEAD"}}}},
        {"dynamodb": {"Keys": {"item": {"S": "CHANGE#1"}}}},
    ],
)
def test_a_stream_record_that_is_no_change_is_a_message_error(scene, context, feature, record):
    with pytest.raises(MessageError):
        handler_of(feature)({"Records": [record]}, context)


@pytest.mark.parametrize(("feature", "situation"), CASES)
def test_without_opt_in_no_event_changes_anything(scene, event, context, feature, situation):
    scene.control.policy = BUILT_IN

    handler_of(feature)(as_delivered(feature, event(feature, situation)), context)

    assert scene.ecs.registered == scene.ecs.deployed == scene.ecs.started == []
    assert scene.kept.parameters == {}
    assert not [change for change in scene.found() if change.is_open]
