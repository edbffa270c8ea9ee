"""The stream of a table: what changed, in order, for 24 hours."""

import base64
from collections import deque
from collections.abc import Callable
from typing import Any

from trimtab_lab.dynamodb.collection import Row
from trimtab_lab.dynamodb.values import Item, Value, item_bytes

RETENTION_SECONDS = 24 * 3600
FIRST_SEQUENCE = 100_000_000_000_000_000_001
TTL_IDENTITY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
Record = dict[str, Any]
Listener = Callable[[Record], None]


class Stream:
    """One shard of records, oldest first, in the form of the API (``GetRecords``).

    Args:
        arn: The stream's ARN.
        view_type: ``KEYS_ONLY`` ``NEW_IMAGE`` ``OLD_IMAGE`` ``NEW_AND_OLD_IMAGES``.
        region: For the records.
    """

    def __init__(self, arn: str, view_type: str, region: str) -> None:
        self.arn, self.view_type, self.region = arn, view_type, region
        self.next_sequence = FIRST_SEQUENCE
        self.records: deque[tuple[float, int, Record]] = deque()
        self.listeners: list[Listener] = []

    def add(self, at: float, keys: Item, old: Row | None, new: Row | None, by_ttl: bool) -> Record:
        """Append the record of one change at epoch second ``at`` and return it."""
        images, size = {"Keys": keys}, item_bytes(keys)
        if new is not None and self.view_type in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
            images["NewImage"], size = new.item, size + new.size
        if old is not None and self.view_type in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
            images["OldImage"], size = old.item, size + old.size
        record: Record = {
            "eventID": f"{self.next_sequence:032x}",
            "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": self.region,
            "dynamodb": {
                "ApproximateCreationDateTime": float(int(at)),
                **images,
                "SequenceNumber": str(self.next_sequence),
                "SizeBytes": size,
                "StreamViewType": self.view_type,
            },
        }
        if by_ttl:
            record["userIdentity"] = TTL_IDENTITY
        self.records.append((at, self.next_sequence, record))
        self.next_sequence += 1
        self.trim(at)
        return record

    def trim(self, now: float) -> None:
        """Forget records older than 24 hours."""
        while self.records and self.records[0][0] < now - RETENTION_SECONDS:
            self.records.popleft()

    def tell(self, record: Record) -> None:
        """Hand a record to every listener in the form that Lambda receives; it is not to be changed."""
        if self.listeners:
            told = {**_lambda_form(record), "eventSourceARN": self.arn}
            for listener in self.listeners:
                listener(told)


def _lambda_form(record: Record) -> Record:
    body = record["dynamodb"].copy()
    for image in ("Keys", "NewImage", "OldImage"):
        if image in body:
            body[image] = _json_map(body[image])
    return {**record, "dynamodb": body}


def _json_map(fields: Item) -> Item:
    return {name: _json_value(value) for name, value in fields.items()}


def _json_value(value: Value) -> Value:
    """Return a value with its bytes as text; one that can hold none is shared, as no row ever changes."""
    ((kind, content),) = value.items()
    if kind == "B":
        return {kind: base64.b64encode(content).decode()}
    if kind == "BS":
        return {kind: [base64.b64encode(inner).decode() for inner in content]}
    if kind == "L":
        return {kind: [_json_value(inner) for inner in content]}
    return {kind: _json_map(content)} if kind == "M" else value
