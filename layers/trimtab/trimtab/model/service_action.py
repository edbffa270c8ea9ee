"""What the ECS service scheduler says of a service (EventBridge "ECS Service Action")."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ServiceAction:
    """One service action; the detail has no version, so repeats are told by ``created_at``.

    ``capacity_provider_names`` are names (``FARGATE_SPOT``), cut from the ARNs of the event.
    """

    service_arn: str
    event_name: str
    event_type: str = ""
    cluster_arn: str | None = None
    reason: str | None = None
    capacity_provider_names: tuple[str, ...] = ()
    container_instance_arns: tuple[str, ...] = ()
    task_arns: tuple[str, ...] = ()
    created_at: datetime | None = None
