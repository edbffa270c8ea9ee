"""Asynchronous invocations: rules and schedules hand an event to Lambda and do not wait.

Source: Lambda Developer Guide, invocation-async-error-handling and invocation-async-retain-records
(read 2026-11-22): on a function error two more attempts, after one and after two minutes; events
older than their age go to the destination or dead-letter queue.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from trimtab_cli.dispatcher.invoke import Functions, Invocation
from trimtab_lab.clock import Clock

RETRY_DELAYS_S = (60.0, 120.0)
DEFAULT_RETRY_ATTEMPTS = 2
DEFAULT_EVENT_AGE_S = 6 * 3600

Post = Callable[[str, str, dict[str, str]], None]  # ARN of queue or topic, body, attributes


@dataclass(frozen=True, slots=True)
class AsyncSettings:
    """What a function does with an event that it cannot handle."""

    retry_attempts: int = DEFAULT_RETRY_ATTEMPTS
    event_age_s: float = DEFAULT_EVENT_AGE_S
    on_failure_arn: str | None = None
    dead_letter_arn: str | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    feature: str
    event: dict[str, Any]
    trigger: str
    event_id: str
    request_id: str
    since: float


@dataclass(frozen=True, slots=True)
class AsyncInvocations:
    """Lambda's own queue of asynchronous events, one for all functions."""

    clock: Clock
    functions: Functions
    settings: dict[str, AsyncSettings]
    post: Post

    def submit(self, feature: str, event: dict[str, Any], trigger: str, event_id: str) -> None:
        """Accept an event; it is handled as soon as the clock moves."""
        request = _Request(feature, event, trigger, event_id, self.functions.request_id(), self.clock.now)
        self.clock.after(0.0, lambda: self._attempt(request, 1))

    def _attempt(self, request: _Request, attempt: int) -> None:
        invocation = self.functions.invoke(
            request.feature, request.event, request.trigger, request.event_id, request.request_id
        )
        if invocation.error is None:
            return
        settings = self.settings[request.feature]
        if attempt > settings.retry_attempts:
            self._give_up(request, settings, invocation, attempt, "RetriesExhausted")
            return
        delay = RETRY_DELAYS_S[attempt - 1]
        if self.clock.now + delay - request.since > settings.event_age_s:
            self._give_up(request, settings, invocation, attempt, "EventAgeExceeded")
            return
        self.clock.after(delay, lambda: self._attempt(request, attempt + 1))

    def _give_up(
        self,
        request: _Request,
        settings: AsyncSettings,
        invocation: Invocation,
        attempt: int,
        condition: str,
    ) -> None:
        error = invocation.error or {}
        if settings.dead_letter_arn:
            attributes = {
                "RequestID": request.request_id,
                "ErrorCode": "200",
                "ErrorMessage": str(error.get("errorMessage", ""))[:1024],
            }
            self.post(settings.dead_letter_arn, json.dumps(request.event), attributes)
        if settings.on_failure_arn:
            record = {
                "version": "1.0",
                "timestamp": iso_millis(self.clock.now),
                "requestContext": {
                    "requestId": request.request_id,
                    "functionArn": f"{self.functions.settings[request.feature].arn}:$LATEST",
                    "condition": condition,
                    "approximateInvokeCount": attempt,
                },
                "requestPayload": request.event,
                "responseContext": function_error_context(),
                "responsePayload": error,
            }
            self.post(settings.on_failure_arn, json.dumps(record), {})


def function_error_context() -> dict[str, Any]:
    """Return what an invocation record says of an attempt that the function itself failed."""
    return {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}


def iso_millis(epoch_s: float) -> str:
    """Return an instant as invocation records write it."""
    return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
