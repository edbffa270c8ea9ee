"""ECS Service Action event -> ServiceActionEvent.

Source: Amazon ECS developer guide, ecs_service_events (read 2026-11-22).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.messages.envelope import ECS, Envelope, parse_envelope
from trimtab.messages.resources import the_service
from trimtab.model.service_action import ServiceAction

DETAIL_TYPE = "ECS Service Action"


@dataclass(frozen=True, slots=True)
class ServiceActionEvent:
    """One service action with its envelope."""

    envelope: Envelope
    action: ServiceAction


def parse_service_action(event: Mapping[str, Any]) -> ServiceActionEvent:
    """Read an EventBridge event of this kind.

    Raises:
        MessageError: It is another kind of event, or has not its shape, or names no service.
    """
    envelope = parse_envelope(event)
    envelope.expect(ECS, DETAIL_TYPE)
    fields = envelope.fields()
    action = ServiceAction(
        service_arn=the_service(envelope),
        event_name=fields.text("eventName"),
        event_type=fields.text_or_none("eventType") or "",
        cluster_arn=fields.text_or_none("clusterArn"),
        reason=fields.text_or_none("reason"),
        capacity_provider_names=tuple(arn.rpartition("/")[2] for arn in fields.texts("capacityProviderArns")),
        container_instance_arns=fields.texts("containerInstanceArns"),
        task_arns=fields.texts("taskArns"),
        created_at=fields.time_or_none("createdAt"),
    )
    return ServiceActionEvent(envelope, action)
