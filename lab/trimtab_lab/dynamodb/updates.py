"""Update expressions: SET, REMOVE, ADD and DELETE, parsed once and applied to items."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from trimtab_lab.dynamodb.conditions import Operand, ValueOperand
from trimtab_lab.dynamodb.faults import ItemFault
from trimtab_lab.dynamodb.lexer import Tokens
from trimtab_lab.dynamodb.paths import Path, Scope, find, parse_path, put_at, remove_at
from trimtab_lab.dynamodb.values import ARITHMETIC, Item, Value, decimal_text, kind_of
from trimtab_lab.plain import copy_value

_MISSING = "The provided expression refers to an attribute that does not exist in the item"
_WRONG_KIND = "An operand in the update expression has an incorrect data type"


@dataclass(frozen=True, slots=True)
class Existing:
    """A path that must exist when it is read on the right side of an assignment."""

    path: Path

    def read(self, item: Item, scope: Scope) -> Value:
        """Return the attribute's value.

        Raises:
            ItemFault: The item lacks it.
        """
        value = find(item, scope.steps(self.path))
        if value is None:
            raise ItemFault(_MISSING)
        return value


@dataclass(frozen=True, slots=True)
class IfNotExists:
    """``if_not_exists(path, otherwise)``."""

    path: Path
    otherwise: Operand

    def read(self, item: Item, scope: Scope) -> Value | None:
        """Return the attribute, or the other operand when the item lacks it."""
        return find(item, scope.steps(self.path)) or self.otherwise.read(item, scope)


@dataclass(frozen=True, slots=True)
class ListAppend:
    """``list_append(first, second)``."""

    first: Operand
    second: Operand

    def read(self, item: Item, scope: Scope) -> Value:
        """Return the joined list."""
        lists = [operand.read(item, scope) or {} for operand in (self.first, self.second)]
        if any("L" not in value for value in lists):
            raise ItemFault(_WRONG_KIND)
        return {"L": [*lists[0]["L"], *lists[1]["L"]]}


@dataclass(frozen=True, slots=True)
class Sum:
    """``left + right`` or ``left - right``."""

    sign: str
    left: Operand
    right: Operand

    def read(self, item: Item, scope: Scope) -> Value:
        """Return the number."""
        left, right = self.left.read(item, scope), self.right.read(item, scope)
        if left is None or right is None or "N" not in left or "N" not in right:
            raise ItemFault(_WRONG_KIND)
        return add_numbers(left, right, 1 if self.sign == "+" else -1)


def add_numbers(left: Value, right: Value, factor: int = 1) -> Value:
    """Return ``left + factor x right`` in DynamoDB's arithmetic of 38 digits."""
    second = Decimal(right["N"]) * factor
    return {"N": decimal_text(ARITHMETIC.copy().add(Decimal(left["N"]), second))}


class Assignment(NamedTuple):
    """One change of one path: the clause (``SET`` …), the path and, but for REMOVE, the operand."""

    clause: str
    path: Path
    operand: Operand | None


class Update(NamedTuple):
    """A parsed update with the placeholders it uses."""

    assignments: tuple[Assignment, ...]
    names: frozenset[str]
    values: frozenset[str]


def apply_update(item: Item, update: Update, scope: Scope) -> Item:
    """Return the item after ``update``; operands are read from the item as it was.

    Raises:
        ItemFault: The update does not suit the item.
    """
    after = dict(item)
    removals = []
    for clause, path, operand in update.assignments:
        steps = scope.steps(path)
        root = str(steps[0])
        if len(steps) > 1 and after.get(root) is item.get(root) is not None:
            after[root] = copy_value(item[root])  # a path leads into it; the rest stays shared
        if operand is None:
            removals.append(steps)
            continue
        value = operand.read(item, scope)
        if value is None:
            raise ItemFault(_MISSING)
        changed = _CLAUSES[clause](find(item, steps), value)
        if changed is None:
            removals.append(steps)
        else:
            put_at(after, steps, changed)
    for steps in sorted(removals, key=lambda steps: [str(step).zfill(9) for step in steps], reverse=True):
        remove_at(after, steps)  # higher indexes first: the indexes are those of the item as it was
    return after


def _set(old: Value | None, value: Value) -> Value | None:
    return value


def _add(old: Value | None, value: Value) -> Value | None:
    kind = kind_of(value)
    if kind not in ("N", "SS", "NS", "BS") or (old is not None and kind_of(old) != kind):
        raise ItemFault(_WRONG_KIND)
    if old is None:
        return value
    if kind == "N":
        return add_numbers(old, value)
    return _ordered_set(kind, {*old[kind], *value[kind]})


def _delete(old: Value | None, value: Value) -> Value | None:
    kind = kind_of(value)
    if kind not in ("SS", "NS", "BS") or (old is not None and kind_of(old) != kind):
        raise ItemFault(_WRONG_KIND)
    rest = set(old[kind] if old else ()) - set(value[kind])
    return _ordered_set(kind, rest) if rest else None


def _ordered_set(kind: str, members: set[str]) -> Value:
    return {kind: sorted(members, key=Decimal) if kind == "NS" else sorted(members)}


_CLAUSES: dict[str, Callable[[Value | None, Value], Value | None]] = {
    "SET": _set,
    "ADD": _add,
    "DELETE": _delete,
}


@lru_cache(maxsize=2048)
def parse_update(text: str) -> Update:
    """Parse an update expression; each clause may stand once."""
    tokens = Tokens(text, "UpdateExpression")
    assignments: list[Assignment] = []
    seen: set[str] = set()
    while tokens.peek.kind != "end":
        clause = next((word for word in ("SET", "REMOVE", "ADD", "DELETE") if tokens.take_word(word)), None)
        if clause is None:
            raise tokens.syntax_error()
        if clause in seen:
            raise tokens.error(f'The "{clause}" section can only be used once in an update expression;')
        seen.add(clause)
        assignments.append(_parse_assignment(tokens, clause))
        while tokens.take(","):
            assignments.append(_parse_assignment(tokens, clause))
    return Update(tuple(assignments), frozenset(tokens.names), frozenset(tokens.values))


def _parse_assignment(tokens: Tokens, clause: str) -> Assignment:
    path = parse_path(tokens)
    if clause == "REMOVE":
        return Assignment(clause, path, None)
    if clause == "SET":
        tokens.need("=")
        return Assignment(clause, path, _parse_sum(tokens))
    if tokens.peek.kind != "value":
        raise tokens.syntax_error()
    return Assignment(clause, path, ValueOperand(tokens.next().text))


def _parse_sum(tokens: Tokens) -> Operand:
    left = _parse_operand(tokens)
    for sign in ("+", "-"):
        if tokens.take(sign):
            return Sum(sign, left, _parse_operand(tokens))
    return left


def _parse_operand(tokens: Tokens) -> Operand:
    token = tokens.peek
    if token.kind == "value":
        return ValueOperand(tokens.next().text)
    if token.kind == "word" and tokens.after() == ("sign", "("):
        return _parse_function(tokens)
    return Existing(parse_path(tokens))


def _parse_function(tokens: Tokens) -> Operand:
    function = tokens.next().text
    tokens.need("(")
    first = _parse_operand(tokens)
    tokens.need(",")
    second = _parse_operand(tokens)
    tokens.need(")")
    if function == "list_append":
        return ListAppend(first, second)
    if function != "if_not_exists":
        raise tokens.error(f"Invalid function name; function: {function}")
    if not isinstance(first, Existing):
        raise tokens.error(
            "Operator or function requires a document path; operator or function: if_not_exists"
        )
    return IfNotExists(first.path, second)
