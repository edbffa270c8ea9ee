"""Container instances: EC2 machines of a cluster, with what is left on them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trimtab_lab.ecs.answers import Json
from trimtab_lab.ecs.tags import Tags

if TYPE_CHECKING:
    from trimtab_lab.ecs.cluster import Cluster
    from trimtab_lab.ecs.task import Task


@dataclass(slots=True, eq=False)
class ContainerInstance:
    """One machine. Resources are what the agent registered, in CPU units and MiB."""

    arn: str
    cluster: "Cluster"
    ec2_instance_id: str
    instance_type: str
    availability_zone: str
    cpu_units: int
    memory_mib: int
    enis: int  # network interfaces that tasks may use
    registered_at: float
    capacity_provider: str | None = None
    status: str = "ACTIVE"
    status_reason: str | None = None
    agent_connected: bool = True
    version: int = 1
    tags: Tags = field(default_factory=dict)
    tasks: dict[str, "Task"] = field(default_factory=dict)  # not yet STOPPED, by ARN

    @property
    def free_cpu_units(self) -> int:
        """Return the CPU units that no task holds."""
        return self.cpu_units - sum(task.cpu_units for task in self.tasks.values())

    @property
    def free_memory_mib(self) -> int:
        """Return the memory that no task holds."""
        return self.memory_mib - sum(task.memory_mib for task in self.tasks.values())

    @property
    def free_enis(self) -> int:
        """Return how many more awsvpc tasks fit by network interfaces."""
        return self.enis - sum(task.network is not None for task in self.tasks.values())

    def lacks(self, cpu_units: int, memory_mib: int, *, eni: bool) -> str | None:
        """Return the resource that is missing for such a task (``CPU``), or None if it fits."""
        if self.free_cpu_units < cpu_units:
            return "CPU"
        if self.free_memory_mib < memory_mib:
            return "MEMORY"
        if eni and self.free_enis < 1:
            return "ENI"
        return None

    def resources(self, cpu_units: int, memory_mib: int) -> list[Json]:
        """Return resources in the API's form."""
        ports = ["22", "2375", "2376", "51678", "51679"]
        return [
            {"name": "CPU", "type": "INTEGER", "integerValue": cpu_units},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": memory_mib},
            {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ports},
            {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
        ]

    def attributes(self) -> list[Json]:
        """Return the attributes that placement and people look at."""
        known = {
            "ecs.availability-zone": self.availability_zone,
            "ecs.instance-type": self.instance_type,
            "ecs.os-type": "linux",
            "ecs.cpu-architecture": "x86_64",
        }
        return [{"name": name, "value": value} for name, value in known.items()]
