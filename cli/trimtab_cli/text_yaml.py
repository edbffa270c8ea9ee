"""A YAML file -> mappings, lists and text, with the line of each place; no `off` becomes false."""

from pathlib import Path
from typing import Any, Final

import yaml

CHARACTERS_MAX: Final = 100_000
"""A DynamoDB item holds 400 KB (Developer Guide, "Quotas", read 2026-11-22); a policy needs far less."""

Lines = dict[str, int]


class YamlFault(Exception):
    """A file is not YAML as a policy uses it; the text names file, fault and where possible the line."""


def read_text_yaml(path: Path) -> tuple[Any, Lines]:
    """Return the document with every scalar as text, and the line of each place in it.

    A place is written ``services[2].mode``; the document's own place is empty.

    Raises:
        YamlFault: It cannot be opened or parsed, gives a key twice, or uses aliases or tags.
    """
    text = _read(path)
    try:
        _refuse_cleverness(path, text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        told = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be parsed"
        raise YamlFault(f"{path}:{mark.line + 1 if mark else 1}: is not YAML: {told}") from error
    except RecursionError as error:
        raise YamlFault(f"{path}: is nested too deeply") from error
    if root is None:
        raise YamlFault(f"{path}: is empty; a document without entries is written {{}}")
    lines: Lines = {}
    return _plain(path, root, "", lines), lines


def _read(path: Path) -> str:
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise YamlFault(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise YamlFault(f"{path}: is not UTF-8 text") from error
    if len(text) > CHARACTERS_MAX:
        raise YamlFault(f"{path}: has {len(text)} characters; at most {CHARACTERS_MAX} are read")
    return text


def _refuse_cleverness(path: Path, text: str) -> None:
    """Refuse aliases, which can explode, and tags, which make types."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        where = f"{path}:{event.start_mark.line + 1}" if event.start_mark else f"{path}"
        if isinstance(event, yaml.AliasEvent):
            raise YamlFault(f"{where}: *{event.anchor} is an alias; write the value out")
        if tag := getattr(event, "tag", None):
            raise YamlFault(f"{where}: {tag} is a YAML tag; every value is plain text here")


def _plain(path: Path, node: yaml.Node, place: str, lines: Lines) -> Any:
    lines.setdefault(place, _line(node))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(path, inner, f"{place}[{i}]", lines) for i, inner in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(path, node, place, lines)
    return str(node.value)


def _mapping(path: Path, node: yaml.MappingNode, place: str, lines: Lines) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise YamlFault(f"{path}:{_line(key)}: a key must be plain text")
        inner = f"{place}.{key.value}" if place else str(key.value)
        if key.value in found:
            raise YamlFault(f"{path}:{_line(key)}: {inner} is given twice, first in line {lines[inner]}")
        lines[inner] = _line(key)
        found[str(key.value)] = _plain(path, value, inner, lines)
    return found


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1 if node.start_mark else 1
