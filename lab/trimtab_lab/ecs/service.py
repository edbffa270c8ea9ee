"""Services: the record."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trimtab_lab.clock import Appointment
from trimtab_lab.ecs.answers import Json
from trimtab_lab.ecs.tags import Tags

if TYPE_CHECKING:
    from trimtab_lab.ecs.cluster import Cluster
    from trimtab_lab.ecs.deployment import Deployment, ServiceDeployment, ServiceRevision
    from trimtab_lab.ecs.task import Task
    from trimtab_lab.ecs.task_definition import TaskDefinition

EVENTS_KEPT = 100  # DescribeServices shows the last 100


@dataclass(slots=True, eq=False)
class Service:
    """One service. ``settings`` are its further members, as the API shows them."""

    name: str
    arn: str
    cluster: "Cluster"
    definition: "TaskDefinition | None"
    desired_count: int
    created_at: float
    created_by: str
    controller: str
    scheduling: str
    strategy: list[Json]
    launch_type: str | None
    created_launch_type: str | None  # what an empty strategy goes back to
    platform_version: str | None
    network: Json | None
    configuration: Json  # deploymentConfiguration
    settings: Json
    tags: Tags
    status: str = "ACTIVE"
    deployments: list["Deployment"] = field(default_factory=list)  # newest first
    history: list["ServiceDeployment"] = field(default_factory=list)  # oldest first
    completed: "ServiceRevision | None" = None  # what a rollback goes back to
    tasks: dict[str, "Task"] = field(default_factory=dict)  # not yet STOPPED, by ARN
    events: deque[Json] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    steady: bool = False
    wake: Appointment | None = None
    steady_repeat: Appointment | None = None

    @property
    def scheduled(self) -> bool:
        """Tell whether the laboratory's scheduler looks after it."""
        return self.scheduling == "REPLICA" and self.controller != "EXTERNAL"

    @property
    def primary(self) -> "Deployment":
        """Return the newest deployment."""
        return self.deployments[0]

    def minimum_healthy(self) -> int:
        """Return how many tasks must run: rounded up, as ECS does."""
        return math.ceil(self.desired_count * int(self.configuration["minimumHealthyPercent"]) / 100)

    def maximum(self) -> int:
        """Return how many tasks may run or start: rounded down, as ECS does."""
        return self.desired_count * int(self.configuration["maximumPercent"]) // 100

    def wanted_tasks(self, deployment: "Deployment | None" = None) -> list["Task"]:
        """Return the tasks that are to run, of one deployment or of all."""
        return [
            task
            for task in self.tasks.values()
            if task.wanted and (deployment is None or task.deployment is deployment)
        ]
