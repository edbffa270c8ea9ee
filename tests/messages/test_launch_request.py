"""Whoever writes the parameters of RunTask down, in whatever letters, they are read alike."""

import pytest

from trimtab.messages.launch_request import launch_request_of
from trimtab.model.errors import MessageError
from trimtab.model.launch import LaunchRequest
from trimtab.model.service import StrategyItem

RECORDED = {
    "cluster": "jobs",
    "launchType": "EC2",
    "platformVersion": "1.4.0",
    "networkConfiguration": {
        "awsvpcConfiguration": {
            "subnets": ["subnet-1"],
            "securityGroups": ["sg-1"],
            "assignPublicIp": "ENABLED",
        }
    },
    "capacityProviderStrategy": [{"capacityProvider": "hosts", "weight": 2, "base": 1}],
    "placementConstraints": [{"type": "memberOf", "expression": "attribute:a == b"}],
    "placementStrategy": [{"type": "spread", "field": "host"}],
    "propagateTags": "TASK_DEFINITION",
    "enableECSManagedTags": True,
    "enableExecuteCommand": True,
    "tags": [{"key": "team", "value": "data"}],
    "overrides": {"containerOverrides": [{"name": "job", "command": ["secret"]}]},
    "volumeConfigurations": [{"name": "scratch"}],
}
READ = LaunchRequest(
    launch_type="EC2",
    capacity_provider_strategy=(StrategyItem("hosts", 2, 1),),
    platform_version="1.4.0",
    subnets=("subnet-1",),
    security_groups=("sg-1",),
    assign_public_ip=True,
    enable_execute_command=True,
    placement_constraints=({"type": "memberOf", "expression": "attribute:a == b"},),
    placement_strategy=({"type": "spread", "field": "host"},),
    propagate_tags="TASK_DEFINITION",
    enable_ecs_managed_tags=True,
    tags={"team": "data"},
    unsupported=("volumeConfigurations",),
)


def capitals(value):
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: capitals(inner) for key, inner in value.items()}
    return [capitals(inner) for inner in value] if isinstance(value, list) else value


def test_a_recorded_call_and_the_target_of_a_schedule_say_the_same():
    assert launch_request_of(RECORDED, "call") == READ
    assert launch_request_of(capitals(RECORDED), "target") == READ


def test_overrides_are_left_to_the_task():
    assert "secret" not in repr(launch_request_of(RECORDED, "call"))


@pytest.mark.parametrize("tags", [[{"team": "data"}], [{"Key": "team", "Value": "data"}]])
def test_tags_of_a_schedule_may_be_mappings(tags):
    assert launch_request_of({"Tags": tags}, "target").tags == {"team": "data"}


def test_a_call_that_says_nothing_asks_for_nothing():
    assert launch_request_of({}, "call") == LaunchRequest()


@pytest.mark.parametrize(
    "wrong",
    [{"launchType": 1}, {"networkConfiguration": {"awsvpcConfiguration": {"subnets": [1]}}}, {"tags": ["a"]}],
)
def test_the_wrong_type_is_refused_by_its_name(wrong):
    with pytest.raises(MessageError, match="cannot read call"):
        launch_request_of(wrong, "call")
