"""Overrides of RunTask."""

from trimtab_lab import grid
from trimtab_lab.ecs.answers import Json, copied
from trimtab_lab.ecs.errors import client, invalid
from trimtab_lab.ecs.task_definition import TaskDefinition


def read_overrides(definition: TaskDefinition, given: Json | None, launch_type: str) -> Json:
    """Return the overrides with sizes as plain numbers.

    Raises:
        ApiError: A container that the definition does not have, or a size that cannot be.
    """
    overrides: Json = copied(given or {})
    names = {container["name"] for container in definition.containers}
    for item in overrides.get("containerOverrides", []):
        if item.get("name") not in names:
            raise invalid(
                f"Override for container named {item.get('name')} is not a container in the TaskDefinition."
            )
    for member, read in (("cpu", grid.cpu_units), ("memory", grid.memory_mib)):
        if overrides.get(member):
            number = read(str(overrides[member]))
            if number is None:
                raise invalid(f"Invalid '{member}' override: {overrides[member]}")
            overrides[member] = str(number)
    _check_size(definition, overrides, launch_type)
    return overrides


def _check_size(definition: TaskDefinition, overrides: Json, launch_type: str) -> None:
    if launch_type != "FARGATE" or not (overrides.get("cpu") or overrides.get("memory")):
        return
    cpu = int(overrides.get("cpu") or definition.cpu_units)
    memory = int(overrides.get("memory") or definition.memory_mib)
    if not grid.is_fargate_size(cpu, memory):
        raise client(f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory.")
