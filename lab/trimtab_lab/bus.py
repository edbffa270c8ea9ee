"""The default event bus of the simulated account."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

from trimtab_lab.clock import Clock
from trimtab_lab.plain import copy_value

Event = dict[str, Any]
Listener = Callable[[Event], None]


class EventBus:
    """Hands each event to every listener, in the envelope that EventBridge uses."""

    def __init__(self, clock: Clock, account: str, region: str, random: Random) -> None:
        self._clock, self._account, self._region, self._random = clock, account, region, random
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Deliver every later event to ``listener``."""
        self._listeners.append(listener)

    def put(self, source: str, detail_type: str, resources: list[str], detail: dict[str, Any]) -> Event:
        """Publish one event now and return its envelope; ``detail`` is JSON and is copied."""
        event = {
            "version": "0",
            "id": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "detail-type": detail_type,
            "source": source,
            "account": self._account,
            "time": datetime.fromtimestamp(int(self._clock.now), UTC).isoformat().replace("+00:00", "Z"),
            "region": self._region,
            "resources": resources,
            "detail": copy_value(detail),
        }
        for listener in self._listeners:
            listener(event)
        return event
