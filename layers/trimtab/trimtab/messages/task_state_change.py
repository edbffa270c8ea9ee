"""ECS Task State Change event -> TaskStateChange; also a DescribeTasks answer -> Task.

Source: Amazon ECS developer guide, ecs_task_events; API reference, Task (read 2026-11-22).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from trimtab.messages.envelope import ECS, Envelope, parse_envelope
from trimtab.messages.fields import Fields
from trimtab.model.task import Container, Task

ARN_PARTS_WITH_CLUSTER: Final = 3
"""``task/<cluster>/<id>``; the older form is ``task/<id>`` (ECS developer guide, ecs-account-settings)."""

DETAIL_TYPE = "ECS Task State Change"

# Events say "eni"; DescribeTasks says "ElasticNetworkInterface".
_INTERFACE_TYPES = ("eni", "ElasticNetworkInterface")
# Source: ECS API Reference, Attachment, type (read 2026-11-22).
_VOLUME_TYPE = "AmazonElasticBlockStorage"


@dataclass(frozen=True, slots=True)
class TaskStateChange:
    """One change of a task's state."""

    envelope: Envelope
    task: Task


def parse_task_state_change(event: Mapping[str, Any]) -> TaskStateChange:
    """Read an EventBridge event of this kind.

    Raises:
        MessageError: It is another kind of event, or has not its shape.
    """
    envelope = parse_envelope(event)
    envelope.expect(ECS, DETAIL_TYPE)
    return TaskStateChange(envelope, _task(envelope.fields()))


def read_task(detail: Mapping[str, Any]) -> Task:
    """Read a task from an event's detail (ISO times) or from DescribeTasks (datetimes).

    Raises:
        MessageError: A field that every task has is missing, or one has the wrong type.
    """
    return _task(Fields(detail, "ECS task", "task"))


def _task(fields: Fields) -> Task:
    named, cluster = fields.text("taskArn").split("/"), fields.text("clusterArn").rpartition("/")[2]
    if len(named) == ARN_PARTS_WITH_CLUSTER and named[1] != cluster:
        raise fields.fault(f"taskArn names the cluster {named[1][:100]!r}, clusterArn {cluster[:100]!r}")
    interface = _network_interface(fields)
    return Task(
        task_arn=fields.text("taskArn"),
        cluster_arn=fields.text("clusterArn"),
        last_status=fields.text("lastStatus"),
        desired_status=fields.text_or_none("desiredStatus") or "",
        task_definition_arn=fields.text_or_none("taskDefinitionArn"),
        group=fields.text_or_none("group"),
        started_by=fields.text_or_none("startedBy"),
        launch_type=fields.text_or_none("launchType"),
        capacity_provider_name=fields.text_or_none("capacityProviderName"),
        container_instance_arn=fields.text_or_none("containerInstanceArn"),
        stop_code=fields.text_or_none("stopCode"),
        stopped_reason=fields.text_or_none("stoppedReason"),
        created_at=fields.time_or_none("createdAt"),
        started_at=fields.time_or_none("startedAt"),
        stopping_at=fields.time_or_none("stoppingAt"),
        execution_stopped_at=fields.time_or_none("executionStoppedAt"),
        stopped_at=fields.time_or_none("stoppedAt"),
        cpu_units=fields.size_or_none("cpu"),
        memory_mib=fields.size_or_none("memory"),
        containers=tuple(_container(item) for item in fields.objects("containers")),
        overrides=_overrides(fields),
        subnet_id=interface.get("subnetId"),
        network_interface_id=interface.get("networkInterfaceId"),
        availability_zone=fields.text_or_none("availabilityZone"),
        platform_version=fields.text_or_none("platformVersion"),
        enable_execute_command=fields.flag_or_none("enableExecuteCommand") or False,
        has_volumes=any(one.text_or_none("type") == _VOLUME_TYPE for one in fields.objects("attachments")),
        version=fields.whole_or_none("version"),
    )


def _overrides(fields: Fields) -> Mapping[str, Any]:
    """Return what RunTask was given; what the decisions look at in it has to have its type."""
    overrides = fields.object_or_empty("overrides")
    for container in overrides.objects("containerOverrides"):
        container.text_or_none("name")
        container.whole_or_none("memory")
    return overrides.data


def _container(fields: Fields) -> Container:
    return Container(
        name=fields.text("name"),
        last_status=fields.text_or_none("lastStatus") or "",
        exit_code=_exit_code(fields),
        reason=fields.text_or_none("reason"),
        image=fields.text_or_none("image"),
        image_digest=fields.text_or_none("imageDigest"),
    )


def _exit_code(fields: Fields) -> int | None:
    """Return an exit code; Windows has 32 bits of them, with or without a sign."""
    code = fields.whole_or_none("exitCode")
    if code is not None and not -(2**31) <= code < 2**32:
        raise fields.fault(f"exitCode {code} is no exit code")
    return code


def _network_interface(fields: Fields) -> dict[str, str]:
    """Return the details of the task's first network interface; none in bridge and host mode."""
    for attachment in fields.objects("attachments"):
        if attachment.text_or_none("type") in _INTERFACE_TYPES:
            pairs = attachment.objects("details")
            return {pair.text_or_none("name") or "": pair.text_or_none("value") or "" for pair in pairs}
    return {}
