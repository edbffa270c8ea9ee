"""Attribute values in the form of the wire: ``{"S": "text"}``, ``{"N": "1.5"}``, ``{"M": {...}}``."""

import re
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from functools import lru_cache
from typing import Any, cast

from trimtab_lab.dynamodb.faults import invalid, invalid_value
from trimtab_lab.plain import copy_value

Value = dict[str, Any]
Item = dict[str, Value]
Scalar = str | Decimal | bytes

NESTING_MAX = 32  # Developer Guide, "Quotas in Amazon DynamoDB" (read 2026-11-22), as the limits below
ITEM_BYTES_MAX = 400 * 1024
NUMBER_DIGITS_MAX = 38
_PLAIN_INTEGER = re.compile(r"(?:0|-?[1-9][0-9]{0,36})\Z")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
ARITHMETIC = Context(prec=NUMBER_DIGITS_MAX, Emax=125, Emin=-130, traps=[Inexact, InvalidOperation, Overflow])


def number_text(text: str) -> str:
    """Return a number as DynamoDB gives it back: plain digits, no zeros in front or behind."""
    if _PLAIN_INTEGER.match(text):
        return text
    if not _NUMBER.match(text):
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}")
    return decimal_text(Decimal(text))


def decimal_text(number: Decimal) -> str:
    """Return ``number`` as the text DynamoDB stores, or refuse what it cannot hold."""
    try:
        exact = ARITHMETIC.plus(number)
    except Overflow as fault:
        raise invalid(
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        ) from fault
    except DecimalException as fault:
        raise invalid("Attempting to store more than 38 significant digits in a Number") from fault
    return format(exact.normalize(ARITHMETIC), "f") if exact else "0"


def canonical(value: Mapping[str, Any], depth: int = 0) -> Value:
    """Return a validated copy: numbers normalised, sets sorted, so that equal means equal."""
    if len(value) != 1:
        what = "is empty" if not value else "has more than one datatypes set"
        raise invalid(f"Supplied AttributeValue {what}, must contain exactly one of the supported datatypes")
    if depth > NESTING_MAX:
        raise invalid("Nesting Levels have exceeded supported limits")
    ((kind, content),) = value.items()
    if kind in ("S", "BOOL"):
        return {kind: content}
    return {kind: _CANONICAL[kind](content, depth)}


def _canonical_set(kind: str) -> Callable[[list[Any], int], list[Any]]:
    one = _CANONICAL[kind[0]] if kind != "SS" else lambda content, depth: content

    def members(contents: list[Any], depth: int) -> list[Any]:
        if not contents:
            name = {"SS": "string", "NS": "number", "BS": "binary"}[kind]
            raise invalid_value(f"An {name} set  may not be empty")
        unique = {one(content, depth) for content in contents}
        if len(unique) != len(contents):
            shown = ", ".join(str(content) for content in contents)
            raise invalid_value(f"Input collection [{shown}] contains duplicates.")
        return sorted(unique, key=Decimal) if kind == "NS" else sorted(unique)

    return members


def _canonical_null(content: bool, depth: int) -> bool:
    if not content:
        raise invalid_value("Null attribute value types must have the value of true")
    return True


def _canonical_binary(content: str | bytes | bytearray, depth: int) -> bytes:
    return content.encode() if isinstance(content, str) else bytes(content)


_CANONICAL: dict[str, Callable[[Any, int], Any]] = {
    "N": lambda content, depth: number_text(content),
    "B": _canonical_binary,
    "NULL": _canonical_null,
    "L": lambda content, depth: [canonical(inner, depth + 1) for inner in content],
    "M": lambda content, depth: {name: canonical(inner, depth + 1) for name, inner in content.items()},
}
for _kind in ("SS", "NS", "BS"):
    _CANONICAL[_kind] = _canonical_set(_kind)


def canonical_item(item: Mapping[str, Mapping[str, Any]]) -> Item:
    """Return a validated copy of a whole item."""
    return {name: canonical(value) for name, value in item.items()}


def copy_item(item: Mapping[str, Value]) -> Item:
    """Return a deep copy of an item, or of a part of one."""
    return {name: _copy_of(value) for name, value in item.items()}


def _copy_of(value: Value) -> Value:
    if "S" in value or "N" in value:  # as most are
        return value.copy()
    if "M" in value:
        return {"M": copy_item(value["M"])}
    if "L" in value:
        return {"L": [_copy_of(inner) for inner in value["L"]]}
    return cast(Value, copy_value(value))


def kind_of(value: Value) -> str:
    """Return the type: ``S`` ``N`` ``B`` ``BOOL`` ``NULL`` ``L`` ``M`` ``SS`` ``NS`` ``BS``."""
    return next(iter(value))


def scalar(value: Value) -> Scalar:
    """Return what orders a string, number or binary value among its kind."""
    ((kind, content),) = value.items()
    ordered: Scalar = Decimal(content) if kind == "N" else content
    return ordered


def size_of(value: Value) -> int:
    """Return the bytes that count towards the item's size."""
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content) if content.isascii() else len(content.encode())
    return _SIZES[kind](content)


@lru_cache(maxsize=4096)  # the same few sizes, counts and times again and again
def _number_bytes(text: str) -> int:
    digits = len(text.lstrip("-0.").replace(".", "").rstrip("0"))
    return (digits + 1) // 2 + 1 + text.startswith("-")


_SIZES: dict[str, Callable[[Any], int]] = {
    "N": _number_bytes,
    "B": len,
    "BOOL": lambda content: 1,
    "NULL": lambda content: 1,
    "L": lambda content: 3 + sum(1 + size_of(inner) for inner in content),
    "M": lambda content: 3 + len(content) + item_bytes(content),
    "SS": lambda content: sum(len(inner.encode()) for inner in content),
    "NS": lambda content: sum(_number_bytes(inner) for inner in content),
    "BS": lambda content: sum(len(inner) for inner in content),
}


def item_bytes(item: Item) -> int:
    """Return the item's size in bytes: names and values (Developer Guide, "DynamoDB item sizes")."""
    size = 0
    for name, value in item.items():
        size += (len(name) if name.isascii() else len(name.encode())) + size_of(value)
    return size
