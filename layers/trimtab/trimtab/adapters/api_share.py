"""The share of the ECS API in the Control table: no call of ECS leaves before it was taken from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from botocore.exceptions import BotoCoreError, ClientError

from trimtab.adapters.clock import SystemClock, sleep
from trimtab.adapters.dynamodb_items import to_dynamodb
from trimtab.adapters.dynamodb_steering import ONLY, control_item
from trimtab.decisions.api_share import (
    LEASE_SECONDS,
    MICROSECONDS,
    Terms,
    astray,
    next_lease,
    short_us,
    terms_of,
)
from trimtab.model.api_rates import BUCKET_OF, Bucket
from trimtab.model.change import Kind
from trimtab.model.errors import ShareSpentError
from trimtab.model.keys import control_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecs import ECSClient

PATIENCE_SECONDS: Final = 5.0
TABLE_FAULT_SECONDS: Final = 0.2
AGAIN_AFTER_FAULT_SECONDS: Final = 30.0
JITTER: Final = 0.5
LATELY_US: Final = 2 * MICROSECONDS
"""A lease that was used up so long before the next one shows that more are needed at a time."""

TRIES: Final = 3
"""How often to ask when others move the arrival time between two asks."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What an invocation works for, and until when it may wait for calls."""

    kind: Kind
    until: datetime


@dataclass(slots=True)
class Lease:
    """Calls taken together, those still to be made, and until when."""

    calls: int
    left: int
    until_us: int


_ERRAND: ContextVar[Errand | None] = ContextVar("errand", default=None)
"""Belongs to the running invocation and ends with it; simulated ones run side by side in one process."""


class DynamoDbApiShare:
    """The port ``ApiShare``; ``guard`` puts it in front of a client.

    Args:
        client: One that gives up within the second that a lease lasts, and does not repeat itself.
        table: Name of the Control table.
        share: Ratio of the account's rates that all functions together may take.
        count: Hears the metric of each wait and refusal.
    """

    def __init__(
        self, client: DynamoDBClient, table: str, share: float, count: Callable[[str], None]
    ) -> None:
        self._client, self._table, self._share, self._count = client, table, share, count
        self._clock = SystemClock()
        self._leases: dict[str, Lease] = {}
        self._arrivals: dict[str, int] = {}

    @contextmanager
    def working_for(self, kind: Kind, seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
        """Let calls inside the block count as work of a kind, and wait for it ``seconds`` in all at most."""
        outer, until = _ERRAND.get(), self._clock.now() + timedelta(seconds=seconds)
        before = _ERRAND.set(Errand(kind, min(until, outer.until) if outer else until))
        try:
            yield
        finally:
            _ERRAND.reset(before)

    def guard(self, client: ECSClient) -> None:
        """Let each request of a client, also one that the SDK repeats, be taken from the share first."""
        client.meta.events.register("before-call.ecs", self._before_call)
        client.meta.events.register("request-created.ecs", self._before_repeat)

    def take(self, operation: str) -> None:
        """Take one call; a read waits for it, a write does not.

        Raises:
            ShareSpentError: There is none in time, or the table does not answer. Nothing was sent.
        """
        bucket = BUCKET_OF[operation]
        errand = _ERRAND.get()
        kind = errand.kind if errand else Kind.RESIZE
        until = errand.until if errand else self._clock.now() + timedelta(seconds=PATIENCE_SECONDS)
        terms = terms_of(bucket, self._share, kind)
        while not self._use(bucket):
            try:
                seconds = self._lease(bucket, terms)
            except (BotoCoreError, ClientError) as fault:
                again = AGAIN_AFTER_FAULT_SECONDS if bucket.writes else TABLE_FAULT_SECONDS
                self._wait(bucket, again, until, f"the Control table does not answer ({fault})")
                continue
            if seconds > 0:
                self._wait(bucket, seconds, until, f"Trimtab's share of {bucket.name} is used up")
            elif self._clock.now() > until and not self._left(bucket):
                self._refuse(bucket, LEASE_SECONDS, "the Control table answers too late")

    def _before_call(self, model: Any, **_: object) -> None:
        self.take(model.name)

    def _before_repeat(self, request: Any, operation_name: str, **_: object) -> None:
        if request.context.get("retries", {}).get("attempt", 1) > 1:
            self.take(operation_name)

    def _now_us(self) -> int:
        return (self._clock.now() - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    def _left(self, bucket: Bucket) -> bool:
        lease = self._leases.get(bucket.name)
        return lease is not None and lease.left > 0 and self._now_us() < lease.until_us

    def _use(self, bucket: Bucket) -> bool:
        if not self._left(bucket):
            return False
        self._leases[bucket.name].left -= 1
        return True

    def _lease(self, bucket: Bucket, terms: Terms) -> float:
        """Take a lease, mostly with one conditional write; return 0, or in how many seconds it may fit.

        A lease ends a second after it was asked for, not after it was given: a late answer is worth nothing.
        """
        now_us, last = self._now_us(), self._leases.get(bucket.name)
        used_up = last is not None and last.left == 0 and now_us < last.until_us + LATELY_US
        calls = next_lease(last.calls if last else 0, used_up, terms)
        arrival_us = self._arrivals.get(bucket.name, 0)
        short = short_us(arrival_us, calls, now_us, terms)
        if short > 0 and not astray(arrival_us, now_us, terms):
            return short / MICROSECONDS  # it only ever moves on, so the table cannot say otherwise
        for _ in range(TRIES):
            stored_us = self._move(bucket, arrival_us, calls, now_us, terms)
            if stored_us is None:
                until_us = now_us + round(LEASE_SECONDS * MICROSECONDS)
                self._leases[bucket.name] = Lease(calls, calls, until_us)
                return 0.0
            if astray(stored_us, now_us, terms):
                stored_us = self._put_right(bucket, stored_us, now_us + terms.full_us)
            self._arrivals[bucket.name] = arrival_us = stored_us
            if (short := short_us(stored_us, calls, now_us, terms)) > 0:
                return short / MICROSECONDS
        return TABLE_FAULT_SECONDS

    def _move(self, bucket: Bucket, arrival_us: int, calls: int, now_us: int, terms: Terms) -> int | None:
        """Move the arrival time on; None when done, else where it really stands.

        DynamoDB takes no maximum, so what is remembered of it says which of two updates to send. Whether it
        fits is the table's to say: a wrong guess is refused, and costs a second write.
        """
        cost_us = calls * terms.call_us
        if arrival_us <= now_us:
            update, condition = "SET #a = :to", "attribute_not_exists(#a) OR #a <= :now"
            values = {":to": now_us + cost_us, ":now": now_us}
        else:
            update, condition = "SET #a = #a + :cost", "#a > :now AND #a <= :latest"
            latest_us = now_us + terms.ahead_us - cost_us
            values = {":cost": cost_us, ":now": now_us, ":latest": latest_us}
        try:
            answer = self._update(bucket, update, condition, values)
        except ClientError as fault:
            if fault.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return _arrival(cast("Mapping[str, Any]", fault.response.get("Item", {})))
        self._arrivals[bucket.name] = _arrival(answer["Attributes"])
        return None

    def _put_right(self, bucket: Bucket, wrong_us: int, to_us: int) -> int:
        """Take back an arrival time that only a wrong clock can have written, as if all were used up."""
        try:
            self._update(bucket, "SET #a = :to", "#a = :wrong", {":to": to_us, ":wrong": wrong_us})
        except ClientError as fault:
            if fault.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
        return to_us

    def _update(self, bucket: Bucket, update: str, condition: str, values: Mapping[str, int]) -> Any:
        return self._client.update_item(
            TableName=self._table,
            Key=control_item(control_key("share", bucket.name), ONLY),
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeNames={"#a": "arrival_us"},
            ExpressionAttributeValues=to_dynamodb(values),
            ReturnValues="UPDATED_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    def _wait(self, bucket: Bucket, seconds: float, until: datetime, why: str) -> None:
        """Let a read wait, a little longer than it has to lest all come back at once; refuse a write."""
        now = self._clock.now()
        seconds *= 1 + JITTER * Random(f"{bucket.name} {now.isoformat()}").random()
        if bucket.writes or now + timedelta(seconds=seconds) > until:
            self._refuse(bucket, seconds, why)
        self._count("ApiShareWaits")
        sleep(seconds)

    def _refuse(self, bucket: Bucket, seconds: float, why: str) -> NoReturn:
        self._count("ApiShareRefusals")
        raise ShareSpentError(
            f"cannot call ECS now ({bucket.name}): {why}. Nothing was sent. "
            f"It may fit in {seconds:.1f} seconds; what wakes this work does so again.",
            seconds,
        )


def _arrival(item: Mapping[str, Any]) -> int:
    return int(item["arrival_us"]["N"]) if "arrival_us" in item else 0
