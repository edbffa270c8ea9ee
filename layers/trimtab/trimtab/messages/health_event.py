"""AWS Health Event -> HealthEvent.

Source: AWS Health user guide, aws-health-events-eventbridge-schema; Amazon ECS developer guide,
task-maintenance (read 2026-11-22).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.messages.envelope import HEALTH, Envelope, parse_envelope
from trimtab.messages.fields import Fields
from trimtab.model.health import HealthNotice

DETAIL_TYPE = "AWS Health Event"

# AWS's own samples spell one service of a cluster in three ways: "c|s", "c | s" and "c/s".
_CLUSTER_AND_SERVICE = re.compile(r"([\w-]+)\s*[|/]\s*([\w-]+)")


@dataclass(frozen=True, slots=True)
class HealthEvent:
    """One notice of AWS Health with its envelope."""

    envelope: Envelope
    notice: HealthNotice


def parse_health_event(event: Mapping[str, Any]) -> HealthEvent:
    """Read an EventBridge event of this kind.

    Raises:
        MessageError: It is another kind of event, or has not its shape.
    """
    envelope = parse_envelope(event)
    envelope.expect(HEALTH, DETAIL_TYPE)
    return HealthEvent(envelope, _notice(envelope.fields(), envelope.resources))


def _notice(fields: Fields, resources: tuple[str, ...]) -> HealthNotice:
    entities = [entity.text_or_none("entityValue") or "" for entity in fields.objects("affectedEntities")]
    tasks: list[str] = []
    services: list[tuple[str, str]] = []
    others: list[str] = []
    for name in dict.fromkeys([*resources, *filter(None, entities)]):
        pair = _CLUSTER_AND_SERVICE.fullmatch(name.strip())
        if name.startswith("arn:") and ":task/" in name:
            tasks.append(name)
        elif pair:
            services.append((pair[1], pair[2]))
        else:
            others.append(name)
    return HealthNotice(
        event_type_code=fields.text("eventTypeCode"),
        service=fields.text_or_none("service") or "",
        event_arn=fields.text_or_none("eventArn"),
        communication_id=fields.text_or_none("communicationId"),
        status_code=fields.text_or_none("statusCode") or "",
        start_time=fields.time_or_none("startTime"),
        end_time=fields.time_or_none("endTime"),
        task_arns=tuple(tasks),
        services=tuple(dict.fromkeys(services)),
        other_resources=tuple(others),
    )
