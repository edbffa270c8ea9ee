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
    subject = f"SQS message {record.get('messageId', '(without id)')}"
    fields = Fields(record, subject, "record")
    try:
        event = json.loads(fields.text("body"))
    except (ValueError, RecursionError) as error:
        raise fields.fault(f"record.body is not JSON ({type(error).__name__})") from error
    return Fields(event, subject, "record.body").data
