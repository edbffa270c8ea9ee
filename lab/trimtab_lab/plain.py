"""Plain values: the nested dicts and lists that requests and answers are made of."""

from collections.abc import Mapping, Set
from typing import Any

from trimtab_lab.api_error import NotModelled


def copy_value(value: Any) -> Any:
    """Return a deep copy of a request's or answer's value; leaves are immutable and shared."""
    kind = type(value)
    if kind is dict:
        return {key: inner if type(inner) is str else copy_value(inner) for key, inner in value.items()}
    if kind is list or kind is tuple:
        return [inner if type(inner) is str else copy_value(inner) for inner in value]
    return bytes(value) if kind is bytearray else value


def only(operation: str, request: Mapping[str, Any], modelled: Set[str]) -> None:
    """Let pass a request that uses ``modelled`` parameters only.

    Raises:
        NotModelled: Another parameter is set; ignoring it would be a guess.
    """
    if not modelled >= request.keys():
        unknown = request.keys() - modelled
        raise NotModelled(f"the laboratory does not simulate {operation} with {sorted(unknown)}")


def names(text: str) -> frozenset[str]:
    """Return the words of ``text``: a short way to write down a set of parameter names."""
    return frozenset(text.split())
