"""ECS Container Instance State Change event -> ContainerInstanceStateChange.

Source: Amazon ECS developer guide, ecs_container_instance_events (read 2026-11-22).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.messages.envelope import ECS, Envelope, parse_envelope
from trimtab.model.container_instance import ContainerInstanceState

DETAIL_TYPE = "ECS Container Instance State Change"


@dataclass(frozen=True, slots=True)
class ContainerInstanceStateChange:
    """One state of an EC2 host with its envelope."""

    envelope: Envelope
    state: ContainerInstanceState


def parse_container_instance_state_change(event: Mapping[str, Any]) -> ContainerInstanceStateChange:
    """Read an EventBridge event of this kind.

    Raises:
        MessageError: It is another kind of event, or has not its shape.
    """
    envelope = parse_envelope(event)
    envelope.expect(ECS, DETAIL_TYPE)
    fields = envelope.fields()
    state = ContainerInstanceState(
        container_instance_arn=fields.text("containerInstanceArn"),
        cluster_arn=fields.text("clusterArn"),
        status=fields.text("status"),
        agent_connected=fields.flag_or_none("agentConnected"),
        ec2_instance_id=fields.text_or_none("ec2InstanceId"),
        status_reason=fields.text_or_none("statusReason"),
        version=fields.whole_or_none("version"),
    )
    return ContainerInstanceStateChange(envelope, state)
