"""Condition and filter expressions: text to tree."""

from functools import lru_cache
from typing import NamedTuple

from trimtab_lab.dynamodb.conditions import (
    All,
    Among,
    Between,
    Comparison,
    Condition,
    Not,
    Operand,
    PathOperand,
    SizeOperand,
    Some,
    Test,
    ValueOperand,
)
from trimtab_lab.dynamodb.lexer import Tokens
from trimtab_lab.dynamodb.paths import parse_path

_COMPARATORS = ("=", "<>", "<", "<=", ">", ">=")
IN_OPERANDS_MAX = 100
_FUNCTIONS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
}


class Parsed(NamedTuple):
    """A condition with the placeholders it uses."""

    tree: Condition
    names: frozenset[str]
    values: frozenset[str]
    roots: frozenset[str]  # the first steps of its document paths


@lru_cache(maxsize=2048)
def parse_condition(text: str, parameter: str) -> Parsed:
    """Parse a condition; ``parameter`` (``ConditionExpression`` …) is named in errors."""
    tokens = Tokens(text, parameter)
    tree = _parse_some(tokens)
    if tokens.peek.kind != "end":
        raise tokens.syntax_error()
    return Parsed(tree, frozenset(tokens.names), frozenset(tokens.values), frozenset(tokens.roots))


def _parse_some(tokens: Tokens) -> Condition:
    parts = [_parse_all(tokens)]
    while tokens.take_word("OR"):
        parts.append(_parse_all(tokens))
    return parts[0] if len(parts) == 1 else Some(tuple(parts))


def _parse_all(tokens: Tokens) -> Condition:
    parts = [_parse_not(tokens)]
    while tokens.take_word("AND"):
        parts.append(_parse_not(tokens))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _parse_not(tokens: Tokens) -> Condition:
    if tokens.take_word("NOT"):
        return Not(_parse_not(tokens))
    if tokens.peek == ("sign", "("):
        return _parse_parentheses(tokens)
    word = tokens.peek
    if word.kind == "word" and tokens.after() == ("sign", "(") and word.text != "size":
        return _parse_test(tokens)
    return _parse_comparison(tokens)


def _parse_parentheses(tokens: Tokens) -> Condition:
    tokens.need("(")
    doubled = tokens.peek == ("sign", "(")
    inner = _parse_some(tokens)
    if doubled and not isinstance(inner, All | Some):
        raise tokens.error("The expression has redundant parentheses;")
    tokens.need(")")
    return inner


def _parse_test(tokens: Tokens) -> Condition:
    function = tokens.next().text
    if function not in _FUNCTIONS:
        raise tokens.error(f"Invalid function name; function: {function}")
    operands = tuple(_parse_list(tokens))
    if len(operands) != _FUNCTIONS[function]:
        raise tokens.error(
            "Incorrect number of operands for operator or function; "
            f"operator or function: {function}, number of operands: {len(operands)}"
        )
    if function.startswith("attribute") and not isinstance(operands[0], PathOperand):
        raise tokens.error(f"Operator or function requires a document path; operator or function: {function}")
    return Test(function, operands)


def _parse_comparison(tokens: Tokens) -> Condition:
    left = _parse_operand(tokens)
    if tokens.take_word("BETWEEN"):
        low = _parse_operand(tokens)
        if not tokens.take_word("AND"):
            raise tokens.syntax_error()
        return Between(left, low, _parse_operand(tokens))
    if tokens.take_word("IN"):
        choices = _parse_list(tokens)
        if len(choices) > IN_OPERANDS_MAX:
            raise tokens.error("The IN operator is provided with too many operands;")
        return Among(left, tuple(choices))
    if tokens.peek.kind != "sign" or tokens.peek.text not in _COMPARATORS:
        raise tokens.syntax_error()
    sign, right = tokens.next().text, _parse_operand(tokens)
    if left == right:
        raise tokens.error(
            "The first operand must be distinct from the remaining operands for this operator or function; "
            f"operator: {sign}"
        )
    return Comparison(sign, left, right)


def _parse_list(tokens: Tokens) -> list[Operand]:
    tokens.need("(")
    operands = [_parse_operand(tokens)]
    while tokens.take(","):
        operands.append(_parse_operand(tokens))
    tokens.need(")")
    return operands


def _parse_operand(tokens: Tokens) -> Operand:
    token = tokens.peek
    if token.kind == "value":
        return ValueOperand(tokens.next().text)
    if token == ("word", "size") and tokens.after() == ("sign", "("):
        tokens.next()
        tokens.need("(")
        path = parse_path(tokens)
        tokens.need(")")
        return SizeOperand(path)
    return PathOperand(parse_path(tokens))
