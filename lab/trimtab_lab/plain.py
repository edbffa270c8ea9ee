"""Plain values: the nested dicts and lists that requests and answers are made of."""

from collections.abc import Callable, Mapping, Set
from typing import Any

from trimtab_lab.api_error import NotModelled


def copy_value(value: Any) -> Any:
    """Return a deep copy of a request's or answer's value; leaves are immutable and shared."""
    copier = _COPIERS.get(type(value))
    return copier(value) if copier else value


def _copy_dict(value: dict[str, Any]) -> dict[str, Any]:
    return {key: inner if type(inner) is str else copy_value(inner) for key, inner in value.items()}


def _copy_list(value: list[Any]) -> list[Any]:
    return [inner if type(inner) is str else copy_value(inner) for inner in value]


_COPIERS: dict[type, Callable[[Any], Any]] = {
    dict: _copy_dict,
    list: _copy_list,
    tuple: _copy_list,
    bytearray: bytes,
}


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
