"""The rules of Choice states, from their JSON to a test of the input.

Source: Step Functions Developer Guide, state-choice (read 2026-11-22).
"""

import operator
import re
from collections.abc import Callable
from typing import Any

from trimtab_cli.dispatcher.asl_data import StateFault, compile_path
from trimtab_cli.dispatcher.refusal import Refusal

Test = Callable[[Any, Any], bool]

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_COMPARISON = re.compile(r"(String|Numeric|Boolean)(\w+?)(Path)?")


def compile_rule(where: str, rule: dict[str, Any]) -> Test:
    """Compile one rule of a Choice state; ``Next`` and ``Comment`` are the caller's.

    Raises:
        Refusal: A comparison that is not modelled.
    """
    body = {key: value for key, value in rule.items() if key not in ("Next", "Comment")}
    for name, combine in (("And", all), ("Or", any)):
        if name in body:
            tests = [compile_rule(where, inner) for inner in body[name]]
            return lambda data, context, combine=combine: combine(test(data, context) for test in tests)  # type: ignore[misc]
    if "Not" in body:
        inner = compile_rule(where, body["Not"])
        return lambda data, context: not inner(data, context)
    variable = compile_path(where, body.pop("Variable", ""))
    if len(body) != 1:
        raise Refusal(where, f"a choice rule needs one comparison, not {sorted(body)}")
    ((name, operand),) = body.items()
    if name == "IsPresent":
        return lambda data, context: _present(variable, data, context) is operand
    if name == "IsNull":
        return lambda data, context: (variable(data, context) is None) is operand
    return _comparison(where, name, operand, variable)


def _present(variable: Callable[[Any, Any], Any], data: Any, context: Any) -> bool:
    try:
        variable(data, context)
    except StateFault:
        return False
    return True


def _comparison(where: str, name: str, operand: Any, variable: Callable[[Any, Any], Any]) -> Test:
    found = _COMPARISON.fullmatch(name)
    if found is None or found[2] not in _ORDERS or (found[1] == "Boolean" and found[2] != "Equals"):
        raise Refusal(where, f"the comparison {name!r} is not modelled")
    kind, compare = found[1], _ORDERS[found[2]]
    other = compile_path(where, operand) if found[3] else lambda data, context: operand

    def test(data: Any, context: Any) -> bool:
        left, right = variable(data, context), other(data, context)
        return _is(kind, left) and _is(kind, right) and compare(left, right)

    return test


def _is(kind: str, value: Any) -> bool:
    """Say whether a value has the type that the comparison is for; else it is simply not true."""
    if kind == "Numeric":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str if kind == "String" else bool)
