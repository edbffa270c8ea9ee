"""Says whether a policy allows a call: as much of IAM's evaluation as our own roles use.

Source: IAM User Guide, reference_policies_evaluation-logic, reference_policies_elements_condition_operators
(read 2026-11-22). An operator that is not here is an error, never a yes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Statement = Mapping[str, Any]
Values = str | list[str]


@dataclass(frozen=True)
class Permission:
    """One question to IAM: may this be done to that, in this context?"""

    action: str
    resource: str = "*"
    context: dict[str, Values] = field(default_factory=dict)


def deciding(statements: Iterable[Statement], asked: Permission) -> tuple[bool, list[tuple[str, str]]]:
    """Return whether ``asked`` is allowed, and by which statements and actions."""
    matching = [one for one in statements if _matches(one, asked)]
    allowing = [one for one in matching if one["Effect"] == "Allow"]
    denied = len(allowing) < len(matching)
    return bool(allowing) and not denied, [(one["Sid"], asked.action) for one in allowing]


def _matches(statement: Statement, asked: Permission) -> bool:
    return (
        any(_like(pattern, asked.action) for pattern in _list(statement["Action"]))
        and any(_like(pattern, asked.resource) for pattern in _list(statement["Resource"]))
        and all(
            _holds(operator, key, _list(wanted), asked.context.get(key))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _holds(operator: str, key: str, wanted: list[str], given: Values | None) -> bool:
    if operator.endswith("IfExists"):
        return given is None or _holds(operator.removesuffix("IfExists"), key, wanted, given)
    if operator.startswith("ForAllValues:"):
        inner = operator.removeprefix("ForAllValues:")
        return all(_holds(inner, key, wanted, one) for one in _list(given or []))
    if given is None:
        return False
    if not isinstance(given, str):
        raise NotImplementedError(f"{key} has several values and {operator} takes one")
    match operator:
        case "StringEquals":
            return given in wanted
        case "StringLike" | "ArnLike" | "ArnEquals":
            return any(_like(pattern, given) for pattern in wanted)
        case "NumericLessThanEquals":
            return any(float(given) <= float(limit) for limit in wanted)
    raise NotImplementedError(f"the condition operator {operator} is not modelled")


def _like(pattern: str, text: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text) is not None


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def actions_of(statements: Iterable[Statement]) -> Iterator[tuple[str, str]]:
    """Every action that is allowed, with the statement that allows it."""
    for statement in statements:
        if statement["Effect"] == "Allow":
            yield from ((statement["Sid"], action) for action in _list(statement["Action"]))
