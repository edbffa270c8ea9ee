"""Simulated SNS: topics whose publications are kept, and handed to subscribed queues."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trimtab_lab.api_error import ApiError, NotModelled
from trimtab_lab.lab import Answer, Lab, Operation, Request
from trimtab_lab.plain import copy_value, names, only
from trimtab_lab.sqs import Sqs

MESSAGE_BYTES_MAX = 262_144  # API reference, Publish (read 2026-11-22), as the subject's length
SUBJECT_LENGTH_MAX = 100
_PUBLISH = names("TopicArn TargetArn Message Subject MessageStructure MessageAttributes")


@dataclass(frozen=True, slots=True)
class Publication:
    """One published message; ``at`` is in epoch seconds."""

    at: float
    id: str
    topic_arn: str
    subject: str | None
    message: str
    attributes: dict[str, Any]


@dataclass(slots=True)
class Topic:
    """A topic, its attributes, and its subscriptions by ARN: (protocol, endpoint)."""

    arn: str
    attributes: dict[str, str]
    subscriptions: dict[str, tuple[str, str]] = field(default_factory=dict)


class Sns:
    """The topics of the account; ``published`` keeps every publication in order."""

    def __init__(self, lab: Lab, sqs: Sqs) -> None:
        self._lab, self._sqs, self._random = lab, sqs, lab.random("sns")
        self.published: list[Publication] = []
        self._topics: dict[str, Topic] = {}
        self.operations: Mapping[str, Operation] = {
            "CreateTopic": self._create_topic,
            "DeleteTopic": self._delete_topic,
            "GetTopicAttributes": self._get_topic_attributes,
            "ListSubscriptionsByTopic": self._list_subscriptions,
            "ListTopics": lambda request: {"Topics": [{"TopicArn": arn} for arn in sorted(self._topics)]},
            "Publish": self._publish,
            "Subscribe": self._subscribe,
        }
        lab.serve("sns", self)

    def _topic(self, arn: str) -> Topic:
        if arn not in self._topics:
            raise ApiError("NotFoundException", "Topic does not exist", 404)
        return self._topics[arn]

    def _identity(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _create_topic(self, request: Request) -> Answer:
        only("CreateTopic", request, names("Name Attributes Tags"))
        if request["Name"].endswith(".fifo"):
            raise NotModelled("the laboratory does not simulate FIFO topics")
        arn = self._lab.arn("sns", request["Name"])
        self._topics.setdefault(arn, Topic(arn, dict(request.get("Attributes", {}))))
        return {"TopicArn": arn}

    def _delete_topic(self, request: Request) -> Answer:
        self._topics.pop(request["TopicArn"], None)
        return {}

    def _get_topic_attributes(self, request: Request) -> Answer:
        topic = self._topic(request["TopicArn"])
        counted = {"SubscriptionsConfirmed": str(len(topic.subscriptions)), "Owner": self._lab.account}
        return {"Attributes": {**topic.attributes, **counted, "TopicArn": topic.arn}}

    def _subscribe(self, request: Request) -> Answer:
        only("Subscribe", request, names("TopicArn Protocol Endpoint ReturnSubscriptionArn"))
        topic = self._topic(request["TopicArn"])
        if request["Protocol"] != "sqs":
            raise NotModelled(f"the laboratory does not deliver to subscribers by {request['Protocol']}")
        arn = f"{topic.arn}:{self._identity()}"
        topic.subscriptions[arn] = (request["Protocol"], request["Endpoint"])
        return {"SubscriptionArn": arn}

    def _list_subscriptions(self, request: Request) -> Answer:
        topic = self._topic(request["TopicArn"])
        return {
            "Subscriptions": [
                {
                    "SubscriptionArn": arn,
                    "Owner": self._lab.account,
                    "Protocol": protocol,
                    "Endpoint": endpoint,
                    "TopicArn": topic.arn,
                }
                for arn, (protocol, endpoint) in topic.subscriptions.items()
            ]
        }

    def _publish(self, request: Request) -> Answer:
        only("Publish", request, _PUBLISH)
        arn = request.get("TopicArn") or request.get("TargetArn")
        if arn is None:
            raise _invalid("TopicArn or TargetArn Reason: no value for required parameter")
        topic = self._topic(arn)
        _check(request)
        publication = Publication(
            self._lab.clock.now,
            self._identity(),
            topic.arn,
            request.get("Subject"),
            _default_text(request),
            copy_value(request.get("MessageAttributes", {})),
        )
        self.published.append(publication)
        for _, endpoint in topic.subscriptions.values():
            self._sqs.send(self._sqs.queue(endpoint), self._notification(publication), {})
        return {"MessageId": publication.id}

    def _notification(self, publication: Publication) -> str:
        body = {
            "Type": "Notification",
            "MessageId": publication.id,
            "TopicArn": publication.topic_arn,
            "Subject": publication.subject,
            "Message": publication.message,
            "Timestamp": self._lab.clock.today().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }
        return json.dumps({key: value for key, value in body.items() if value is not None})


def _invalid(what: str) -> ApiError:
    return ApiError("InvalidParameterException", f"Invalid parameter: {what}")


def _check(request: Request) -> None:
    if not request["Message"]:
        raise _invalid("Empty message")
    if len(request["Message"].encode()) > MESSAGE_BYTES_MAX:
        raise _invalid("Message too long")
    subject = request.get("Subject")
    if subject is not None and not (0 < len(subject) <= SUBJECT_LENGTH_MAX and subject.isprintable()):
        raise _invalid("Subject")


def _default_text(request: Request) -> str:
    structure = request.get("MessageStructure")
    if structure is None:
        return str(request["Message"])
    try:
        return str(json.loads(request["Message"])["default"])
    except (ValueError, KeyError, TypeError) as fault:
        raise _invalid("Message Structure - No default entry in JSON message body") from fault
