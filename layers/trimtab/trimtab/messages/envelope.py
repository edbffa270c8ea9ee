"""EventBridge event -> Envelope: who says it, of what kind, when, about which resources."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trimtab.messages.fields import Fields

ECS = "aws.ecs"
HEALTH = "aws.health"

PARTITIONS = {
    r"cn-.*": "aws-cn",
    r"us-gov-.*": "aws-us-gov",
    r"(af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-\d": "aws",
}
"""Which partition a Region lies in; one that matches none is not judged.

Source: AWS General Reference, Amazon Resource Names (read 2026-11-22).
"""


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

    def ecs_arn(self, resource: str) -> str:
        """Return the ARN of an ECS resource (``task-definition/nightly``) where this event comes from."""
        partition = next(
            (name for like, name in PARTITIONS.items() if re.fullmatch(like, self.region)), "aws"
        )
        return f"arn:{partition}:ecs:{self.region}:{self.account}:{resource}"

    def expect(self, source: str, detail_type: str) -> None:
        """Make sure that this is the kind of event a reader was written for.

        Raises:
            MessageError: It comes from elsewhere, is of another kind, or is about what belongs to another
                account, Region or partition than the one that it says it comes from.
        """
        if (self.source, self.detail_type) != (source, detail_type):
            raise Fields({}, self.subject, "event").fault(
                f"it is {self.detail_type!r} from {self.source!r}, not {detail_type!r} from {source!r}"
            )
        for resource in self.resources:
            if self._is_strange(resource):
                raise Fields({}, self.subject, "event").fault(
                    f"it says it comes from account {self.account!r} in {self.region!r}, "
                    f"but is about {resource[:200]!r}"
                )

    def _is_strange(self, resource: str) -> bool:
        """Tell whether an ARN is of another account, Region or partition than this envelope."""
        if not resource.startswith("arn:"):
            return False  # events of AWS Health name services as `cluster|service`
        _, partition, _, region, account, _ = (resource.split(":", 5) + [""] * 6)[:6]
        ours = next((name for like, name in PARTITIONS.items() if re.fullmatch(like, self.region)), partition)
        return partition != ours or any(
            said and told and said != told for said, told in ((account, self.account), (region, self.region))
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
