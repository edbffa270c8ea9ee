"""The world of a function, as its environment says."""

import json

import pytest
from aws_lambda_powertools import Metrics

from trimtab import wiring
from trimtab.model.errors import UnreadableError
from trimtab.model.tags import Mode
from trimtab.model.task_size import TaskSize

ENVIRONMENT = {
    "TRIMTAB_CHANGES_TABLE": "changes",
    "TRIMTAB_CONTROL_TABLE": "control",
    "TRIMTAB_KEY_ARN": "arn:aws:kms:eu-west-1:111122223333:key/k",
    "TRIMTAB_TOPIC_ARN": "arn:aws:sns:eu-west-1:111122223333:trimtab",
    "TRIMTAB_DEFAULT_MODE": "observe",
    "TRIMTAB_CLUSTERS": "*",
    "TRIMTAB_STACK": "trimtab",
    "TRIMTAB_APPLIER_ROLE": "applier",
    "TRIMTAB_CAPACITY_PROVIDERS": "FARGATE,FARGATE_SPOT",
    "TRIMTAB_MAX_TASK_CPU_UNITS": "4096",
    "TRIMTAB_MAX_TASK_MEMORY_MIB": "30720",
    "TRIMTAB_API_SHARE_PERCENT": "25",
}


@pytest.fixture
def world(monkeypatch):
    def under(**other):
        for name, value in {**ENVIRONMENT, **other}.items():
            monkeypatch.setenv(name, value)
        wiring.aws.cache_clear()
        return wiring.aws()

    yield under
    wiring.aws.cache_clear()


def test_a_world_is_built_once_for_an_execution_environment(world):
    assert world() is wiring.aws()


@pytest.mark.parametrize(
    ("text", "clusters"), [("*", ()), (" * ", ()), ("shop", ("shop",)), ("shop, batch ,", ("shop", "batch"))]
)
def test_the_clusters_are_those_named_or_all(world, text, clusters):
    assert world(TRIMTAB_CLUSTERS=text).clusters == clusters


@pytest.mark.parametrize(
    ("text", "mode"),
    [("off", Mode.OFF), ("observe", Mode.OBSERVE), ("approve", Mode.OBSERVE), ("apply", Mode.OBSERVE)],
)
def test_no_default_mode_is_ever_above_observe(world, text, mode):
    assert world(TRIMTAB_DEFAULT_MODE=text).default_mode is mode


def test_no_setting_allows_more_than_the_stack_does(world):
    assert world().largest == TaskSize(4096, 30720)


def test_what_cannot_be_read_is_counted(world, capsys):
    made = world()

    made.changes._tell(UnreadableError("cannot read CHANGE#1 of w"))
    made.services._tell(UnreadableError("cannot read service s"))
    Metrics(service="trimtab", namespace="Trimtab").flush_metrics()

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (metrics,) = [line for line in told if "_aws" in line]
    assert (metrics["UnreadableChanges"], metrics["UnreadableServices"]) == ([1.0], [1.0])


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_setting_that_is_missing_is_named(world, monkeypatch, name):
    world()
    monkeypatch.delenv(name)
    wiring.aws.cache_clear()

    with pytest.raises(KeyError, match=name):
        wiring.aws()


def attempts(client):
    return client.meta.config.retries["total_max_attempts"]


def test_what_changes_ecs_is_sent_once_and_what_only_reads_may_be_asked_again(world):
    made = world()

    assert attempts(made.deployer._writer) == attempts(made.parameters._client) == 1
    assert attempts(made.deployer._reader) == attempts(made.services._client) == 5


def test_only_the_deployer_holds_a_client_that_may_write_to_ecs(world):
    made = world()

    assert made.deployer._writer is not made.services._client
    for port in (made.services, made.tasks, made.task_definitions):
        assert not hasattr(port, "_writer")
