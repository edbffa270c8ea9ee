"""What ECS says of one EC2 host (EventBridge "ECS Container Instance State Change")."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContainerInstanceState:
    """One state of a container instance. The agent reconnects several times an hour by design."""

    container_instance_arn: str
    cluster_arn: str
    status: str
    agent_connected: bool | None = None
    ec2_instance_id: str | None = None
    status_reason: str | None = None
    version: int | None = None
