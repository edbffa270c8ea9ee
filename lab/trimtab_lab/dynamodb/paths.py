"""Document paths (``a.b[2].#c``) and the names and values that a request brings along."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trimtab_lab.dynamodb.faults import ItemFault, invalid
from trimtab_lab.dynamodb.lexer import Tokens
from trimtab_lab.dynamodb.reserved import RESERVED_WORDS
from trimtab_lab.dynamodb.values import Item, Value, canonical

Steps = tuple[str | int, ...]
_BROKEN_PATH = "The document path provided in the update expression is invalid for update"


@dataclass(frozen=True, slots=True)
class Path:
    """Where a value lives in an item; names beginning with ``#`` are placeholders."""

    steps: Steps


class Scope:
    """The placeholders of one request, checked: each is defined and each is used."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._names: dict[str, str] = request.get("ExpressionAttributeNames") or {}
        values = request.get("ExpressionAttributeValues") or {}
        self._values: dict[str, Value] = {name: canonical(value) for name, value in values.items()}
        self._used: set[str] = set()

    def admit(self, parameter: str, names: frozenset[str], values: frozenset[str]) -> None:
        """Note the placeholders that the expression in ``parameter`` uses."""
        for kind, used, known in (("name", names, self._names), ("value", values, self._values)):
            if not known.keys() >= used:
                placeholder = min(used - known.keys())
                where = " used in the document path" if kind == "name" else " used in expression"
                raise invalid(
                    f"Invalid {parameter}: An expression attribute {kind}{where} is not defined; "
                    f"attribute {kind}: {placeholder}"
                )
        self._used.update(names, values)

    def close(self) -> None:
        """Refuse placeholders that no expression used."""
        for kind, given in (("Names", self._names), ("Values", self._values)):
            if not self._used >= given.keys():
                keys = ", ".join(sorted(given.keys() - self._used))
                raise invalid(
                    f"Value provided in ExpressionAttribute{kind} unused in expressions: keys: {{{keys}}}"
                )

    def value(self, placeholder: str) -> Value:
        """Return a value by its placeholder."""
        return self._values[placeholder]

    def name(self, word: str) -> str:
        """Return the real name of a step of a path."""
        return self._names[word] if word[0] == "#" else word

    def steps(self, path: Path) -> Steps:
        """Return the path with real names."""
        return tuple(self.name(step) if isinstance(step, str) else step for step in path.steps)


def parse_path(tokens: Tokens) -> Path:
    """Parse ``a.#b[0]``."""
    steps: list[str | int] = [_parse_name(tokens)]
    tokens.roots.add(str(steps[0]))
    while True:
        if tokens.take("."):
            steps.append(_parse_name(tokens))
        elif tokens.take("["):
            if tokens.peek.kind != "index":
                raise tokens.syntax_error()
            steps.append(int(tokens.next().text))
            tokens.need("]")
        else:
            return Path(tuple(steps))


def _parse_name(tokens: Tokens) -> str:
    if tokens.peek.kind not in ("word", "name"):
        raise tokens.syntax_error()
    word = tokens.next().text
    if word.upper() in RESERVED_WORDS:
        raise tokens.error(f"Attribute name is a reserved keyword; reserved keyword: {word}")
    return word


def find(item: Item, steps: Steps) -> Value | None:
    """Return the value at ``steps``, or None when there is none."""
    value = item.get(str(steps[0]))
    for step in steps[1:]:
        if value is None:
            return None
        value = _child(value, step)
    return value


def _child(value: Value, step: str | int) -> Value | None:
    if isinstance(step, str):
        child: Value | None = value.get("M", {}).get(step)
        return child
    elements = value.get("L", [])
    return elements[step] if step < len(elements) else None


def put_at(item: Item, steps: Steps, value: Value) -> None:
    """Set the value at ``steps`` in place; an index behind the end of a list appends."""
    container, last = _container(item, steps)
    if isinstance(container, dict):
        container[str(last)] = value
    elif int(last) < len(container):
        container[int(last)] = value
    else:
        container.append(value)


def remove_at(item: Item, steps: Steps) -> None:
    """Remove the value at ``steps`` in place; nothing happens when it is not there."""
    container, last = _container(item, steps)
    if isinstance(container, dict):
        container.pop(str(last), None)
    elif int(last) < len(container):
        del container[int(last)]


def _container(item: Item, steps: Steps) -> tuple[dict[str, Any] | list[Any], str | int]:
    if len(steps) == 1:
        return item, steps[0]
    parent = find(item, steps[:-1]) or {}
    container = parent.get("M" if isinstance(steps[-1], str) else "L")
    if container is None:
        raise ItemFault(_BROKEN_PATH)
    return container, steps[-1]


def refuse_overlaps(parameter: str, paths: Iterable[Steps]) -> None:
    """Refuse two paths of which one is a part of the other."""
    known = list(paths)
    for number, one in enumerate(known):
        for other in known[number + 1 :]:
            shorter = min(len(one), len(other))
            if one[:shorter] == other[:shorter]:
                raise invalid(
                    f"Invalid {parameter}: Two document paths overlap with each other; must remove or "
                    f"rewrite one of these paths; path one: {_shown(one)}, path two: {_shown(other)}"
                )


def _shown(steps: Steps) -> str:
    return "[" + ", ".join(f"[{step}]" if isinstance(step, int) else step for step in steps) + "]"


def project(item: Item, paths: Iterable[Steps]) -> Item:
    """Return the parts of ``item`` at ``paths``; list elements keep their order and close ranks."""
    wanted: dict[Any, Any] = {}
    for steps in paths:
        branch = wanted
        for step in steps:
            branch = branch.setdefault(step, {})
    return dict(_project_map(item, wanted))


def _project_map(content: Mapping[str, Value], wanted: dict[Any, Any]) -> Iterator[tuple[str, Value]]:
    for name, branch in wanted.items():
        if name in content:
            part = _project_value(content[name], branch)
            if part is not None:
                yield name, part


def _project_value(value: Value, wanted: dict[Any, Any]) -> Value | None:
    if not wanted:
        return value
    if "M" in value:
        fields = dict(_project_map(value["M"], wanted))
        return {"M": fields} if fields else None
    if "L" in value:
        chosen = sorted(step for step in wanted if isinstance(step, int) and step < len(value["L"]))
        parts = [_project_value(value["L"][step], wanted[step]) for step in chosen]
        kept = [part for part in parts if part is not None]
        return {"L": kept} if kept else None
    return None
