"""Key schemas of tables and indexes: which attributes make the key, and of which type."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from trimtab_lab.dynamodb.faults import ItemFault, invalid, invalid_value
from trimtab_lab.dynamodb.values import Item, Scalar, Value, canonical, kind_of, scalar

Position = tuple[Scalar, ...]
HASH_BYTES_MAX, RANGE_BYTES_MAX = 2048, 1024  # "Quotas in Amazon DynamoDB" (read 2026-11-22)


@dataclass(frozen=True)
class KeySchema:
    """The key attributes, hash first, each with its type letter."""

    types: tuple[tuple[str, str], ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The attribute names, hash first."""
        return tuple(name for name, _ in self.types)

    def of_key(self, key: Mapping[str, Value]) -> Position:
        """Return the position that a request's Key names.

        Raises:
            ApiError: ValidationException, when it is not exactly the key.
        """
        if len(key) != len(self.types) or not all(name in key for name in self.names):
            raise invalid("The provided key element does not match the schema")
        position = []
        for name, kind in self.types:
            value = canonical(key[name])
            if kind_of(value) != kind:
                raise invalid("The provided key element does not match the schema")
            position.append(self._sound(name, value))
        return tuple(position)

    def of_item(self, item: Item) -> Position:
        """Return the position of an item that is about to be put."""
        position = []
        for name, kind in self.types:
            value = item.get(name)
            if value is None:
                raise invalid_value(f"Missing the key {name} in the item")
            if kind_of(value) != kind:
                raise invalid_value(f"Type mismatch for key {name} expected: {kind} actual: {kind_of(value)}")
            position.append(self._sound(name, value))
        return tuple(position)

    def of_entry(self, item: Item, index: str) -> Position | None:
        """Return the position in the sparse index ``index``; None when the item is not in it."""
        position = []
        for name, kind in self.types:
            value = item.get(name)
            if value is None:
                return None
            if kind_of(value) != kind:
                raise ItemFault(
                    "One or more parameter values were invalid: Type mismatch for Index Key "
                    f"{name} Expected: {kind} Actual: {kind_of(value)} IndexName: {index}"
                )
            position.append(self._sound(name, value))
        return tuple(position)

    def _sound(self, name: str, value: Value) -> Scalar:
        content = scalar(value)
        if not content and isinstance(content, str | bytes):
            kind = "string" if isinstance(content, str) else "binary"
            raise invalid(
                "One or more parameter values are not valid. The AttributeValue for a key attribute "
                f"cannot contain an empty {kind} value. Key: {name}"
            )
        limit = HASH_BYTES_MAX if name == self.types[0][0] else RANGE_BYTES_MAX
        if isinstance(content, str | bytes) and len(content) > limit:
            side = "hashkey" if limit == HASH_BYTES_MAX else "rangekey"
            raise invalid_value(f"Size of {side} has exceeded the maximum size limit of {limit} bytes")
        return content

    def key_of(self, item: Item) -> Item:
        """Return the key attributes of an item."""
        return {name: item[name] for name in self.names}


def parse_schema(elements: list[dict[str, str]], definitions: Mapping[str, str]) -> KeySchema:
    """Build a schema from API members KeySchema and AttributeDefinitions."""
    by_role: dict[str, Any] = {element["KeyType"]: element["AttributeName"] for element in elements}
    if "HASH" not in by_role or len(by_role) != len(elements):
        raise invalid_value("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    names = [by_role[role] for role in ("HASH", "RANGE") if role in by_role]
    for name in names:
        if name not in definitions:
            raise invalid_value(
                f"Some index key attributes are not defined in AttributeDefinitions. Keys: [{name}]"
            )
    return KeySchema(tuple((name, definitions[name]) for name in names))
