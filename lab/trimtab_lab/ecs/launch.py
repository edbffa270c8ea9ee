"""What is to be launched: the same for RunTask and for the service scheduler."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trimtab_lab.ecs.answers import Json
from trimtab_lab.ecs.tags import Tags

if TYPE_CHECKING:
    from trimtab_lab.ecs.cluster import Cluster
    from trimtab_lab.ecs.deployment import Deployment
    from trimtab_lab.ecs.service import Service
    from trimtab_lab.ecs.task_definition import TaskDefinition


@dataclass(slots=True)
class Launch:
    """One task to be placed and started."""

    cluster: "Cluster"
    definition: "TaskDefinition"
    group: str
    launch_type: str  # EC2 or FARGATE
    capacity_provider: str | None
    network: Json | None
    started_by: str | None = None
    platform_version: str | None = None
    overrides: Json = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)
    placement_strategy: list[Json] = field(default_factory=list)
    placement_constraints: list[Json] = field(default_factory=list)
    execute_command: bool = False
    service: "Service | None" = None
    deployment: "Deployment | None" = None

    @property
    def pool(self) -> str:
        """Return the pool whose supply it takes."""
        return self.capacity_provider or self.launch_type

    @property
    def cpu_units(self) -> int:
        """Return the CPU units it needs."""
        return int(self.overrides.get("cpu") or self.definition.cpu_units)

    @property
    def memory_mib(self) -> int:
        """Return the memory it needs."""
        return int(self.overrides.get("memory") or self.definition.memory_mib)
