"""Key conditions: what a Query may ask of the hash key and of the range key."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from trimtab_lab.dynamodb.condition_parser import parse_condition
from trimtab_lab.dynamodb.conditions import All, Between, Comparison, Condition, PathOperand, Test
from trimtab_lab.dynamodb.conditions import Operand as ConditionOperand
from trimtab_lab.dynamodb.faults import invalid
from trimtab_lab.dynamodb.paths import Scope
from trimtab_lab.dynamodb.schema import KeySchema, Position
from trimtab_lab.dynamodb.values import Scalar, kind_of, scalar

_PARAMETER = "KeyConditionExpression"


@dataclass(frozen=True, slots=True)
class KeyRange:
    """One hash key and, when the query has one, the condition on the range key."""

    hash_key: Scalar
    sign: str | None
    ends: tuple[Scalar, ...]

    def slice(self, order: list[Position]) -> tuple[int, int]:
        """Return the half-open range of a partition's order that the condition holds for."""
        if self.sign is None:
            return 0, len(order)
        return _SLICES[self.sign](order, self.ends)


def _first(position: Position) -> Scalar:
    return position[0]


def _left(order: list[Position], end: Scalar) -> int:
    return bisect_left(order, end, key=_first)


def _right(order: list[Position], end: Scalar) -> int:
    return bisect_right(order, end, key=_first)


def _prefix_end(order: list[Position], prefix: Scalar) -> int:
    assert isinstance(prefix, str | bytes)
    at = _left(order, prefix)
    while at < len(order) and order[at][0][: len(prefix)] == prefix:  # type: ignore[index]
        at += 1
    return at


_SLICES: dict[str, Callable[[list[Position], tuple[Scalar, ...]], tuple[int, int]]] = {
    "=": lambda order, ends: (_left(order, ends[0]), _right(order, ends[0])),
    "<": lambda order, ends: (0, _left(order, ends[0])),
    "<=": lambda order, ends: (0, _right(order, ends[0])),
    ">": lambda order, ends: (_right(order, ends[0]), len(order)),
    ">=": lambda order, ends: (_left(order, ends[0]), len(order)),
    "between": lambda order, ends: (_left(order, ends[0]), _right(order, ends[1])),
    "begins_with": lambda order, ends: (_left(order, ends[0]), _prefix_end(order, ends[0])),
}


class _Part(NamedTuple):
    name: str
    sign: str
    operands: tuple[ConditionOperand, ...]


def key_range(text: str, schema: KeySchema, scope: Scope) -> KeyRange:
    """Read a key condition for a table or index with ``schema``.

    Raises:
        ApiError: ValidationException, when it asks for more than a key can answer.
    """
    condition = parse_condition(text, _PARAMETER)
    scope.admit(_PARAMETER, condition.names, condition.values)
    tree = condition.tree
    parts = [_part(part, scope) for part in (tree.parts if isinstance(tree, All) else (tree,))]
    by_name = {part.name: part for part in parts}
    if len(by_name) != len(parts):
        raise invalid("KeyConditionExpressions must only contain one condition per key")
    strangers = by_name.keys() - set(schema.names)
    if schema.names[0] not in by_name or strangers:
        missed = next((name for name in schema.names if name not in by_name), None)
        if missed is None:
            raise invalid("Query key condition not supported")
        raise invalid(f"Query condition missed key schema element: {missed}")
    first = by_name[schema.names[0]]
    if first.sign != "=":
        raise invalid("Query key condition not supported")
    (hash_key,) = _ends(first, schema, scope)
    if len(parts) == 1:
        return KeyRange(hash_key, None, ())
    second = by_name[schema.names[1]]
    ends = _ends(second, schema, scope)
    if second.sign == "between" and ends[0] > ends[1]:  # type: ignore[operator]
        raise invalid(
            f"Invalid {_PARAMETER}: The BETWEEN operator requires upper bound to be greater than or equal "
            "to lower bound;"
        )
    return KeyRange(hash_key, second.sign, ends)


def _part(condition: Condition, scope: Scope) -> _Part:
    if isinstance(condition, Comparison) and condition.sign != "<>":
        return _Part(_name(condition.left, scope), condition.sign, (condition.right,))
    if isinstance(condition, Between):
        return _Part(_name(condition.operand, scope), "between", (condition.low, condition.high))
    if isinstance(condition, Test) and condition.function == "begins_with":
        return _Part(_name(condition.operands[0], scope), "begins_with", condition.operands[1:])
    if isinstance(condition, All):
        raise invalid(f"Invalid {_PARAMETER}: KeyConditionExpressions cannot be nested")
    raise invalid(f"Invalid operator used in {_PARAMETER}: {type(condition).__name__}")


def _name(operand: ConditionOperand, scope: Scope) -> str:
    steps = scope.steps(operand.path) if isinstance(operand, PathOperand) else ()
    if len(steps) != 1:
        raise invalid("Query key condition not supported")
    return str(steps[0])


def _ends(part: _Part, schema: KeySchema, scope: Scope) -> tuple[Scalar, ...]:
    expected = dict(schema.types)[part.name]
    ends = []
    for operand in part.operands:
        value = None if isinstance(operand, PathOperand) else operand.read({}, scope)
        if value is None:
            raise invalid("Query key condition not supported")
        if kind_of(value) != expected or (part.sign == "begins_with" and expected == "N"):
            raise invalid(
                "One or more parameter values were invalid: "
                "Condition parameter type does not match schema type"
            )
        ends.append(scalar(value))
    return tuple(ends)
