"""EventBridge event patterns and Lambda filter patterns, compiled once and matched often.

Source: EventBridge User Guide, eb-create-pattern-operators; Lambda Developer Guide,
invocation-eventfiltering; and the behaviour of the aws/event-ruler library, which is what the
service runs (read 2026-11-22).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trimtab_cli.dispatcher.operators import (
    RULE_OPERATORS,
    PatternError,
    Test,
    absence,
    compile_operator,
    equals,
)

Place = tuple[tuple[tuple[object, ...], int], ...]
Membership = dict[tuple[object, ...], int]


@dataclass(frozen=True, slots=True)
class Field:
    """What a pattern demands of one path: any of ``tests``, or ``absent``."""

    path: tuple[str, ...]
    tests: tuple[Test, ...]
    absent: bool


Branch = dict[tuple[str, ...], Field]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern: it matches when all fields of any of its branches do."""

    branches: tuple[tuple[Field, ...], ...]

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Say whether ``event`` matches.

        Only leaves are compared. Where the path runs through arrays of objects, one element must
        satisfy all the fields that lead into that array.
        """
        return any(_matches(event, fields, 0, {}) for fields in self.branches)


def compile_pattern(pattern: Mapping[str, Any], operators: frozenset[str] = RULE_OPERATORS) -> Pattern:
    """Compile ``pattern``, refusing what EventBridge would refuse and what is not modelled.

    Args:
        pattern: The pattern as JSON data.
        operators: The match operators that the service at hand knows.

    Raises:
        PatternError: The pattern is not valid, or uses an operator outside ``operators``.
    """
    branches: list[Branch] = [{}]
    _read_object(pattern, (), branches, operators, inside_or=False)
    # event-ruler walks the fields in the order of their dotted names, and that order decides which
    # array element an `exists: false` speaks of.
    return Pattern(tuple(tuple(branch[path] for path in sorted(branch, key=".".join)) for branch in branches))


def _read_object(
    node: object,
    path: tuple[str, ...],
    branches: list[Branch],
    operators: frozenset[str],
    inside_or: bool,
) -> None:
    """Add what ``node`` demands to each branch, in the order of the document, the last one wins."""
    if not isinstance(node, Mapping) or not node:
        raise PatternError(f"{_name(path)} must be an object with fields, not {node!r}")
    for key, value in node.items():
        below = (*path, key)
        if key == "$or":
            _read_or(value, path, branches, operators)
        elif inside_or and key in RULE_OPERATORS:
            raise PatternError(f"{_name(below)} is a reserved name inside $or")
        elif isinstance(value, list):
            if not value:
                raise PatternError(f"{_name(below)} must not be an empty array")
            field = _compile_field(below, value, operators)
            for branch in branches:
                branch[below] = field
        else:
            _read_object(value, below, branches, operators, inside_or)


def _read_or(value: object, path: tuple[str, ...], branches: list[Branch], operators: frozenset[str]) -> None:
    """Fork every branch, once for each alternative."""
    if not isinstance(value, list) or len(value) < 2:
        raise PatternError(f"$or in {_name(path)} must be an array of at least two objects")
    forks: list[Branch] = []
    for alternative in value:
        fork = [dict(branch) for branch in branches]
        _read_object(alternative, path, fork, operators, inside_or=True)
        forks += fork
    branches[:] = forks


def _compile_field(path: tuple[str, ...], wanted: list[Any], operators: frozenset[str]) -> Field:
    tests: list[Test] = []
    absent = False
    for item in wanted:
        if isinstance(item, list):
            raise PatternError(f"{_name(path)} holds an array inside an array")
        if not isinstance(item, Mapping):
            tests.append(equals(item))
        elif absence(item):
            absent = True
        else:
            try:
                tests.append(compile_operator(item, operators))
            except PatternError as fault:
                raise PatternError(f"{_name(path)}: {fault}") from None
    return Field(path, tuple(tests), absent)


def _matches(
    event: Mapping[str, Any], fields: tuple[Field, ...], position: int, membership: Membership
) -> bool:
    if position == len(fields):
        return True
    field = fields[position]
    nothing_there = True
    for value, place in _leaves(event, field.path, (), ()):
        joined = _join(membership, place)
        if joined is None:
            continue
        nothing_there = False
        if any(test(value) for test in field.tests) and _matches(event, fields, position + 1, joined):
            return True
    return field.absent and nothing_there and _matches(event, fields, position + 1, membership)


def _leaves(
    node: object, path: tuple[str, ...], place: Place, at: tuple[object, ...]
) -> Iterator[tuple[object, Place]]:
    """Find the leaves at ``path``, each with the array elements that lead to it."""
    if isinstance(node, Mapping):
        if path and path[0] in node:
            yield from _leaves(node[path[0]], path[1:], place, (*at, path[0]))
    elif isinstance(node, list):
        for index, element in enumerate(node):
            if isinstance(element, Mapping | list):
                inner = (*place, (at, index))
                yield from _leaves(element, path, inner, (*at, index))
            elif not path:
                yield element, place
    elif not path:
        yield node, place


def _join(membership: Membership, place: Place) -> Membership | None:
    """Add ``place``, or say None when it lies in another element of an array already entered."""
    if not place:
        return membership
    if any(membership.get(array, index) != index for array, index in place):
        return None
    return {**membership, **dict(place)}


def _name(path: tuple[str, ...]) -> str:
    return ".".join(path) or "the pattern"
