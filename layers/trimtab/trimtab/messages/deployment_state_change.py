"""ECS Deployment State Change event -> DeploymentStateChange.

Source: Amazon ECS developer guide, ecs_service_deployment_events (read 2026-11-22).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.messages.envelope import ECS, Envelope, parse_envelope
from trimtab.messages.resources import the_service
from trimtab.model.deployment_event import DeploymentEvent

DETAIL_TYPE = "ECS Deployment State Change"


@dataclass(frozen=True, slots=True)
class DeploymentStateChange:
    """One state of a deployment with its envelope."""

    envelope: Envelope
    deployment: DeploymentEvent


def parse_deployment_state_change(event: Mapping[str, Any]) -> DeploymentStateChange:
    """Read an EventBridge event of this kind.

    Raises:
        MessageError: It is another kind of event, or has not its shape, or names no service.
    """
    envelope = parse_envelope(event)
    envelope.expect(ECS, DETAIL_TYPE)
    fields = envelope.fields()
    deployment = DeploymentEvent(
        service_arn=the_service(envelope),
        event_name=fields.text("eventName"),
        deployment_id=fields.text("deploymentId"),
        event_type=fields.text_or_none("eventType") or "",
        reason=fields.text_or_none("reason"),
        updated_at=fields.time_or_none("updatedAt"),
    )
    return DeploymentStateChange(envelope, deployment)
