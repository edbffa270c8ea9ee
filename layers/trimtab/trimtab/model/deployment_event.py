"""What ECS says of one deployment of a service (EventBridge "ECS Deployment State Change")."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DeploymentEvent:
    """One state of a deployment; a rollback is told from a first roll-out only by ``reason``."""

    service_arn: str
    event_name: str
    deployment_id: str
    event_type: str = ""
    reason: str | None = None
    updated_at: datetime | None = None
