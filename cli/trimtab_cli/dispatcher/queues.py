"""SQS queues as event sources: batches, partial failures, visibility, redrive by the queue itself.

Source: Lambda Developer Guide, with-sqs and services-sqs-errorhandling (read 2026-11-22). The limit
on concurrency is read and checked, but never reached: an invocation costs no simulated time.
"""

from dataclasses import dataclass
from typing import Any

from trimtab_cli.dispatcher.batch_answer import failed_identifiers
from trimtab_cli.dispatcher.invoke import Functions
from trimtab_cli.dispatcher.principal import calling_as
from trimtab_lab.account import Account

RECEIVE_MAX = 10  # messages that one ReceiveMessage returns at most


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """One mapping as the template has it."""

    feature: str
    trigger: str
    queue_arn: str
    batch_size: int = 10
    window_s: float = 0.0
    partial_failures: bool = False


class QueueMapping:
    """Hands the messages of one queue to one function, as soon as they can be received."""

    def __init__(self, settings: QueueSettings, lab: Account, functions: Functions) -> None:
        self.settings, self._lab, self._functions = settings, lab, functions
        self._queue = lab.sqs.queue(settings.queue_arn)
        self._polls: set[float] = set()
        self._queue.listen(lambda: self._book(settings.window_s))

    def _book(self, window_s: float) -> None:
        """Look into the queue when its next message shows, after the batching window."""
        visible_at = self._queue.next_visible_at()
        if visible_at is None:
            return
        at = max(visible_at, self._lab.clock.now) + window_s
        if at not in self._polls:
            self._polls.add(at)
            self._lab.clock.at(at, lambda: self._poll(at))

    def _poll(self, at: float) -> None:
        self._polls.discard(at)
        with calling_as(self._lab, "lambda.amazonaws.com"):
            self._poll_once()
        self._book(0.0)

    def _poll_once(self) -> None:
        messages = self._receive()
        if messages:
            failed = self._deliver(messages)
            done = [one for one in messages if one["MessageId"] not in failed]
            for start in range(0, len(done), RECEIVE_MAX):
                self._delete(done[start : start + RECEIVE_MAX])

    def _deliver(self, messages: list[dict[str, Any]]) -> set[str]:
        settings = self.settings
        identifiers = [one["MessageId"] for one in messages]
        event = {"Records": [self._record(one) for one in messages]}
        invocation = self._functions.invoke(settings.feature, event, settings.trigger, identifiers[0])
        if invocation.error is not None:
            return set(identifiers)
        if not settings.partial_failures:
            return set()
        return set(failed_identifiers(invocation.answer, identifiers))

    def _receive(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        while len(messages) < self.settings.batch_size:
            request = {
                "QueueUrl": self._queue.url,
                "MaxNumberOfMessages": min(RECEIVE_MAX, self.settings.batch_size - len(messages)),
                "MessageSystemAttributeNames": ["All"],
                "MessageAttributeNames": ["All"],
            }
            page = self._lab.call("sqs", "ReceiveMessage", request).get("Messages", [])
            if not page:
                break
            messages += page
        return messages

    def _delete(self, messages: list[dict[str, Any]]) -> None:
        entries = [
            {"Id": str(number), "ReceiptHandle": one["ReceiptHandle"]} for number, one in enumerate(messages)
        ]
        request = {"QueueUrl": self._queue.url, "Entries": entries}
        self._lab.call("sqs", "DeleteMessageBatch", request)

    def _record(self, message: dict[str, Any]) -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {
                name: {
                    "stringValue": value.get("StringValue"),
                    "stringListValues": [],
                    "binaryListValues": [],
                    "dataType": value["DataType"],
                }
                for name, value in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message.get("MD5OfBody", ""),
            "eventSource": "aws:sqs",
            "eventSourceARN": self.settings.queue_arn,
            "awsRegion": self._lab.region,
        }
