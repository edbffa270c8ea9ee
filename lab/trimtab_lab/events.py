"""Simulated EventBridge: PutEvents onto the default bus of the laboratory."""

import json
from collections.abc import Mapping
from typing import Any

from trimtab_lab.api_error import ApiError
from trimtab_lab.lab import Answer, Lab, Operation, Request
from trimtab_lab.plain import names, only
from trimtab_lab.scheduler import Schedules

ENTRIES_MAX = 10  # API reference, PutEvents (read 2026-11-22), as the bytes of one call
CALL_BYTES_MAX = 262_144


class Events:
    """The API of the default bus and its rules. What AWS services publish does not pass here."""

    def __init__(self, lab: Lab, schedules: Schedules) -> None:
        self._lab = lab
        self.operations: Mapping[str, Operation] = {"PutEvents": self._put_events, **schedules.of_events}
        lab.serve("events", self)

    def _put_events(self, request: Request) -> Answer:
        only("PutEvents", request, {"Entries"})
        entries = request["Entries"]
        if len(entries) > ENTRIES_MAX:
            raise ApiError(
                "ValidationException", "Member must have length less than or equal to 10 at 'entries'"
            )
        if sum(_entry_bytes(entry) for entry in entries) > CALL_BYTES_MAX:
            raise ApiError(
                "ValidationException", "Total size of the entries in the request is over the limit."
            )
        answers = [self._put(entry) for entry in entries]
        return {"Entries": answers, "FailedEntryCount": sum("ErrorCode" in answer for answer in answers)}

    def _put(self, entry: dict[str, Any]) -> dict[str, str]:
        only("PutEvents", entry, names("Time Source Resources DetailType Detail EventBusName"))
        for name in ("Source", "DetailType", "Detail"):
            if not entry.get(name):
                why = f"Parameter {name} is not valid. Reason: {name} is a required argument."
                return {"ErrorCode": "InvalidArgument", "ErrorMessage": why}
        if entry["Source"].startswith("aws."):
            return {
                "ErrorCode": "NotAuthorizedForSourceException",
                "ErrorMessage": "Not authorized for the source.",
            }
        if entry.get("EventBusName", "default").rpartition("/")[2] != "default":
            why = f"Event bus {entry['EventBusName']} does not exist."
            return {"ErrorCode": "ResourceNotFoundException", "ErrorMessage": why}
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        event = self._lab.bus.put(
            entry["Source"], entry["DetailType"], list(entry.get("Resources", ())), detail
        )
        return {"EventId": event["id"]}


def _entry_bytes(entry: dict[str, Any]) -> int:
    texts = [entry.get(name, "") for name in ("Source", "DetailType", "Detail")]
    texts += entry.get("Resources", ())
    return 14 * ("Time" in entry) + sum(len(text.encode()) for text in texts)
