"""On what a task definition can run, and why not."""

from collections.abc import Iterator

from trimtab_lab import grid
from trimtab_lab.ecs.answers import Json

# Source: ECS Developer Guide, "Task definition differences for Fargate" and "... for Managed
# Instances", and the RegisterTaskDefinition text of the API model (read 2026-11-22).
_FARGATE_LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")
_MANAGED_LOG_DRIVERS = (*_FARGATE_LOG_DRIVERS, "json-file")
_NOT_SERVERLESS = (
    "dockerSecurityOptions", "dnsServers", "dnsSearchDomains", "disableNetworking", "links", "extraHosts",
    "hostname",
)  # fmt: skip
_NOT_FARGATE_LINUX = ("devices", "sharedMemorySize", "maxSwap", "swappiness")
_NOT_MANAGED_LINUX = ("sharedMemorySize", "maxSwap", "swappiness")


def compatibilities(content: Json) -> list[str]:
    """Return the launch types on which ECS would run this task definition."""
    found = ["EC2"]
    if next(fargate_faults(content), None) is None:
        found.append("FARGATE")
    if content.get("networkMode") != "awsvpc":
        found.append("EXTERNAL")
    if next(managed_instances_faults(content), None) is None:
        found.append("MANAGED_INSTANCES")
    return found


def fargate_faults(content: Json) -> Iterator[str]:
    """Yield what keeps the definition off Fargate, in the words of the API's refusal."""
    if content.get("networkMode") != "awsvpc":
        yield "Fargate only supports network mode ‘awsvpc’."
    yield from _size_faults(content)
    if content.get("ipcMode"):
        yield "Fargate compatible task definitions do not support ipcMode"
    if content.get("pidMode") == "host":
        yield "Fargate compatible task definitions do not support pidMode host"
    if content.get("placementConstraints"):
        yield "Fargate compatible task definitions do not support placement constraints"
    if content.get("inferenceAccelerators"):
        yield "Fargate compatible task definitions do not support inference accelerators"
    yield from _volume_faults(content)
    for container in content["containerDefinitions"]:
        yield from _fargate_container_faults(container)
    yield from _role_faults(content)


def managed_instances_faults(content: Json) -> Iterator[str]:
    """Yield what keeps the definition off ECS Managed Instances."""
    if content.get("networkMode") not in ("awsvpc", "host"):
        yield "Managed Instances only support network modes awsvpc and host"
    for member in ("ephemeralStorage", "ipcMode", "proxyConfiguration", "inferenceAccelerators"):
        if content.get(member):
            yield f"Managed Instances do not support {member}"
    for container in content["containerDefinitions"]:
        linux = container.get("linuxParameters", {})
        if any(container.get(member) for member in _NOT_SERVERLESS):
            yield f"Managed Instances do not support all settings of container {container['name']}"
        if any(linux.get(member) for member in _NOT_MANAGED_LINUX):
            yield f"Managed Instances do not support all Linux settings of {container['name']}"
        if container.get("logConfiguration", {}).get("logDriver", "awslogs") not in _MANAGED_LOG_DRIVERS:
            yield f"Managed Instances do not support the log driver of container {container['name']}"


def _size_faults(content: Json) -> Iterator[str]:
    for member in ("cpu", "memory"):
        if member not in content:
            yield f"Fargate requires that '{member}' be defined at the task level."
            return
    cpu, memory = int(content["cpu"]), int(content["memory"])
    if not grid.is_fargate_size(cpu, memory):
        yield f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory."


def _volume_faults(content: Json) -> Iterator[str]:
    for volume in content.get("volumes", []):
        if volume.get("host", {}).get("sourcePath"):
            yield "Fargate compatible task definitions do not support host sourcePath volumes"
        if "dockerVolumeConfiguration" in volume or "fsxWindowsFileServerVolumeConfiguration" in volume:
            yield f"Fargate compatible task definitions do not support the kind of volume {volume['name']}"


def _fargate_container_faults(container: Json) -> Iterator[str]:
    name, linux = container["name"], container.get("linuxParameters", {})
    if container.get("privileged"):
        yield "Fargate compatible task definitions do not support privileged containers"
    for member in _NOT_SERVERLESS:
        if container.get(member):
            yield f"Fargate compatible task definitions do not support {member} of container {name}"
    for member in _NOT_FARGATE_LINUX:
        if linux.get(member) is not None:
            yield f"Fargate compatible task definitions do not support {member}"
    if set(linux.get("capabilities", {}).get("add", [])) - {"SYS_PTRACE"}:
        yield "Fargate compatible task definitions only support adding the SYS_PTRACE capability"
    if any(need.get("type") == "GPU" for need in container.get("resourceRequirements", [])):
        yield "Fargate compatible task definitions do not support GPU"
    if container.get("logConfiguration", {}).get("logDriver", "awslogs") not in _FARGATE_LOG_DRIVERS:
        yield f"Fargate does not support the log driver of container {name}"


def _role_faults(content: Json) -> Iterator[str]:
    if content.get("executionRoleArn"):
        return
    for container in content["containerDefinitions"]:
        if container.get("logConfiguration", {}).get("logDriver") == "awslogs":
            yield "Fargate requires task definition to have execution role ARN to support log driver awslogs."
        if ".dkr.ecr." in container["image"]:
            yield "Fargate requires task definition to have execution role ARN to support ECR images."
        if container.get("secrets") or container.get("repositoryCredentials"):
            yield "Fargate requires task definition to have execution role ARN to support secrets."


def required_attributes(content: Json) -> list[str]:
    """Return names of the agent capabilities that a container instance must have for it."""
    names = {"com.amazonaws.ecs.capability.docker-remote-api.1.18"}
    if content.get("networkMode") == "awsvpc":
        names.add("ecs.capability.task-eni")
    if content.get("taskRoleArn"):
        names.add("com.amazonaws.ecs.capability.task-iam-role")
    for container in content["containerDefinitions"]:
        driver = container.get("logConfiguration", {}).get("logDriver")
        if driver:
            names.add(f"com.amazonaws.ecs.capability.logging-driver.{driver}")
        if ".dkr.ecr." in container["image"]:
            names.add("com.amazonaws.ecs.capability.ecr-auth")
        if container.get("privileged"):
            names.add("com.amazonaws.ecs.capability.privileged-container")
    return sorted(names)
