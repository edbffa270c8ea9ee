"""An installation's two tables in moto, and the command line as a person runs it."""

from datetime import UTC, datetime
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from tests.tidy.stack import template
from trimtab import wiring
from trimtab.adapters import clock
from trimtab_cli.app import app

NOW = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)


def create_table(dynamodb, resource, name):
    written = template()["Resources"][resource]["Properties"]
    known = (
        "AttributeDefinitions",
        "KeySchema",
        "BillingMode",
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
    )
    dynamodb.create_table(TableName=name, **{key: written[key] for key in known if key in written})


class Stacks:
    """CloudFormation with one stack of ours; moto's needs packages that nothing else here does."""

    def of(self, stack):
        return {"ControlTableName": "control", "ChangesTableName": "changes"} if stack == "trimtab" else {}


@pytest.fixture
def installation(monkeypatch):
    """A new installation in an account of its own, at a fixed instant."""
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        create_table(dynamodb, "ControlTable", "control")
        create_table(dynamodb, "ChangesTable", "changes")
        monkeypatch.setattr(wiring, "stack_outputs", Stacks)
        clock.use(lambda: NOW)
        operator = wiring.operator("control", "changes", print)
        yield SimpleNamespace(
            dynamodb=dynamodb, steering=operator.steering, changes=operator.changes, stops=operator.stops
        )
        clock.use(None)


@pytest.fixture
def run():
    """Run `trimtab` with these words; the answer has exit_code, stdout and stderr."""
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def policy_file(tmp_path):
    """Write a policy file and return its path."""

    def write(text):
        path = tmp_path / "policy.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write
