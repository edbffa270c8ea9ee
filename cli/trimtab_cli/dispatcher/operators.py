"""The match operators of event patterns: from their JSON to a test of one leaf.

Source: EventBridge User Guide, eb-create-pattern-operators (read 2026-11-22).
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

Test = Callable[[object], bool]

RULE_OPERATORS = frozenset(
    {"prefix", "suffix", "anything-but", "exists", "numeric", "equals-ignore-case", "wildcard"}
)
# A Lambda filter lists no wildcard (Lambda Developer Guide, invocation-eventfiltering,
# read 2026-11-22): a template that relies on one there would deploy and never match.
FILTER_OPERATORS = RULE_OPERATORS - {"wildcard"}

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class PatternError(ValueError):
    """The pattern is not valid or not modelled."""


def equals(wanted: object) -> Test:
    """Match exactly: 1 is 1.0, but neither "1" nor true; null is a value, not an absence."""
    if isinstance(wanted, str | bool) or wanted is None:
        return lambda value: type(value) is type(wanted) and value == wanted
    if _is_number(wanted):
        return lambda value: _is_number(value) and value == wanted
    raise PatternError(f"a value must be a string, number, true, false or null, not {wanted!r}")


def absence(item: Mapping[str, Any]) -> bool:
    """Say whether ``item`` is ``{"exists": false}``, the one operator that needs no leaf."""
    return len(item) == 1 and item.get("exists") is False


def compile_operator(item: Mapping[str, Any], operators: frozenset[str]) -> Test:
    """Compile an object such as ``{"prefix": "a"}``.

    Raises:
        PatternError: Not exactly one operator, an operand that does not fit, or an operator
            outside ``operators``.
    """
    if len(item) != 1:
        raise PatternError(f"one operator is allowed in an object, not {len(item)}")
    ((name, operand),) = item.items()
    if name not in operators or name not in _COMPILERS:
        raise PatternError(f"the operator {name!r} is not modelled here")
    return _COMPILERS[name](operand)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(operand: object, name: str) -> str:
    if not isinstance(operand, str):
        raise PatternError(f"{name} needs a string, not {operand!r}")
    return operand


def _affix(name: str) -> Callable[[object], Test]:
    """Compile ``prefix`` or ``suffix``, plain or under ``equals-ignore-case``."""
    method = str.startswith if name == "prefix" else str.endswith

    def compiled(operand: object) -> Test:
        if isinstance(operand, Mapping):
            if set(operand) != {"equals-ignore-case"}:
                raise PatternError(f"{name} knows only equals-ignore-case inside it")
            folded = _text(operand["equals-ignore-case"], name).lower()
            return lambda value: isinstance(value, str) and method(value.lower(), folded)
        wanted = _text(operand, name)
        return lambda value: isinstance(value, str) and method(value, wanted)

    return compiled


def _exists(operand: object) -> Test:
    if operand is not True:
        raise PatternError(f"exists needs true or false, not {operand!r}")
    return lambda value: True


def _ignore_case(operand: object) -> Test:
    folded = _text(operand, "equals-ignore-case").lower()
    return lambda value: isinstance(value, str) and value.lower() == folded


def _numeric(operand: object) -> Test:
    """Compile ``["=", x]``, one bound, or a lower and then an upper bound."""
    terms = operand if isinstance(operand, list) else []
    names, bounds = terms[0::2], terms[1::2]
    shapes = [[name] for name in _COMPARE]
    shapes += [[low, high] for low in (">", ">=") for high in ("<", "<=")]
    if names not in shapes or len(names) != len(bounds) or not all(map(_is_number, bounds)):
        raise PatternError(f"numeric needs one comparison or a range, not {operand!r}")
    tests = [(_COMPARE[name], bound) for name, bound in zip(names, bounds, strict=True)]
    return lambda value: _is_number(value) and all(holds(value, bound) for holds, bound in tests)


def _wildcard(operand: object) -> Test:
    r"""Compile a wildcard: ``*`` is any text, ``\*`` and ``\\`` are themselves."""
    text = _text(operand, "wildcard")
    if re.search(r"(?<!\\)(?:\\\\)*\*\*", text):
        raise PatternError("wildcard must not hold two * in a row")
    parts = re.findall(r"\\.?|\*|[^\\*]+", text, re.DOTALL)
    if any(part[0] == "\\" and part not in ("\\*", "\\\\") for part in parts):
        raise PatternError(r"wildcard allows only \* and \\ after a backslash")
    source = "".join(
        ".*" if part == "*" else re.escape(part[1:] if part[0] == "\\" else part) for part in parts
    )
    regex = re.compile(source, re.DOTALL)
    return lambda value: isinstance(value, str) and regex.fullmatch(value) is not None


def _anything_but(operand: object) -> Test:
    """Compile a negation; like every operator it needs a leaf to look at."""
    if isinstance(operand, Mapping):
        return _anything_but_nested(operand)
    values = operand if isinstance(operand, list) else [operand]
    if not values or not (all(isinstance(value, str) for value in values) or all(map(_is_number, values))):
        raise PatternError("anything-but needs strings or numbers, not both and nothing else")
    tests = [equals(value) for value in values]
    return lambda value: not any(test(value) for test in tests)


def _anything_but_nested(operand: Mapping[str, Any]) -> Test:
    if len(operand) != 1:
        raise PatternError("anything-but allows one operator inside it")
    ((name, inner),) = operand.items()
    if name not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
        raise PatternError(f"the operator {name!r} is not modelled inside anything-but")
    values = inner if isinstance(inner, list) else [inner]
    if not values or not all(isinstance(value, str) and value for value in values):
        raise PatternError(f"anything-but {name} needs one or more strings that are not empty")
    tests = [_COMPILERS[name](value) for value in values]
    return lambda value: not any(test(value) for test in tests)


_COMPILERS: dict[str, Callable[[object], Test]] = {
    "prefix": _affix("prefix"),
    "suffix": _affix("suffix"),
    "exists": _exists,
    "equals-ignore-case": _ignore_case,
    "numeric": _numeric,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
}
