"""Tasks as the API shows them and as events tell them: nearly, but not quite, the same."""

from collections.abc import Callable
from typing import Any

from trimtab_lab.ecs.answers import Json, copied, instant, present, stamp
from trimtab_lab.ecs.tags import tag_list
from trimtab_lab.ecs.task import Container, Eni, Task

Timed = Callable[[float | None], Any]


def describe_task(task: Task, *, tags: bool) -> Json:
    """Return a task of DescribeTasks."""
    body = _body(task, instant, "ElasticNetworkInterface")
    body["healthStatus"] = "UNKNOWN"
    for container in body["containers"]:
        container["healthStatus"] = "UNKNOWN"
    body["tags"] = tag_list(task.tags) if tags else []
    if task.launch_type == "FARGATE":
        body["platformFamily"] = "Linux"
    return body


def task_detail(task: Task) -> Json:
    """Return the detail of an ``ECS Task State Change`` event: no tags, no health."""
    body = _body(task, stamp, "eni")
    body["updatedAt"] = stamp(task.updated_at)
    return body


def _body(task: Task, timed: Timed, eni_type: str) -> Json:
    storage = task.ephemeral_storage_gib
    return present(
        attachments=[_attachment(task.eni, eni_type)] if task.eni else [],
        attributes=[{"name": "ecs.cpu-architecture", "value": _architecture(task)}],
        availabilityZone=task.availability_zone,
        capacityProviderName=task.capacity_provider,
        clusterArn=task.cluster.arn,
        connectivity="CONNECTED" if task.connected_at else None,
        connectivityAt=timed(task.connected_at),
        containerInstanceArn=task.instance.arn if task.instance else None,
        containers=[_container(container, task) for container in task.containers],
        cpu=str(task.cpu_units),
        createdAt=timed(task.created_at),
        desiredStatus=task.desired_status,
        enableExecuteCommand=task.execute_command,
        ephemeralStorage={"sizeInGiB": storage} if storage else None,
        executionStoppedAt=timed(task.execution_stopped_at),
        group=task.group,
        lastStatus=task.last_status,
        launchType=task.launch_type,
        memory=str(task.memory_mib),
        overrides=_overrides(task),
        platformVersion=task.platform_version,
        pullStartedAt=timed(task.pull_started_at),
        pullStoppedAt=timed(task.pull_stopped_at),
        startedAt=timed(task.started_at),
        startedBy=task.started_by,
        stopCode=task.stop_code,
        stoppedAt=timed(task.stopped_at),
        stoppedReason=task.stopped_reason,
        stoppingAt=timed(task.stopping_at),
        taskArn=task.arn,
        taskDefinitionArn=task.definition.arn,
        version=task.version,
    )


def _container(container: Container, task: Task) -> Json:
    interfaces = []
    if task.eni and task.eni.status == "ATTACHED":
        interfaces = [{"attachmentId": task.eni.attachment_id, "privateIpv4Address": task.eni.private_ip}]
    pulled = task.pull_stopped_at is not None
    return present(
        containerArn=container.arn,
        taskArn=task.arn,
        name=container.name,
        image=container.image,
        imageDigest=container.digest if pulled else None,
        runtimeId=container.runtime_id if pulled else None,
        lastStatus=container.last_status,
        exitCode=container.exit_code,
        reason=container.reason,
        networkInterfaces=interfaces,
        cpu=container.cpu,
        memory=container.memory,
        memoryReservation=container.memory_reservation,
    )


def _attachment(eni: Eni, kind: str) -> Json:
    region = eni.availability_zone[:-1]
    details = {
        "subnetId": eni.subnet_id,
        "networkInterfaceId": eni.eni_id,
        "macAddress": eni.mac,
        "privateDnsName": f"ip-{eni.private_ip.replace('.', '-')}.{region}.compute.internal",
        "privateIPv4Address": eni.private_ip,
    }
    return {
        "id": eni.attachment_id,
        "type": kind,
        "status": eni.status,
        "details": [{"name": name, "value": value} for name, value in details.items()],
    }


def _overrides(task: Task) -> Json:
    """Every container is named, also those without an override and those that AWS added, as ECS does."""
    overrides: Json = copied(task.overrides)
    given = {item["name"]: item for item in overrides.get("containerOverrides", [])}
    names = [*(container.name for container in task.containers), *task.cluster.injected]
    overrides["containerOverrides"] = [given.get(name, {"name": name}) for name in names]
    return overrides


def _architecture(task: Task) -> str:
    platform = task.definition.content.get("runtimePlatform", {})
    return "arm64" if platform.get("cpuArchitecture") == "ARM64" else "x86_64"
