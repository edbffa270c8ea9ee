from datetime import UTC, datetime

import pytest

from tests.golden.events import load
from trimtab.messages.task_state_change import parse_task_state_change, read_task
from trimtab.model.errors import MessageError

TASK = {
    "taskArn": "arn:aws:ecs:eu-west-1:111122223333:task/jobs/0a1b",
    "clusterArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/jobs",
    "lastStatus": "STOPPED",
}


def test_a_task_of_an_event_has_what_a_restart_needs():
    task = parse_task_state_change(load("restart_stopped_task/running_standalone")).task

    assert task.cluster_name == "jobs"
    assert task.family == "nightly-report"
    assert task.capacity_provider_name == "FARGATE"
    assert (task.cpu_units, task.memory_mib) == (512, 1024)
    assert task.subnet_id.startswith("subnet-")
    assert task.network_interface_id.startswith("eni-")
    assert task.started_at == datetime(2026, 11, 3, 2, 0, 41, 902000, UTC)
    assert task.overrides["containerOverrides"][0]["environment"]


def test_a_task_of_describe_tasks_reads_like_one_of_an_event():
    described = TASK | {
        "createdAt": datetime(2026, 11, 3, 2, 0, tzinfo=UTC),
        "attachments": [
            {"type": "ElasticNetworkInterface", "details": [{"name": "subnetId", "value": "subnet-0a"}]}
        ],
    }

    task = read_task(described)

    assert task.created_at == datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
    assert task.subnet_id == "subnet-0a"


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [("2016-12-06T16:41:05.702Z", 702_000), ("2023-05-03T15:28:41.04Z", 40_000), ("2018-04-30T20:04:33Z", 0)],
)
def test_a_time_is_read_with_any_number_of_decimals(text, microsecond):
    task = read_task(TASK | {"stoppingAt": text})

    assert task.stopping_at.microsecond == microsecond
    assert task.stopping_at.tzinfo is not None


@pytest.mark.parametrize("size", ["null", None, "", "lots", True, -1.5, "9" * 5000])
def test_a_size_that_cannot_be_read_is_not_said(size):
    assert read_task(TASK | {"cpu": size}).cpu_units is None


def test_the_environment_of_overrides_stays_out_of_the_repr():
    task = parse_task_state_change(load("restart_stopped_task/running_standalone")).task

    assert "made-up-value" not in repr(task)


@pytest.mark.parametrize("key", ["taskArn", "clusterArn", "lastStatus"])
def test_a_task_without_a_field_that_every_task_has_is_refused(key):
    with pytest.raises(MessageError, match=rf"task\.{key} is missing"):
        read_task({name: value for name, value in TASK.items() if name != key})


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"containers": {"name": "app"}}, r"task\.containers is an object, not a list"),
        ({"containers": ["app"]}, r"task\.containers\[0\] is a text, not an object"),
        ({"containers": [{"name": "app", "exitCode": "137"}]}, r"exitCode is a text, not a whole number"),
        ({"containers": [{"exitCode": 1}]}, r"containers\[0\]\.name is missing"),
        ({"stoppingAt": "yesterday"}, r"stoppingAt is a text, not a time"),
        ({"version": True}, r"version is true or false, not a whole number"),
        ({"overrides": ["--token", "secret"]}, r"overrides is a list, not an object"),
    ],
)
def test_a_fault_is_named_by_its_place_and_never_by_its_value(wrong, fault):
    with pytest.raises(MessageError, match=fault) as error:
        read_task(TASK | wrong)

    assert "Nothing was started or changed" in str(error.value)
    assert "secret" not in str(error.value)


def test_an_event_of_another_kind_is_refused():
    with pytest.raises(MessageError, match="ECS Service Action"):
        parse_task_state_change(load("settle_change/steady_state"))


def test_an_event_of_another_source_is_refused():
    event = load("restart_stopped_task/exited_one") | {"source": "com.example"}

    with pytest.raises(MessageError, match=r"com\.example"):
        parse_task_state_change(event)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("111122223333", "999988887777"), ("arn:aws:", "arn:aws-cn:"), ("ecs:eu-west-1:", "ecs:eu-west-2:")],
)
def test_an_event_about_what_belongs_to_somebody_else_is_refused(ours, theirs):
    event = load("restart_stopped_task/running_standalone")
    event["resources"] = [event["resources"][0].replace(ours, theirs)]

    with pytest.raises(MessageError, match="but is about"):
        parse_task_state_change(event)
