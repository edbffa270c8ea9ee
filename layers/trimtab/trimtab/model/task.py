"""One ECS task as an event or DescribeTasks shows it.

ECS enumerations (statuses, stop codes, launch types) stay text: an unknown value is data, not a crash.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a task. ``exit_code`` is None while it runs and when it never ran."""

    name: str
    last_status: str
    exit_code: int | None = None
    reason: str | None = None
    image: str | None = None
    image_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One task; times are aware, sizes are CPU units and MiB, None means "not said".

    ``overrides`` is what RunTask was given, injected containers included. Its environment may hold
    secrets, so it stays out of ``repr`` and must never be logged.
    """

    task_arn: str
    cluster_arn: str
    last_status: str
    desired_status: str = ""
    task_definition_arn: str | None = None
    group: str | None = None
    started_by: str | None = None
    launch_type: str | None = None
    capacity_provider_name: str | None = None
    container_instance_arn: str | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    stopped_at: datetime | None = None
    cpu_units: int | None = None
    memory_mib: int | None = None
    containers: tuple[Container, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
    subnet_id: str | None = None
    network_interface_id: str | None = None
    availability_zone: str | None = None
    platform_version: str | None = None
    enable_execute_command: bool = False
    has_volumes: bool = False
    """Whether volumes were made for it as it was launched."""
    version: int | None = None

    @property
    def cluster_name(self) -> str:
        """The cluster's name: the last part of its ARN."""
        return self.cluster_arn.rpartition("/")[2]

    @property
    def task_id(self) -> str:
        """The task's id: the last part of its ARN."""
        return self.task_arn.rpartition("/")[2]

    @property
    def family(self) -> str | None:
        """The family of its task definition, or None when the event does not name one."""
        if self.task_definition_arn is None:
            return None
        return self.task_definition_arn.rpartition("/")[2].partition(":")[0]

    @property
    def service_name(self) -> str | None:
        """The name of the service that its group names; None when it names none."""
        name = (self.group or "").removeprefix("service:")
        return name if name and name != self.group else None

    @property
    def service_arn(self) -> str | None:
        """The ARN of the service that its group names, in its own cluster; None when it names none."""
        if self.service_name is None:
            return None
        return f"{self.cluster_arn.replace(':cluster/', ':service/')}/{self.service_name}"
