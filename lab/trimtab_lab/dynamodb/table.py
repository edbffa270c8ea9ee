"""One table: rows, indexes, stream, time to live."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from trimtab_lab.clock import Clock
from trimtab_lab.dynamodb.collection import Row, Rows, row_of
from trimtab_lab.dynamodb.faults import ItemFault
from trimtab_lab.dynamodb.schema import KeySchema, Position
from trimtab_lab.dynamodb.stream import Listener, Stream
from trimtab_lab.dynamodb.values import ITEM_BYTES_MAX, Item

TTL_SWEEP_SECONDS = 6 * 3600
TTL_AGE_MAX_SECONDS = 5 * 365.25 * 86400  # older values are ignored ("Time to live", read 2026-11-22)


@dataclass(slots=True)
class Index:
    """A secondary index, global or local; it holds only items that have its key attributes."""

    name: str
    schema: KeySchema
    projected: frozenset[str] | None  # None: every attribute
    local: bool = False
    rows: Rows = field(default_factory=Rows)

    def row(self, row: Row) -> Row:
        """Return what the index keeps of a row."""
        if self.projected is None:
            return row
        item = {name: value for name, value in row.item.items() if name in self.projected}
        return row_of(item)


class Write(NamedTuple):
    """One item's change, checked and ready: ``new`` is None for a removal."""

    table: "Table"
    position: Position
    old: Item | None
    new: Item | None
    row: Row | None


class Table:
    """The items of one table.

    ``listen`` is the short way to its stream for code that lives beside the laboratory.
    """

    def __init__(
        self, name: str, arn: str, schema: KeySchema, indexes: Iterable[Index], clock: Clock
    ) -> None:
        self.name, self.arn, self.schema, self._clock = name, arn, schema, clock
        self.indexes = {index.name: index for index in indexes}
        self.rows = Rows()
        self.stream: Stream | None = None
        self.ttl_attribute: str | None = None
        self.description: dict[str, Any] = {}

    def listen(self, listener: Listener) -> None:
        """Call ``listener(record)`` after every later change, in order.

        The record has the form in which Lambda receives it, ``eventSourceARN`` included, and is
        not to be changed. A transaction's records come after the whole transaction.
        """
        if self.stream is None:
            raise ValueError(f"table {self.name!r} has no stream to listen to")
        self.stream.listeners.append(listener)

    def get(self, position: Position) -> Item | None:
        """Return the stored item, not to be changed."""
        row = self.rows.get(position)
        return row.item if row else None

    def plan(self, position: Position, old: Item | None, new: Item | None, what: str = "Item size") -> Write:
        """Check that ``new`` may be stored and return the write.

        Raises:
            ItemFault: It is too large or does not suit an index.
        """
        row = None
        if new is not None:
            row = row_of(new)
            if row.size > ITEM_BYTES_MAX:
                raise ItemFault(f"{what} has exceeded the maximum allowed size")
            for index in self.indexes.values():
                index.schema.of_entry(new, index.name)
        return Write(self, position, old, new, row)

    def start_ttl(self, attribute: str | None) -> None:
        """Remove items after the epoch second in ``attribute``, some hours late, or no more (None)."""
        if attribute and not self.ttl_attribute:
            self._clock.after(TTL_SWEEP_SECONDS, self._sweep)
        self.ttl_attribute = attribute

    def _sweep(self) -> None:
        if self.ttl_attribute is None:
            return
        now = self._clock.now
        expired = []
        for row in self.rows.scan(None):
            until = row.item.get(self.ttl_attribute, {}).get("N")
            if until is not None and now - TTL_AGE_MAX_SECONDS < Decimal(until) < now:
                expired.append(row.item)
        commit(
            [Write(self, self.schema.of_item(item), item, None, None) for item in expired], now, by_ttl=True
        )
        self._clock.after(TTL_SWEEP_SECONDS, self._sweep)


def commit(writes: list[Write], now: float, by_ttl: bool = False) -> None:
    """Store checked writes, all of them, then tell the streams; an unchanged item tells nothing."""
    records = []
    for write in writes:
        before, stream = write.table.rows.get(write.position), write.table.stream
        _store(write)
        if stream is not None and write.old != write.new:
            keys = write.table.schema.key_of(write.new or write.old or {})
            records.append((stream, stream.add(now, keys, before, write.row, by_ttl)))
    for stream, record in records:
        stream.tell(record)


def _store(write: Write) -> None:
    table, position = write.table, write.position
    if write.row is None:
        table.rows.drop(position)
    else:
        table.rows.put(position, write.row)
    for index in table.indexes.values():
        before = index.schema.of_entry(write.old, index.name) if write.old else None
        after = index.schema.of_entry(write.new, index.name) if write.new else None
        if before is not None and before != after:
            index.rows.drop((*before, *position))
        if after is not None and write.row is not None:
            index.rows.put((*after, *position), index.row(write.row))
