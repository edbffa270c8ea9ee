"""DynamoDB stream record of the Changes table -> which Change, and which step it took."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.messages.fields import Fields
from trimtab.model.keys import change_item


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """What a stream record says. A bell: whoever acts on it reads the item itself.

    ``state_before`` is None for a new Change.
    """

    workload: str
    change_id: str
    state_before: str | None
    state_after: str | None


def parse_change_record(record: Mapping[str, Any]) -> ChangeRecord:
    """Read one record of the stream.

    Source: Amazon DynamoDB Streams API reference, Record and StreamRecord (read 2026-11-22).

    Raises:
        MessageError: It is no stream record of a Change.
    """
    fields = Fields(record, "DynamoDB stream record", "record")
    image = fields.object_or_empty("dynamodb")
    keys = image.object_or_empty("Keys")
    item = keys.object_or_empty("item").text("S")
    prefix = change_item("")
    if not item.startswith(prefix):
        raise fields.fault(f"its item {item[:40]!r} is no Change")
    return ChangeRecord(
        keys.object_or_empty("workload").text("S"), item.removeprefix(prefix),
        _state(image, "OldImage"), _state(image, "NewImage"),
    )  # fmt: skip


def _state(image: Fields, which: str) -> str | None:
    return image.object_or_empty(which).object_or_empty("state").text_or_none("S")
