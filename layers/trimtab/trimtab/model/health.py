"""What AWS Health announces about ECS tasks and services."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class HealthNotice:
    """One notice of AWS Health.

    ``task_arns`` are tasks that no service owns; ``services`` are (cluster, service) pairs: AWS names a
    service's tasks by their service and lets its scheduler replace them.
    """

    event_type_code: str
    service: str
    event_arn: str | None = None
    communication_id: str | None = None
    status_code: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None
    task_arns: tuple[str, ...] = ()
    services: tuple[tuple[str, str], ...] = ()
    other_resources: tuple[str, ...] = ()
