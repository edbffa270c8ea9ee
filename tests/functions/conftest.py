import json
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from tests.adapters.stores import create_table
from tests.doubles.world import Scene
from trimtab import wiring

EVENTS = Path(__file__).parents[2] / "events"


def pytest_collection_modifyitems(items):
    # An invocation that counts nothing is no fault; only the real wiring knows how to keep Powertools quiet.
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:No application metrics to publish"))


class Context:
    """What Lambda hands to a handler beside the event."""

    function_name = "trimtab-test"
    function_version = "$LATEST"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:trimtab-test"
    aws_request_id = "52fdfc07-2182-454f-963f-5f0f9a621d72"

    def get_remaining_time_in_millis(self):
        return 30_000


@pytest.fixture
def context():
    return Context()


def fixture(feature, situation):
    """Return one of the events of the repository."""
    return json.loads((EVENTS / feature / f"{situation}.json").read_text("utf-8"))


def situations(feature):
    return sorted(path.stem for path in (EVENTS / feature).glob("*.json"))


@pytest.fixture
def event():
    return fixture


@pytest.fixture
def scene(monkeypatch):
    """A world of doubles behind the handlers."""
    scene = Scene()
    monkeypatch.setattr(wiring, "aws", lambda: scene.world)
    return scene


@pytest.fixture(scope="module")
def stack():
    """moto's AWS with what the stack owns, behind the handlers' own wiring; yields its clients."""
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        made = {name: boto3.client(name) for name in ("dynamodb", "kms", "sns", "ecs", "events", "ssm")}
        create_table(made["dynamodb"], "ChangesTable", "changes")
        create_table(made["dynamodb"], "ControlTable", "control")
        for name, value in {
            "TRIMTAB_CHANGES_TABLE": "changes",
            "TRIMTAB_CONTROL_TABLE": "control",
            "TRIMTAB_KEY_ARN": made["kms"].create_key()["KeyMetadata"]["Arn"],
            "TRIMTAB_TOPIC_ARN": made["sns"].create_topic(Name="trimtab")["TopicArn"],
            "TRIMTAB_DEFAULT_MODE": "observe",
            "TRIMTAB_CLUSTERS": "*",
            "TRIMTAB_STACK": "trimtab",
            "TRIMTAB_APPLIER_ROLE": "applier",
            "TRIMTAB_CAPACITY_PROVIDERS": "FARGATE,FARGATE_SPOT",
            "TRIMTAB_MAX_TASK_CPU_UNITS": "4096",
            "TRIMTAB_MAX_TASK_MEMORY_MIB": "30720",
            "TRIMTAB_API_SHARE_PERCENT": "25",
        }.items():
            patch.setenv(name, value)
        wiring.aws.cache_clear()
        yield made
        wiring.aws.cache_clear()
