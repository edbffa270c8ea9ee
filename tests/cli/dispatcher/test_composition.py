import contextlib

import boto3
import pytest

from trimtab import wiring
from trimtab.adapters import clock
from trimtab_cli.dispatcher.composition import connected
from trimtab_cli.dispatcher.invoke import FunctionSettings
from trimtab_lab.account import make_lab
from trimtab_lab.api_error import NotModelled

VARIABLES = {
    "TRIMTAB_CHANGES_TABLE": "changes",
    "TRIMTAB_CONTROL_TABLE": "control",
    "TRIMTAB_TOPIC_ARN": "arn:aws:sns:eu-west-1:111122223333:topic",
    "TRIMTAB_KEY_ARN": "arn:aws:kms:eu-west-1:111122223333:key/1",
    "TRIMTAB_DEFAULT_MODE": "observe",
    "TRIMTAB_CLUSTERS": "*",
    "TRIMTAB_STACK": "trimtab",
    "TRIMTAB_APPLIER_ROLE": "applier",
    "TRIMTAB_CAPACITY_PROVIDERS": "FARGATE,FARGATE_SPOT",
    "TRIMTAB_MAX_TASK_CPU_UNITS": "4096",
    "TRIMTAB_MAX_TASK_MEMORY_MIB": "30720",
    "TRIMTAB_API_SHARE_PERCENT": "25",
}


def function(**variables):
    return FunctionSettings("work", "work", "arn", "app.handler", 60, 512, variables, {})


def test_inside_the_block_boto3_and_the_clock_are_those_of_the_lab():
    lab = make_lab()

    with connected(lab):
        boto3.client("sqs").create_queue(QueueName="mine")
        lab.clock.run_for(90)

        assert lab.sqs.queue("mine").name == "mine"
        assert clock.SystemClock().now() == lab.clock.today()


def test_after_the_block_all_is_as_before():
    before = boto3.DEFAULT_SESSION

    with connected(make_lab()) as around, around(function()):
        pass

    assert boto3.DEFAULT_SESSION is before
    assert clock._source is clock._machine


def test_the_world_is_made_once_for_functions_of_one_environment_and_again_for_another(monkeypatch):
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)

    with connected(make_lab()) as around:
        with around(function(A="1")):
            first = wiring.aws()
        with around(function(A="1")):
            same = wiring.aws()
        with around(function(A="2")):
            other = wiring.aws()

    assert first is same
    assert other is not first


def test_another_lab_gets_a_world_of_its_own(monkeypatch):
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)

    with connected(make_lab()) as around, around(function()):
        first = wiring.aws()
    with connected(make_lab()) as around, around(function()):
        second = wiring.aws()

    assert first is not second


def test_the_block_is_left_clean_after_an_error():
    with pytest.raises(ValueError, match="boom"), connected(make_lab()):
        raise ValueError("boom")

    assert clock._source is clock._machine


def test_a_gap_of_the_laboratory_is_raised_although_the_handler_swallowed_it():
    def handle():
        with contextlib.suppress(Exception):
            boto3.client("s3").list_buckets()

    with connected(make_lab()) as around, pytest.raises(NotModelled, match="ListBuckets"), around(function()):
        handle()
