"""API request throttling: token buckets shared by groups of operations."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from trimtab_lab.api_error import ApiError
from trimtab_lab.clock import Clock

Operation = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(slots=True)
class Bucket:
    """A token bucket: ``burst`` tokens at most, ``per_second`` new ones each second."""

    burst: float
    per_second: float
    tokens: float = field(init=False)
    filled_at: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        """Start full."""
        self.tokens = self.burst

    def take(self, now: float) -> bool:
        """Take one token at ``now`` (epoch seconds), or tell that there is none."""
        self.tokens = min(self.burst, self.tokens + (now - self.filled_at) * self.per_second)
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class RateLimits:
    """The buckets of one API. ``enabled`` switches them all; ``off`` does so for a while."""

    def __init__(self, clock: Clock, buckets: Mapping[str, tuple[float, float, tuple[str, ...]]]) -> None:
        """Take the table of buckets: name -> (burst, sustained rate per second, operations)."""
        self.enabled = True
        self.throttled = 0  # calls refused so far
        self._clock = clock
        self.buckets = {name: Bucket(burst, rate) for name, (burst, rate, _) in buckets.items()}
        self._of = {op: self.buckets[name] for name, (_, _, ops) in buckets.items() for op in ops}

    def limited(self, operations: Mapping[str, Operation]) -> dict[str, Operation]:
        """Return the operations, each taking a token before it acts."""
        return {name: self._limit(name, act) for name, act in operations.items()}

    @contextmanager
    def off(self) -> Iterator[None]:
        """Let calls pass uncounted, for building a scene."""
        before, self.enabled = self.enabled, False
        try:
            yield
        finally:
            self.enabled = before

    def _limit(self, name: str, act: Operation) -> Operation:
        bucket = self._of[name]

        def limited(request: dict[str, Any]) -> dict[str, Any]:
            if self.enabled and not bucket.take(self._clock.now):
                self.throttled += 1
                raise ApiError("ThrottlingException", "Rate exceeded", 400)
            return act(request)

        return limited
