"""Condition and filter expressions as trees that can judge an item."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from trimtab_lab.dynamodb.faults import invalid
from trimtab_lab.dynamodb.paths import Path, Scope, find
from trimtab_lab.dynamodb.values import Item, Value, kind_of, scalar

_ORDERS: dict[str, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_COUNTED = ("M", "L", "SS", "NS", "BS")
_KINDS = frozenset(("S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"))


class Operand(Protocol):
    """Something in an expression that has a value, or none for this item."""

    def read(self, item: Item, scope: Scope) -> Value | None:
        """Return the operand's value."""


class Condition(Protocol):
    """Something in an expression that holds for an item or not."""

    def holds(self, item: Item, scope: Scope) -> bool:
        """Tell whether the condition holds."""


@dataclass(frozen=True, slots=True)
class PathOperand:
    """An attribute of the item."""

    path: Path

    def read(self, item: Item, scope: Scope) -> Value | None:
        """Return the attribute's value, None when the item lacks it."""
        return find(item, scope.steps(self.path))


@dataclass(frozen=True, slots=True)
class ValueOperand:
    """A value of the request."""

    placeholder: str

    def read(self, item: Item, scope: Scope) -> Value | None:
        """Return the request's value."""
        return scope.value(self.placeholder)


@dataclass(frozen=True, slots=True)
class SizeOperand:
    """``size(path)``: characters, bytes or elements."""

    path: Path

    def read(self, item: Item, scope: Scope) -> Value | None:
        """Return the size; None for a missing attribute and for kinds without a size."""
        value = find(item, scope.steps(self.path))
        if value is None or kind_of(value) not in ("S", "B", *_COUNTED):
            return None
        return {"N": str(len(next(iter(value.values()))))}


@dataclass(frozen=True, slots=True)
class All:
    """Conditions joined with AND."""

    parts: tuple[Condition, ...]

    def holds(self, item: Item, scope: Scope) -> bool:
        """Tell whether every part holds."""
        return all(part.holds(item, scope) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Some:
    """Conditions joined with OR."""

    parts: tuple[Condition, ...]

    def holds(self, item: Item, scope: Scope) -> bool:
        """Tell whether a part holds."""
        return any(part.holds(item, scope) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """A negation."""

    part: Condition

    def holds(self, item: Item, scope: Scope) -> bool:
        """Tell whether the part does not hold."""
        return not self.part.holds(item, scope)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left <= right`` and its kin; values of different kinds are unequal and have no order."""

    sign: str
    left: Operand
    right: Operand

    def holds(self, item: Item, scope: Scope) -> bool:
        """Tell whether the comparison holds; with a missing attribute only ``<>`` does."""
        left, right = self.left.read(item, scope), self.right.read(item, scope)
        if self.sign == "=":
            return left is not None and left == right
        if self.sign == "<>":
            return left is None or left != right
        return in_order(self.sign, left, right)


def in_order(sign: str, left: Value | None, right: Value | None) -> bool:
    """Tell whether two scalars of one kind stand in the order ``sign``."""
    if left is None or right is None or kind_of(left) != kind_of(right):
        return False
    if kind_of(left) not in ("S", "N", "B"):
        return False
    return _ORDERS[sign](scalar(left), scalar(right))


@dataclass(frozen=True, slots=True)
class Between:
    """``operand BETWEEN low AND high``, both ends included."""

    operand: Operand
    low: Operand
    high: Operand

    def holds(self, item: Item, scope: Scope) -> bool:
        """Tell whether the operand lies between the ends."""
        value, low, high = (part.read(item, scope) for part in (self.operand, self.low, self.high))
        return in_order("<=", low, value) and in_order("<=", value, high)


@dataclass(frozen=True, slots=True)
class Among:
    """``operand IN (a, b, c)``."""

    operand: Operand
    choices: tuple[Operand, ...]

    def holds(self, item: Item, scope: Scope) -> bool:
        """Tell whether the operand equals one of the choices."""
        value = self.operand.read(item, scope)
        return value is not None and any(value == choice.read(item, scope) for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Test:
    """``attribute_exists(path)`` and the other functions that are true or false."""

    function: str
    operands: tuple[Operand, ...]

    def holds(self, item: Item, scope: Scope) -> bool:
        """Tell whether the function is true of the item."""
        subject = self.operands[0].read(item, scope)
        if self.function == "attribute_exists":
            return subject is not None
        if self.function == "attribute_not_exists":
            return subject is None
        argument = self.operands[1].read(item, scope)
        if subject is None or argument is None:
            return False
        return _TESTS[self.function](subject, argument)


def _is_type(subject: Value, argument: Value) -> bool:
    if argument.get("S") not in _KINDS:
        raise invalid("Invalid ConditionExpression: Invalid attribute type name found; type: attribute_type")
    return kind_of(subject) == str(argument["S"])


def begins_with(subject: Value, argument: Value) -> bool:
    """Tell whether a string or binary value begins with another of its kind."""
    kind = kind_of(argument)
    if kind not in ("S", "B"):
        raise invalid(
            "Invalid ConditionExpression: Incorrect operand type for operator or function; "
            f"operator or function: begins_with, operand type: {kind}"
        )
    return kind_of(subject) == kind and bool(subject[kind].startswith(argument[kind]))


def _contains(subject: Value, argument: Value) -> bool:
    kind, sought = kind_of(subject), kind_of(argument)
    if kind in ("S", "B"):
        return kind == sought and bool(argument[sought] in subject[kind])
    if kind in ("SS", "NS", "BS"):
        return kind[0] == sought and argument[sought] in subject[kind]
    return kind == "L" and argument in subject["L"]


_TESTS: dict[str, Callable[[Value, Value], bool]] = {
    "attribute_type": _is_type,
    "begins_with": begins_with,
    "contains": _contains,
}
