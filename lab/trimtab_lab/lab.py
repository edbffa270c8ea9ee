"""The laboratory: one simulated account in one Region."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Protocol

from trimtab_lab.api_error import NotModelled
from trimtab_lab.bus import EventBus
from trimtab_lab.clock import Clock

Request = dict[str, Any]
Answer = dict[str, Any]
Operation = Callable[[Request], Answer]

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday: weeks in the laboratory begin with the work


class Api(Protocol):
    """One simulated service: its operations by their API names (``DescribeServices``)."""

    operations: Mapping[str, Operation]


@dataclass(frozen=True, slots=True)
class Call:
    """One API call as the account saw it, for whoever checks afterwards."""

    at: float
    principal: str
    service: str
    operation: str
    request: Request
    error: str | None


class Lab:
    """A simulated account. All chance comes from ``seed``; all time from ``clock``.

    Args:
        seed: Same seed, same calls: same world.
        start: First instant of simulated time.
        account: Twelve digits.
        region: Region name; the laboratory simulates a single one.
    """

    def __init__(
        self,
        seed: int | str = 0,
        start: datetime = START,
        account: str = "111122223333",
        region: str = "eu-west-1",
    ) -> None:
        self.seed, self.account, self.region = seed, account, region
        self.clock = Clock(start)
        self.bus = EventBus(self.clock, account, region, self.random("bus"))
        self.principal = "person"  # who is calling; the composition sets it around a handler
        self.calls: list[Call] = []
        self.keep_calls = False
        self._apis: dict[str, Api] = {}

    def random(self, name: str) -> Random:
        """Return a stream of chance of its own, so that one subject does not disturb another."""
        return Random(f"{self.seed}/{name}")

    def arn(self, service: str, resource: str) -> str:
        """Return an ARN in this account and Region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def serve(self, service: str, api: Api) -> None:
        """Answer calls to ``service`` (botocore's name, such as ``ecs``) with ``api``."""
        self._apis[service] = api

    def operations(self) -> dict[str, list[str]]:
        """Return what is modelled: service to operation names."""
        return {name: sorted(api.operations) for name, api in sorted(self._apis.items())}

    def call(self, service: str, operation: str, request: Request) -> Answer:
        """Answer one API call.

        Raises:
            ApiError: The answer is an error, as the real service would give it.
            NotModelled: The laboratory does not simulate this; nothing was changed.
        """
        api = self._apis.get(service)
        act = api.operations.get(operation) if api else None
        if act is None:
            raise NotModelled(f"the laboratory does not simulate {service}:{operation}")
        error: str | None = None
        try:
            return act(request)
        except Exception as fault:
            error = getattr(fault, "code", type(fault).__name__)
            raise
        finally:
            if self.keep_calls:
                self.calls.append(Call(self.clock.now, self.principal, service, operation, request, error))
