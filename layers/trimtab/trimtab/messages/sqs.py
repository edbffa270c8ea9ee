"""SQS record -> the EventBridge event in its body."""

import json
from collections.abc import Mapping
from typing import Any

from trimtab.messages.fields import Fields


def event_in(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the EventBridge event that a rule put into a queue.

    Raises:
        MessageError: The body is not JSON, or not an object.
    """
    fields = Fields(record, "SQS record", "record")
    message_id = fields.text_or_none("messageId") or "(without id)"
    body = Fields(record, f"SQS message {message_id}", "record").text("body")
    try:
        event = json.loads(body)
    except ValueError as error:
        raise Fields({}, f"SQS message {message_id}", "record").fault(
            f"record.body is not JSON ({error})"
        ) from error
    return Fields(event, f"SQS message {message_id}", "record.body").data
