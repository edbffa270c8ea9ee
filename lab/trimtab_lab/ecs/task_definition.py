"""Task definitions: the record, and what a task of it needs."""

from dataclasses import dataclass, field
from typing import Any

from trimtab_lab.ecs.answers import Json, copied, instant, present
from trimtab_lab.ecs.tags import Tags

DESCRIBE_ONLY = (
    "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities",
    "registeredAt", "registeredBy", "deregisteredAt",
)  # fmt: skip


@dataclass(slots=True, eq=False)
class TaskDefinition:
    """One revision. ``content`` is the registered request, normalised; it never changes."""

    arn: str
    family: str
    revision: int
    content: Json
    compatibilities: list[str]
    requires_attributes: list[str]
    registered_at: float
    registered_by: str
    tags: Tags
    status: str = "ACTIVE"
    deregistered_at: float | None = None
    containers: list[Json] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the containers at hand."""
        self.containers = self.content["containerDefinitions"]

    @property
    def network_mode(self) -> str:
        """Return the network mode; Docker's bridge when none was given."""
        return str(self.content.get("networkMode", "bridge"))

    @property
    def cpu_units(self) -> int:
        """Return the task's CPU units: its own, or the sum over its containers."""
        if "cpu" in self.content:
            return int(self.content["cpu"])
        return sum(int(container.get("cpu", 0)) for container in self.containers)

    @property
    def memory_mib(self) -> int:
        """Return the task's memory: its own, or what its containers reserve."""
        if "memory" in self.content:
            return int(self.content["memory"])
        return sum(reserved_mib(container) for container in self.containers)

    def describe(self) -> Json:
        """Return the ``taskDefinition`` of an answer, without tags."""
        return present(
            **copied(self.content),
            taskDefinitionArn=self.arn,
            revision=self.revision,
            status=self.status,
            requiresAttributes=[{"name": name} for name in self.requires_attributes],
            compatibilities=list(self.compatibilities),
            registeredAt=instant(self.registered_at),
            registeredBy=self.registered_by,
            deregisteredAt=instant(self.deregistered_at),
        )


def reserved_mib(container: Json) -> int:
    """Return what placement subtracts for a container: the soft limit before the hard one."""
    reserved: Any = container.get("memoryReservation") or container.get("memory") or 0
    return int(reserved)
