"""Service revisions, service deployments, and the rolling deployments inside a service."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trimtab_lab.ecs.answers import Json

if TYPE_CHECKING:
    from trimtab_lab.ecs.service import Service
    from trimtab_lab.ecs.task_definition import TaskDefinition

RUNNING_STATUSES = ("PENDING", "IN_PROGRESS", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "STOP_REQUESTED")


@dataclass(slots=True, eq=False)
class ServiceRevision:
    """What a service runs: immutable, made by the deployment that introduced it."""

    arn: str
    service: "Service"
    definition: "TaskDefinition"
    strategy: list[Json]
    launch_type: str | None
    platform_version: str | None
    network: Json | None  # networkConfiguration
    created_at: float
    others: Json = field(default_factory=dict)  # loadBalancers, serviceRegistries, ...


@dataclass(slots=True, eq=False)
class ServiceDeployment:
    """One change of a service from revisions to a revision, with its way back if it took it."""

    arn: str
    service: "Service"
    sources: list[ServiceRevision]
    target: ServiceRevision
    configuration: Json
    created_at: float
    updated_at: float
    status: str = "IN_PROGRESS"
    status_reason: str | None = None
    finished_at: float | None = None
    stopped_at: float | None = None
    rollback_reason: str | None = None
    rollback_at: float | None = None
    rollback_to: ServiceRevision | None = None
    failure_count: int = 0
    watches_alarms: bool = False

    @property
    def going_on(self) -> bool:
        """Tell whether it has not ended yet."""
        return self.status in RUNNING_STATUSES


@dataclass(slots=True, eq=False)
class Deployment:
    """One entry of ``deployments``: the tasks of a revision, whose id is their ``startedBy``."""

    id: str
    revision: ServiceRevision
    service_deployment: ServiceDeployment
    created_at: float
    updated_at: float
    status: str = "PRIMARY"
    rollout_state: str = "IN_PROGRESS"
    rollout_state_reason: str = ""
    failed_tasks: int = 0
    breaker_count: int = 0  # failures since a task was last healthy
    failed_starts: int = 0  # in a row, of tasks that never reached RUNNING
    placement_failures: int = 0  # passes in a row in which something found no place
    start_after: float = 0.0  # throttling: no new task before
    impaired_told_at: float | None = None
    bakes_since: float | None = None  # since when all its tasks run, where it watches alarms
