"""EventBridge event -> Envelope: who says it, of what kind, when, about which resources."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trimtab.messages.fields import Fields

ECS = "aws.ecs"
HEALTH = "aws.health"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every EventBridge event has around its detail.

    AWS's own documentation samples leave ``id``, ``account``, ``region`` and ``time`` out; then they are
    empty or None, and whoever needs one must say no. ``detail`` may hold secrets: out of ``repr``.
    """

    id: str
    source: str
    detail_type: str
    account: str
    region: str
    time: datetime | None
    resources: tuple[str, ...]
    detail: Mapping[str, Any] = field(repr=False, hash=False)

    @property
    def subject(self) -> str:
        """How error messages name this event."""
        return f"{self.detail_type} event {self.id or '(without id)'}"

    def fields(self) -> Fields:
        """Return the detail for typed reading."""
        return Fields(self.detail, self.subject, "detail")

    def expect(self, source: str, detail_type: str) -> None:
        """Make sure that this is the kind of event a reader was written for.

        Raises:
            MessageError: It comes from elsewhere or is of another kind.
        """
        if (self.source, self.detail_type) != (source, detail_type):
            raise Fields({}, self.subject, "event").fault(
                f"it is {self.detail_type!r} from {self.source!r}, not {detail_type!r} from {source!r}"
            )


def parse_envelope(event: object) -> Envelope:
    """Read the envelope of an EventBridge event.

    Source: EventBridge user guide, eb-events-structure (read 2026-11-22).

    Raises:
        MessageError: It is no EventBridge event: no object, or no source, detail-type or detail.
    """
    fields = Fields(event, "EventBridge event", "event")
    return Envelope(
        id=fields.text_or_none("id") or "",
        source=fields.text("source"),
        detail_type=fields.text("detail-type"),
        account=fields.text_or_none("account") or "",
        region=fields.text_or_none("region") or "",
        time=fields.time_or_none("time"),
        resources=fields.texts("resources"),
        detail=Fields(fields.data.get("detail"), "EventBridge event", "event.detail").data,
    )
