"""Hands an event of a rule or schedule to its target, again and again until its policy says no.

Source: EventBridge User Guide, eb-rule-retry-policy and eb-rule-dlq (read 2026-11-22). A target
that accepted the event has it: what a function makes of it is the matter of its asynchronous
invocation. The pages give no delays; here they double from one second to five minutes.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trimtab_cli.dispatcher.asynchronous import Post
from trimtab_cli.dispatcher.sources import Target
from trimtab_lab.api_error import ApiError
from trimtab_lab.clock import Clock

MAX_RETRY_DELAY_S = 300.0

Accept = Callable[[str, Any, str, str], None]  # ARN, event, trigger, event id


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The delivery of rules and schedules to functions, queues and state machines."""

    clock: Clock
    accept: Accept
    post: Post

    def book(
        self, target: Target, event: dict[str, Any], trigger: str, event_id: str, delay_s: float
    ) -> None:
        """Deliver ``event`` in ``delay_s``, never at once: the sender may be a running handler."""
        since = self.clock.now
        data = event if target.input is None else json.loads(target.input)
        self.clock.after(delay_s, lambda: self._try(target, data, trigger, event_id, since, 0))

    def _try(
        self, target: Target, data: Any, trigger: str, event_id: str, since: float, retries: int
    ) -> None:
        try:
            self.accept(target.arn, data, trigger, event_id)
        except ApiError as fault:
            delay_s = min(MAX_RETRY_DELAY_S, 2.0 ** min(retries, 16))
            too_old = self.clock.now + delay_s - since > target.event_age_s
            if retries >= target.retry_attempts or too_old:
                self._give_up(target, data, trigger, fault, retries)
                return
            self.clock.after(delay_s, lambda: self._try(target, data, trigger, event_id, since, retries + 1))

    def _give_up(self, target: Target, data: Any, trigger: str, fault: ApiError, retries: int) -> None:
        if target.dead_letter_arn is None:
            return
        attributes = {
            "RULE_ARN": trigger,
            "TARGET_ARN": target.arn,
            "ERROR_CODE": fault.code,
            "ERROR_MESSAGE": fault.message,
            "RETRY_ATTEMPTS": str(retries),
        }
        self.post(target.dead_letter_arn, json.dumps(data), attributes)
