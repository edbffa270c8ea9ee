"""DynamoDB streams: event source mappings with filters, lanes, retries and a failure queue.

Source: Lambda Developer Guide, with-ddb, services-ddb-params, services-dynamodb-errors and
services-ddb-batchfailurereporting (read 2026-11-22). Order holds per item; a failing batch blocks
its lane until it succeeds, its retries are used up or its records are too old; then a pointer
without the record goes to the failure queue. The pages give no delays for retries after a function
error: here they are 1, 2, 4 … at most 60 seconds.
"""

import json
import zlib
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from trimtab_cli.dispatcher.asynchronous import Post, function_error_context, iso_millis
from trimtab_cli.dispatcher.batch_answer import failed_identifiers
from trimtab_cli.dispatcher.invoke import Functions, Invocation
from trimtab_cli.dispatcher.patterns import Pattern
from trimtab_lab.clock import Clock

RETENTION_S = 86_400  # DynamoDB Streams keep a record for 24 hours
MAX_RETRY_DELAY_S = 60.0
FOR_EVER = -1

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """One mapping as the template has it; -1 retries or age mean until the record expires."""

    feature: str
    trigger: str
    filters: tuple[Pattern, ...]
    batch_size: int = 100
    window_s: float = 0.0
    lanes: int = 1
    retry_attempts: int = FOR_EVER
    record_age_s: float = FOR_EVER
    partial_failures: bool = False
    bisect: bool = False
    on_failure_arn: str | None = None


@dataclass(slots=True)
class _Lane:
    waiting: deque[Record] = field(default_factory=deque)
    batch: list[Record] = field(default_factory=list)
    attempts: int = 0
    booked: bool = False


class StreamMapping:
    """Hands the records of one stream to one function."""

    def __init__(self, settings: StreamSettings, clock: Clock, functions: Functions, post: Post) -> None:
        self.settings, self._clock, self._functions, self._post = settings, clock, functions, post
        self._lanes = [_Lane() for _ in range(settings.lanes)]

    def accept(self, record: Record) -> None:
        """Take a record in the form that Lambda hands on; it is delivered when the clock moves."""
        if self.settings.filters and not any(one.matches(record) for one in self.settings.filters):
            return
        key = json.dumps(record["dynamodb"]["Keys"], sort_keys=True).encode()
        lane = self._lanes[zlib.crc32(key) % len(self._lanes)]
        lane.waiting.append(record)
        if not lane.booked:
            self._book(lane, self.settings.window_s)

    def _book(self, lane: _Lane, delay_s: float) -> None:
        lane.booked = True
        self._clock.after(delay_s, lambda: self._deliver(lane))

    def _deliver(self, lane: _Lane) -> None:
        lane.booked = False
        if not lane.batch:
            lane.batch = list(islice(lane.waiting, self.settings.batch_size))
            for _ in lane.batch:
                lane.waiting.popleft()
        self._drop_the_old(lane)
        if lane.batch:
            self._attempt(lane)
        if not lane.booked and (lane.batch or lane.waiting):
            self._book(lane, 0.0)

    def _drop_the_old(self, lane: _Lane) -> None:
        age_s = RETENTION_S if self.settings.record_age_s == FOR_EVER else self.settings.record_age_s
        oldest = self._clock.now - min(age_s, RETENTION_S)
        old = [one for one in lane.batch if one["dynamodb"]["ApproximateCreationDateTime"] < oldest]
        if old:
            self._discard(old, "MaximumRecordAgeExceeded", lane.attempts, None)
            lane.batch = [one for one in lane.batch if one not in old]
            lane.attempts = 0

    def _attempt(self, lane: _Lane) -> None:
        settings, batch = self.settings, lane.batch
        lane.attempts += 1
        invocation = self._functions.invoke(
            settings.feature, {"Records": batch}, settings.trigger, batch[0]["eventID"]
        )
        left = self._left_over(invocation, batch)
        if not left:
            lane.batch, lane.attempts = [], 0
            return
        if invocation.error is not None and settings.bisect and len(batch) > 1:
            half = len(batch) // 2  # a split uses up no retry
            lane.waiting.extendleft(reversed(batch[half:]))
            lane.batch, lane.attempts = batch[:half], 0
            self._book(lane, 0.0)
            return
        if len(left) < len(batch):  # the checkpoint moved: what failed now has failed once
            lane.batch, lane.attempts = left, 1
        if settings.retry_attempts != FOR_EVER and lane.attempts > settings.retry_attempts:
            self._discard(left, "RetryAttemptsExhausted", lane.attempts, invocation)
            lane.batch, lane.attempts = [], 0
            return
        self._book(lane, min(MAX_RETRY_DELAY_S, 2.0 ** min(lane.attempts - 1, 16)))

    def _left_over(self, invocation: Invocation, batch: list[Record]) -> list[Record]:
        """Return the records from the lowest failed one on: streams have one checkpoint."""
        if invocation.error is not None:
            return batch
        if not self.settings.partial_failures:
            return []
        numbers = [one["dynamodb"]["SequenceNumber"] for one in batch]
        failed = failed_identifiers(invocation.answer, numbers)
        return batch[min(map(numbers.index, failed)) :] if failed else []

    def _discard(
        self, batch: list[Record], condition: str, attempts: int, invocation: Invocation | None
    ) -> None:
        """Give up a batch; the failure queue learns where it was, not what it was."""
        if self.settings.on_failure_arn is None:
            return
        first, last = batch[0]["dynamodb"], batch[-1]["dynamodb"]
        pointer: dict[str, Any] = {
            "requestContext": {
                "requestId": invocation.request_id if invocation else self._functions.request_id(),
                "functionArn": self._functions.settings[self.settings.feature].arn,
                "condition": condition,
                "approximateInvokeCount": attempts,
            },
            "version": "1.0",
            "timestamp": iso_millis(self._clock.now),
            "DDBStreamBatchInfo": {
                "shardId": "shardId-00000000000000000000-00000000",
                "startSequenceNumber": first["SequenceNumber"],
                "endSequenceNumber": last["SequenceNumber"],
                "approximateArrivalOfFirstRecord": iso_millis(first["ApproximateCreationDateTime"]),
                "approximateArrivalOfLastRecord": iso_millis(last["ApproximateCreationDateTime"]),
                "batchSize": len(batch),
                "streamArn": batch[0]["eventSourceARN"],
            },
        }
        if invocation and invocation.error:
            pointer["responseContext"] = function_error_context()
        self._post(self.settings.on_failure_arn, json.dumps(pointer), {})
