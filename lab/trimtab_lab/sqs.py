"""Simulated SQS: standard queues. ``lab.sqs.queue(name)`` is the short way to one of them."""

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from trimtab_lab.api_error import ApiError, NotModelled
from trimtab_lab.lab import Answer, Lab, Operation, Request
from trimtab_lab.plain import copy_value, names, only
from trimtab_lab.queue import Message, Queue

MESSAGE_BYTES_MAX = 1_048_576  # Developer Guide, "Amazon SQS message quotas" (read 2026-11-22), as the others
BATCH_MAX = 10
DELAY_SECONDS_MAX = 900
VISIBILITY_SECONDS_MAX = 43_200
_SETTINGS = {
    "VisibilityTimeout": "visibility_seconds",
    "DelaySeconds": "delay_seconds",
    "MessageRetentionPeriod": "retention_seconds",
}
_DEFAULTS = {
    "DelaySeconds": "0",
    "MaximumMessageSize": str(MESSAGE_BYTES_MAX),
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}
_KEPT = names("KmsMasterKeyId KmsDataKeyReusePeriodSeconds Policy RedriveAllowPolicy RedrivePolicy")
_SEND = names("QueueUrl MessageBody DelaySeconds MessageAttributes")
_RECEIVE = names(
    "QueueUrl AttributeNames MessageSystemAttributeNames MessageAttributeNames MaxNumberOfMessages "
    "VisibilityTimeout WaitTimeSeconds"
)


class Sqs:
    """The queues of the account. Long polling answers at once: only the clock makes time pass."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._random = lab, lab.random("sqs")
        self._queues: dict[str, Queue] = {}
        self.operations: Mapping[str, Operation] = {
            "ChangeMessageVisibility": self._change_visibility,
            "ChangeMessageVisibilityBatch": lambda request: self._batch(request, self._change_visibility),
            "CreateQueue": self._create_queue,
            "DeleteMessage": self._delete_message,
            "DeleteMessageBatch": lambda request: self._batch(request, self._delete_message),
            "DeleteQueue": self._delete_queue,
            "GetQueueAttributes": self._get_queue_attributes,
            "GetQueueUrl": self._get_queue_url,
            "ListQueues": self._list_queues,
            "PurgeQueue": self._purge_queue,
            "ReceiveMessage": self._receive_message,
            "SendMessage": self._send_message,
            "SendMessageBatch": lambda request: self._batch(request, self._send_message),
            "SetQueueAttributes": self._set_queue_attributes,
        }
        lab.serve("sqs", self)

    def queue(self, name: str) -> Queue:
        """Return the queue with this name, URL or ARN.

        Raises:
            ApiError: QueueDoesNotExist.
        """
        queue = self._queues.get(re.split("[/:]", name)[-1])
        if queue is None:
            raise ApiError("QueueDoesNotExist", "The specified queue does not exist.")
        return queue

    def send(
        self, queue: Queue, body: str, attributes: dict[str, Any], delay: float | None = None
    ) -> Message:
        """Put a message into a queue and return it; ``delay`` is in seconds."""
        now = self._lab.clock.now
        seconds = queue.settings.delay_seconds if delay is None else delay
        identity = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        message = Message(identity, body, attributes, now, now + seconds)
        queue.add(message)
        return message

    def _create_queue(self, request: Request) -> Answer:
        only("CreateQueue", request, names("QueueName Attributes tags"))
        name, attributes = request["QueueName"], request.get("Attributes", {})
        if name.endswith(".fifo") or attributes.get("FifoQueue") == "true":
            raise NotModelled("the laboratory does not simulate FIFO queues")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name):
            raise ApiError(
                "InvalidParameterValue",
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
            )
        if name not in self._queues:
            url = f"https://sqs.{self._lab.region}.amazonaws.com/{self._lab.account}/{name}"
            queue = Queue(name, self._lab.arn("sqs", name), url, self._lab.clock, self.queue)
            now = str(int(self._lab.clock.now))
            queue.attributes = {**_DEFAULTS, "CreatedTimestamp": now, "LastModifiedTimestamp": now}
            self._set(queue, attributes)
            self._queues[name] = queue
            return {"QueueUrl": url}
        known = self._queues[name]
        if any(known.attributes.get(key) != value for key, value in attributes.items()):
            raise ApiError(
                "QueueNameExists",
                "A queue already exists with the same name and a different value for attribute",
            )
        return {"QueueUrl": known.url}

    def _get_queue_url(self, request: Request) -> Answer:
        only("GetQueueUrl", request, {"QueueName"})
        return {"QueueUrl": self.queue(request["QueueName"]).url}

    def _set(self, queue: Queue, attributes: Mapping[str, str]) -> None:
        for name, value in attributes.items():
            if name not in _DEFAULTS and name not in _KEPT:
                raise ApiError("InvalidAttributeName", f"Unknown Attribute {name}.")
            queue.attributes[name] = value
            if name in _SETTINGS:
                setattr(queue.settings, _SETTINGS[name], float(value))
        if "RedrivePolicy" in attributes:
            policy = json.loads(attributes["RedrivePolicy"] or "{}")
            queue.settings.dead_letter_arn = policy.get("deadLetterTargetArn")
            queue.settings.receive_count_max = int(policy.get("maxReceiveCount", 0))

    def _set_queue_attributes(self, request: Request) -> Answer:
        queue = self.queue(request["QueueUrl"])
        self._set(queue, request["Attributes"])
        queue.attributes["LastModifiedTimestamp"] = str(int(self._lab.clock.now))
        return {}

    def _get_queue_attributes(self, request: Request) -> Answer:
        queue = self.queue(request["QueueUrl"])
        visible, working, delayed = queue.depths()
        every = {
            **queue.attributes,
            "QueueArn": queue.arn,
            "ApproximateNumberOfMessages": str(visible),
            "ApproximateNumberOfMessagesNotVisible": str(working),
            "ApproximateNumberOfMessagesDelayed": str(delayed),
        }
        wanted = set(request.get("AttributeNames", ()))
        chosen = {name: value for name, value in every.items() if "All" in wanted or name in wanted}
        return {"Attributes": chosen} if chosen else {}

    def _list_queues(self, request: Request) -> Answer:
        only("ListQueues", request, names("QueueNamePrefix MaxResults NextToken"))
        found = [name for name in sorted(self._queues) if name.startswith(request.get("QueueNamePrefix", ""))]
        start, size = int(request.get("NextToken", 0)), request.get("MaxResults", 1000)
        urls = [self._queues[name].url for name in found[start : start + size]]
        answer: Answer = {"QueueUrls": urls} if urls else {}
        if "MaxResults" in request and start + size < len(found):
            answer["NextToken"] = str(start + size)
        return answer

    def _delete_queue(self, request: Request) -> Answer:
        del self._queues[self.queue(request["QueueUrl"]).name]
        return {}

    def _purge_queue(self, request: Request) -> Answer:
        self.queue(request["QueueUrl"]).messages.clear()
        return {}

    def _send_message(self, request: Request) -> Answer:
        only("SendMessage", request, _SEND)
        queue, body = self.queue(request["QueueUrl"]), request["MessageBody"]
        if not body:
            raise ApiError("MissingParameter", "The request must contain the parameter MessageBody.")
        if len(body.encode()) > int(queue.attributes["MaximumMessageSize"]):
            limit = queue.attributes["MaximumMessageSize"]
            raise ApiError(
                "InvalidParameterValue",
                f"One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes.",
            )
        delay = request.get("DelaySeconds")
        _within("DelaySeconds", delay, DELAY_SECONDS_MAX)
        message = self.send(queue, body, request.get("MessageAttributes", {}), delay)
        return {"MessageId": message.id, "MD5OfMessageBody": _md5(body)}

    def _receive_message(self, request: Request) -> Answer:
        only("ReceiveMessage", request, _RECEIVE)
        most = request.get("MaxNumberOfMessages", 1)
        if not 1 <= most <= BATCH_MAX:
            raise ApiError(
                "InvalidParameterValue",
                f"Value {most} for parameter MaxNumberOfMessages is invalid. "
                "Reason: Must be between 1 and 10, if provided.",
            )
        _within("VisibilityTimeout", request.get("VisibilityTimeout"), VISIBILITY_SECONDS_MAX)
        queue = self.queue(request["QueueUrl"])
        messages = queue.receive(most, request.get("VisibilityTimeout"))
        return {"Messages": [_shown(message, request) for message in messages]} if messages else {}

    def _delete_message(self, request: Request) -> Answer:
        self.queue(request["QueueUrl"]).delete(_sound_handle(request))
        return {}

    def _change_visibility(self, request: Request) -> Answer:
        _within("VisibilityTimeout", request["VisibilityTimeout"], VISIBILITY_SECONDS_MAX)
        queue = self.queue(request["QueueUrl"])
        message = queue.held(_sound_handle(request))
        if message is None or message.visible_at <= self._lab.clock.now:
            raise ApiError(
                "MessageNotInflight",
                f"Value {request['ReceiptHandle']} for parameter ReceiptHandle is invalid. "
                "Reason: Message does not exist or is not available for visibility timeout change.",
            )
        queue.hide(message, request["VisibilityTimeout"])
        return {}

    def _batch(self, request: Request, act: Callable[[Request], Answer]) -> Answer:
        self.queue(request["QueueUrl"])
        entries = request["Entries"]
        if not entries:
            raise ApiError("EmptyBatchRequest", "There should be at least one entry in the request.")
        if len(entries) > BATCH_MAX:
            raise ApiError(
                "TooManyEntriesInBatchRequest",
                f"Maximum number of entries per request are {BATCH_MAX}. You have sent {len(entries)}.",
            )
        if len({entry["Id"] for entry in entries}) != len(entries):
            raise ApiError(
                "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id."
            )
        answer: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
        for entry in entries:
            one = {"QueueUrl": request["QueueUrl"], **entry}
            del one["Id"]
            try:
                answer["Successful"].append({"Id": entry["Id"], **act(one)})
            except ApiError as fault:
                failure = {"Code": fault.code, "Message": fault.message, "SenderFault": True}
                answer["Failed"].append({"Id": entry["Id"], **failure})
        return {key: value for key, value in answer.items() if value or key == "Successful"}


def _within(name: str, value: float | None, most: int) -> None:
    if value is not None and not 0 <= value <= most:
        raise ApiError(
            "InvalidParameterValue",
            f"Value {value} for parameter {name} is invalid. "
            f"Reason: Must be between 0 and {most}, if provided.",
        )


def _sound_handle(request: Request) -> str:
    handle = str(request["ReceiptHandle"])
    if "#" not in handle:
        raise ApiError(
            "ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.'
        )
    return handle


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _shown(message: Message, request: Request) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt_handle,
        "MD5OfBody": _md5(message.body),
        "Body": message.body,
    }
    system = {
        "ApproximateReceiveCount": str(message.receives),
        "ApproximateFirstReceiveTimestamp": str(int((message.first_received_at or 0) * 1000)),
        "SentTimestamp": str(int(message.sent_at * 1000)),
    }
    wanted = {*request.get("AttributeNames", ()), *request.get("MessageSystemAttributeNames", ())}
    chosen = {name: value for name, value in system.items() if "All" in wanted or name in wanted}
    if chosen:
        shown["Attributes"] = chosen
    own = request.get("MessageAttributeNames", ())
    attributes = {
        name: copy_value(value)
        for name, value in message.attributes.items()
        if "All" in own or ".*" in own or name in own
    }
    return {**shown, "MessageAttributes": attributes} if attributes else shown
