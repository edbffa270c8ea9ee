import json
import re

from tests.lab.ecs.scene import HOUR, MINUTE, SPOT
from trimtab_lab.ecs import Plan

ENVELOPE = {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

# What ECS puts into the detail, by detail-type. Source: ECS Developer Guide, "Amazon ECS events"
# (read 2026-11-22).
DETAIL = {
    "ECS Task State Change": {
        "attachments", "attributes", "availabilityZone", "capacityProviderName", "clusterArn", "connectivity",
        "connectivityAt", "containerInstanceArn", "containers", "cpu", "createdAt", "desiredStatus",
        "enableExecuteCommand", "ephemeralStorage", "executionStoppedAt", "group", "lastStatus", "launchType",
        "memory", "overrides", "platformVersion", "pullStartedAt", "pullStoppedAt", "startedAt", "startedBy",
        "stopCode", "stoppedAt", "stoppedReason", "stoppingAt", "taskArn", "taskDefinitionArn", "updatedAt",
        "version",
    },
    "ECS Service Action": {
        "eventType", "eventName", "clusterArn", "capacityProviderArns", "containerInstanceArns", "createdAt",
        "desiredCount", "reason",
    },
    "ECS Deployment State Change": {
        "eventType", "eventName", "clusterArn", "deploymentId", "reason", "updatedAt",
    },
    "ECS Container Instance State Change": {
        "agentConnected", "attributes", "clusterArn", "containerInstanceArn", "ec2InstanceId", "registeredAt",
        "registeredResources", "remainingResources", "status", "statusReason", "updatedAt", "version",
        "versionInfo",
    },
}  # fmt: skip


def busy(scene):
    """Let everything happen that has an event."""
    scene.ecs.behave_image("*:broken", Plan(run_seconds=5, exit_code=1))
    scene.ecs.behave_image("*:missing", Plan(start_failure="CannotPullContainerError: not found"))
    scene.register("bad", image="registry.example/bad:broken")
    scene.register("absent", image="registry.example/absent:missing")
    scene.register_for_ec2("big", cpu=1024, memory=4096)
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    scene.create(capacityProviderStrategy=SPOT, deploymentConfiguration=breaker)
    scene.create("absent", taskDefinition="absent", count=1)
    instance = scene.ecs.add_container_instance("prod")
    scene.create("big", taskDefinition="big", count=2, launchType="EC2", networkConfiguration=None)
    scene.run(enableExecuteCommand=True)
    scene.run_for(5 * MINUTE)
    scene.update(taskDefinition="bad")
    scene.run_for(HOUR)
    scene.ecs.pools.set_supply("FARGATE_SPOT", 1)
    scene.ecs.interrupt_spot(1.0)
    scene.ecs.scale("prod", "web", 3)
    scene.run_for(10 * MINUTE)
    scene.ecs.terminate_host(instance)
    scene.run_for(10 * MINUTE)
    return scene.events


def test_every_event_has_the_envelope_and_no_member_that_ecs_does_not_send(scene):
    events = busy(scene)

    assert {event["detail-type"] for event in events} == set(DETAIL)
    for event in events:
        assert set(event) == ENVELOPE
        assert (event["source"], event["account"], event["region"]) == (
            "aws.ecs",
            "111122223333",
            "eu-west-1",
        )
        assert set(event["detail"]) <= DETAIL[event["detail-type"]], event["detail-type"]
        assert len(event["resources"]) == 1
        assert json.loads(json.dumps(event)) == event


def test_the_resource_of_an_event_is_what_it_is_about(scene):
    for event in busy(scene):
        detail, resource = event["detail"], event["resources"][0]
        if event["detail-type"] == "ECS Task State Change":
            assert resource == detail["taskArn"]
        elif event["detail-type"] == "ECS Container Instance State Change":
            assert resource == detail["containerInstanceArn"]
        else:
            assert ":service/prod/" in resource


def test_all_actions_and_rollouts_happen_in_a_busy_scene(scene):
    events = busy(scene)

    told = {
        (e["detail"]["eventName"], e["detail"]["eventType"]) for e in events if "eventName" in e["detail"]
    }
    assert told == {
        ("SERVICE_STEADY_STATE", "INFO"),
        ("SERVICE_DESIRED_COUNT_UPDATED", "INFO"),
        ("SERVICE_TASK_START_IMPAIRED", "WARN"),
        ("SERVICE_TASK_PLACEMENT_FAILURE", "ERROR"),
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", "INFO"),
        ("SERVICE_DEPLOYMENT_COMPLETED", "INFO"),
        ("SERVICE_DEPLOYMENT_FAILED", "ERROR"),
    }


def test_times_in_events_are_text_in_milliseconds(scene):
    for event in busy(scene):
        for key, value in event["detail"].items():
            if key.endswith("At"):
                assert INSTANT.match(value), key


def test_no_time_in_an_event_lies_ahead_of_it(scene):
    for event in busy(scene):
        for key, value in event["detail"].items():
            if key.endswith("At"):
                assert value[:19] <= event["time"][:19], (key, event["detail"].get("lastStatus"))


def test_versions_of_a_task_rise_with_each_event(scene):
    versions: dict[str, list[int]] = {}
    for event in busy(scene):
        if event["detail-type"] == "ECS Task State Change":
            versions.setdefault(event["detail"]["taskArn"], []).append(event["detail"]["version"])

    assert len(versions) > 10
    assert all(seen == list(range(1, len(seen) + 1)) for seen in versions.values())


def test_an_event_may_come_twice_with_the_same_version(scene):
    scene.ecs.duplicate_event_ratio = 1.0
    scene.run()
    scene.run_for(MINUTE)

    told = scene.told("ECS Task State Change")
    versions = [event["detail"]["version"] for event in told]
    assert versions == sorted([*set(versions)] * 2)
    assert len({event["id"] for event in told}) == len(told)


def test_the_interface_of_a_task_is_told_with_its_events_and_deleted_at_the_end(scene):
    scene.ecs.behave("web", Plan(run_seconds=20))
    scene.run()
    scene.run_for(5 * MINUTE)

    states = [e["detail"]["attachments"][0]["status"] for e in scene.told("ECS Task State Change")]
    assert states == ["ATTACHING", *["ATTACHED"] * 6, "DELETED"]
    assert scene.events[0]["detail"]["attachments"][0]["type"] == "eni"


def test_an_event_is_a_copy(scene):
    scene.run(tags=[{"key": "a", "value": "b"}])
    scene.events[0]["detail"]["containers"].clear()
    scene.run_for(MINUTE)

    assert len(scene.events[-1]["detail"]["containers"]) == 1
    assert "tags" not in scene.events[-1]["detail"]
