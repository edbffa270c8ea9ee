"""Tasks: the record of one task, its containers and its network interface."""

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from trimtab_lab.clock import Appointment
from trimtab_lab.ecs.answers import Json
from trimtab_lab.ecs.behaviour import Plan
from trimtab_lab.ecs.tags import Tags

if TYPE_CHECKING:
    from trimtab_lab.ecs.cluster import Cluster
    from trimtab_lab.ecs.container_instance import ContainerInstance
    from trimtab_lab.ecs.deployment import Deployment
    from trimtab_lab.ecs.service import Service
    from trimtab_lab.ecs.task_definition import TaskDefinition

STARTING = ("PROVISIONING", "PENDING", "ACTIVATING")
# From when on the scheduler counts a running task as healthy, as no health check says so. AWS
# publishes no such time; but an app that dies at once must not pass for a good deployment.
STABLE_SECONDS = 20.0


@dataclass(slots=True, eq=False)
class Container:
    """One container of a task; CPU and memory as ECS reports them, in text."""

    name: str
    image: str
    arn: str
    essential: bool
    digest: str
    runtime_id: str
    cpu: str
    memory: str | None
    memory_reservation: str | None
    stop_timeout_seconds: float
    last_status: str = "PENDING"
    exit_code: int | None = None
    reason: str | None = None


@dataclass(slots=True, eq=False)
class Eni:
    """The elastic network interface of an awsvpc task; it exists while it is attached."""

    eni_id: str
    attachment_id: str
    subnet_id: str
    availability_zone: str
    security_groups: list[str]
    private_ip: str
    public_ip: str | None
    mac: str
    task_arn: str
    status: str = "ATTACHED"


@dataclass(slots=True, eq=False)
class Task:
    """One task. Times are epoch seconds; ``version`` rises with each change that ECS tells."""

    id: str
    arn: str
    cluster: "Cluster"
    definition: "TaskDefinition"
    group: str
    launch_type: str  # EC2 or FARGATE, also with a capacity provider
    pool: str  # whose supply it takes: FARGATE, FARGATE_SPOT, EC2 or a provider's name
    cpu_units: int
    memory_mib: int
    chance: Random
    created_at: float
    containers: list[Container]
    plan: Plan = field(default_factory=Plan)
    capacity_provider: str | None = None
    instance: "ContainerInstance | None" = None
    service: "Service | None" = None
    deployment: "Deployment | None" = None
    started_by: str | None = None
    network: Json | None = None  # awsvpcConfiguration
    overrides: Json = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)
    platform_version: str | None = None
    execute_command: bool = False
    ephemeral_storage_gib: int | None = None
    last_status: str = "PROVISIONING"
    desired_status: str = "RUNNING"
    version: int = 1
    updated_at: float = 0.0
    connected_at: float | None = None
    pull_started_at: float | None = None
    pull_stopped_at: float | None = None
    started_at: float | None = None
    stopping_at: float | None = None
    execution_stopped_at: float | None = None
    stopped_at: float | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    eni: Eni | None = None
    availability_zone: str | None = None
    protected_until: float | None = None
    step: Appointment | None = None  # what will happen to it next

    @property
    def wanted(self) -> bool:
        """Tell whether ECS still wants it to run."""
        return self.desired_status == "RUNNING"

    @property
    def leaving(self) -> bool:
        """Tell whether its machine is being drained."""
        return self.instance is not None and self.instance.status == "DRAINING"

    @property
    def running(self) -> bool:
        """Tell whether it runs and is to go on running."""
        return self.last_status == "RUNNING" and self.wanted

    def stable_at(self) -> float | None:
        """Return from when on it counts as healthy; None while it does not run."""
        return self.started_at + STABLE_SECONDS if self.running and self.started_at is not None else None

    def stable(self, now: float) -> bool:
        """Tell whether it has been running for long enough to count as healthy."""
        at = self.stable_at()
        return at is not None and at <= now

    def protected(self, now: float) -> bool:
        """Tell whether task protection holds it."""
        return self.protected_until is not None and now < self.protected_until

    def dying_container(self) -> Container:
        """Return the container that the plan lets exit: the named or the first essential one."""
        named = (c for c in self.containers if c.name == self.plan.container)
        essential = (c for c in self.containers if c.essential)
        return next(named, None) or next(essential)
