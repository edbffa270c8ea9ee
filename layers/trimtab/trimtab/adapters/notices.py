"""Amazon SNS and EventBridge: telling people and programs where a Change stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from trimtab.model.change import ALERTS_TOPIC, Change, State, Turn
from trimtab.model.errors import NoticeError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient

SUBJECT_CHARACTERS_MAX = 100


class AwsNotices:
    """The port ``Notices``: one SNS message for people, one EventBridge event for programs."""

    def __init__(
        self,
        sns: SNSClient,
        events: EventBridgeClient,
        topic_arn: str,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._sns, self._events, self._topic_arn, self.tell = sns, events, topic_arn, tell

    def publish(self, change: Change) -> None:
        """Send one notice of where a Change stands now; programs first, who know a repeat by its id.

        Its owner's topic comes last: a policy that names a topic which cannot be told, says so to ``tell``
        and keeps the notice from nobody else.

        Raises:
            NoticeError: EventBridge did not take the event, though it answered.
        """
        title = f"{change.kind} {change.cluster}/{change.name}: {change.state}"
        answer = self._events.put_events(
            Entries=[{
                "Source": "trimtab",
                "DetailType": "Trimtab Change State Change",
                "Resources": [change.workload],
                "Detail": json.dumps(event_detail(change)),
            }]
        )  # fmt: skip
        if answer["FailedEntryCount"]:
            code = answer["Entries"][0].get("ErrorCode")
            raise NoticeError(
                f"cannot tell of Change {change.id}: EventBridge said {code}. "
                "Nobody was told; the Change itself is not touched by this. The stream tries again."
            )
        self._say(self._topic_arn, change, title)
        if topic := str(change.evidence.get(ALERTS_TOPIC, "")):
            try:
                self._say(topic, change, title)
            except (BotoCoreError, ClientError) as fault:
                self.tell(f"cannot tell {topic} of Change {change.id}: {fault}")

    def _say(self, topic_arn: str, change: Change, title: str) -> None:
        self._sns.publish(
            TopicArn=topic_arn,
            Subject=title[:SUBJECT_CHARACTERS_MAX],
            Message=json.dumps(chat_message(change, title)),
        )


def chat_message(change: Change, title: str) -> dict[str, Any]:
    """Return the message in the schema of Amazon Q Developer custom notifications.

    Source: Amazon Q Developer in chat applications, "Custom notifications" (read 2026-11-22).
    """
    lines = [line for line in (change.sentence, change.outcome_sentence) if line]
    if waits_until := _waits_until(change):
        lines.append(f"It waits for a person until {waits_until}: trimtab approve {change.id}")
    if usd := change.monthly_usd:
        lines.append(f"${usd.before:.2f} -> ${usd.after:.2f} a month ({usd.basis})")
    return {
        "version": "1.0",
        "source": "custom",
        "id": f"{change.id}-{change.state}",
        "content": {
            "textType": "client-markdown",
            "title": title,
            "description": "\n".join(lines),
            "keywords": [change.kind.value, change.state.value, change.reason],
        },
        "metadata": {"threadId": change.id, "summary": title, "relatedResources": [change.workload]},
    }


def _waits_until(change: Change) -> str | None:
    """Return until when a person may approve a proposal, None where nobody is waited for."""
    if change.state is State.PROPOSED and change.turn is Turn.PERSON:
        return f"{change.decide_by:%Y-%m-%dT%H:%M:%SZ}"
    return None


def event_detail(change: Change) -> dict[str, Any]:
    """Return the detail of our own EventBridge event; flat and stable, documented in docs/events.md."""
    usd = change.monthly_usd
    return {
        "changeId": change.id,
        "workload": change.workload,
        "kind": change.kind.value,
        "state": change.state.value,
        "reason": change.reason,
        "sentence": change.sentence,
        "outcome": change.outcome,
        "outcomeSentence": change.outcome_sentence,
        "cause": change.cause,
        "mode": change.mode,
        "waitsUntil": _waits_until(change),
        "monthlyUsdBefore": usd.before if usd else None,
        "monthlyUsdAfter": usd.after if usd else None,
    }
