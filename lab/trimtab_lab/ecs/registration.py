"""RegisterTaskDefinition: what is refused, and how a request is normalised."""

import re

from trimtab_lab import grid
from trimtab_lab.ecs.answers import Json, copied
from trimtab_lab.ecs.compatibility import fargate_faults, managed_instances_faults
from trimtab_lab.ecs.errors import client
from trimtab_lab.ecs.task_definition import reserved_mib

# Source: RegisterTaskDefinition in the API Reference (read 2026-11-22).
TASK_CPU_UNITS_LEAST, TASK_CPU_UNITS_MOST = 128, 196_608
CONTAINER_MEMORY_MIB_LEAST = 6
CONTAINERS_MOST = 10
_NAME = re.compile(r"^[A-Za-z0-9_-]{1,255}$")


def normalised(request: Json) -> Json:
    """Return the content of the revision that the request makes.

    Sizes become plain numbers in text, containers get the members that ECS adds.

    Raises:
        ApiError: ClientException, with what is wrong.
    """
    content: Json = {key: copied(value) for key, value in request.items() if key != "tags"}
    if not _NAME.match(content.get("family", "")):
        raise client("Family should match the pattern [a-zA-Z0-9-_]{1,255}.")
    _normalise_size(content)
    containers = content.get("containerDefinitions") or []
    if not containers:
        raise client("Container list cannot be empty.")
    if len(containers) > CONTAINERS_MOST:
        raise client(f"Too many containers, the most is {CONTAINERS_MOST}.")
    for container in containers:
        _normalise_container(container, awsvpc=content.get("networkMode") == "awsvpc")
    content.setdefault("volumes", [])
    content.setdefault("placementConstraints", [])
    _check_containers(content)
    _check_compatibilities(content)
    return content


def _normalise_size(content: Json) -> None:
    for member, read in (("cpu", grid.cpu_units), ("memory", grid.memory_mib)):
        if not content.get(member):
            content.pop(member, None)
            continue
        number = read(str(content[member]))
        if number is None:
            raise client(f"Invalid '{member}' setting for task: {content[member]}")
        content[member] = str(number)
    if "cpu" in content and not TASK_CPU_UNITS_LEAST <= int(content["cpu"]) <= TASK_CPU_UNITS_MOST:
        raise client(
            "Invalid 'cpu' setting for task. It must be between "
            f"{TASK_CPU_UNITS_LEAST} and {TASK_CPU_UNITS_MOST} CPU units."
        )


def _normalise_container(container: Json, *, awsvpc: bool) -> None:
    if not _NAME.match(container.get("name", "")):
        raise client("Container.name should match the pattern [a-zA-Z0-9-_]{1,255}.")
    if not container.get("image"):
        raise client("Container.image should not be null or empty.")
    container.setdefault("cpu", 0)
    container.setdefault("essential", True)
    for member in ("portMappings", "environment", "mountPoints", "volumesFrom", "systemControls"):
        container.setdefault(member, [])
    for mapping in container["portMappings"]:
        mapping.setdefault("protocol", "tcp")
        if awsvpc and "containerPort" in mapping:
            host = mapping.setdefault("hostPort", mapping["containerPort"])
            if host not in (0, mapping["containerPort"]):
                raise client("When networkMode=awsvpc, the host ports and container ports must match.")


def _check_containers(content: Json) -> None:
    containers = content["containerDefinitions"]
    names = [container["name"] for container in containers]
    if len(names) != len(set(names)):
        raise client("Container names must be unique within a task definition.")
    if not any(container["essential"] for container in containers):
        raise client("Invalid setting for container. At least one container must be essential.")
    for container in containers:
        _check_memory(container, content)
    if "memory" in content and sum(map(reserved_mib, containers)) > int(content["memory"]):
        raise client("The memory reserved for the containers is greater than the 'memory' of the task.")
    if "cpu" in content and sum(container["cpu"] for container in containers) > int(content["cpu"]):
        raise client("The 'cpu' of the containers is greater than the 'cpu' of the task.")


def _check_memory(container: Json, content: Json) -> None:
    where = f"Invalid setting for container '{container['name']}'."
    hard, soft = container.get("memory"), container.get("memoryReservation")
    if hard is None and soft is None and "memory" not in content:
        raise client(f"{where} At least one of 'memory' or 'memoryReservation' must be specified.")
    if any(value is not None and value < CONTAINER_MEMORY_MIB_LEAST for value in (hard, soft)):
        raise client(f"{where} The minimum memory is {CONTAINER_MEMORY_MIB_LEAST} MiB.")
    if hard is not None and soft is not None and soft > hard:
        raise client(f"{where} 'memoryReservation' must be less than or equal to 'memory'.")
    if hard is not None and "memory" in content and hard > int(content["memory"]):
        raise client(f"{where} 'memory' must not be greater than the 'memory' of the task.")


def _check_compatibilities(content: Json) -> None:
    asked = content.get("requiresCompatibilities", [])
    if "FARGATE" in asked and (fault := next(fargate_faults(content), None)):
        raise client(fault)
    if "MANAGED_INSTANCES" in asked and (fault := next(managed_instances_faults(content), None)):
        raise client(fault)
    if "EXTERNAL" in asked and content.get("networkMode") == "awsvpc":
        raise client("External compatible task definitions do not support network mode awsvpc")
