"""One standard queue: messages that hide while somebody works on them."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from trimtab_lab.clock import Clock


@dataclass(slots=True)
class Message:
    """A message in a queue; ``visible_at`` (epoch seconds) is when it can be received next."""

    id: str
    body: str
    attributes: dict[str, Any]
    sent_at: float
    visible_at: float
    receives: int = 0
    first_received_at: float | None = None

    @property
    def receipt_handle(self) -> str:
        """The handle of the latest receive."""
        return f"{self.id}#{self.receives}"


@dataclass(slots=True)
class Settings:
    """The attributes that shape a queue's behaviour; times in seconds, defaults as of SQS."""

    visibility_seconds: float = 30
    delay_seconds: float = 0
    retention_seconds: float = 345_600
    dead_letter_arn: str | None = None
    receive_count_max: int = 0


@dataclass(slots=True)
class Queue:
    """A queue and what is in it.

    ``dead_letter`` returns the queue of a dead-letter ARN; ``listen`` tells of each arrival.
    """

    name: str
    arn: str
    url: str
    clock: Clock
    dead_letter: Callable[[str], "Queue"]
    settings: Settings = field(default_factory=Settings)
    attributes: dict[str, str] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    _upcoming: list[tuple[float, int, str]] = field(default_factory=list)
    _order: "itertools.count[int]" = field(default_factory=itertools.count)
    _listeners: list[Callable[[], None]] = field(default_factory=list)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call ``listener()`` whenever a message arrives, delayed ones included."""
        self._listeners.append(listener)

    def add(self, message: Message) -> None:
        """Take a message in."""
        self.messages[message.id] = message
        self._book(message)
        for listener in self._listeners:
            listener()

    def _book(self, message: Message) -> None:
        heapq.heappush(self._upcoming, (message.visible_at, next(self._order), message.id))

    def next_visible_at(self) -> float | None:
        """Return when the next message can be received (epoch seconds), None when there is none."""
        while self._upcoming:
            at, _, identity = self._upcoming[0]
            message = self.messages.get(identity)
            if message is not None and message.visible_at == at:
                return at
            heapq.heappop(self._upcoming)
        return None

    def receive(self, most: int, visibility_seconds: float | None = None) -> list[Message]:
        """Return up to ``most`` visible messages and hide them; move poisonous ones away."""
        hidden_for = self.settings.visibility_seconds if visibility_seconds is None else visibility_seconds
        now = self.clock.now
        received: list[Message] = []
        while len(received) < most:
            at = self.next_visible_at()
            if at is None or at > now:
                break
            message = self.messages[heapq.heappop(self._upcoming)[2]]
            if message.sent_at + self.settings.retention_seconds <= now:
                del self.messages[message.id]
            elif self._is_poisonous(message):
                self._give_up(message)
            else:
                message.receives += 1
                message.first_received_at = message.first_received_at or now
                received.append(message)
        for message in received:
            self.hide(message, hidden_for)
        return received

    def _is_poisonous(self, message: Message) -> bool:
        return bool(self.settings.dead_letter_arn) and message.receives >= self.settings.receive_count_max

    def _give_up(self, message: Message) -> None:
        del self.messages[message.id]
        message.visible_at, message.receives, message.first_received_at = self.clock.now, 0, None
        self.dead_letter(str(self.settings.dead_letter_arn)).add(message)

    def hide(self, message: Message, seconds: float) -> None:
        """Show a message again in ``seconds`` from now."""
        message.visible_at = self.clock.now + seconds
        self._book(message)

    def held(self, receipt_handle: str) -> Message | None:
        """Return the message of a receipt handle, None when it has gone."""
        return self.messages.get(receipt_handle.partition("#")[0])

    def delete(self, receipt_handle: str) -> None:
        """Remove the message of a receipt handle; one that has gone is no error."""
        message = self.held(receipt_handle)
        if message is not None:
            del self.messages[message.id]

    def depths(self) -> tuple[int, int, int]:
        """Return how many messages are visible, being worked on, and delayed."""
        now = self.clock.now
        kept = [m for m in self.messages.values() if m.sent_at + self.settings.retention_seconds > now]
        hidden = [message for message in kept if message.visible_at > now]
        delayed = sum(message.receives == 0 for message in hidden)
        return len(kept) - len(hidden), len(hidden) - delayed, delayed
