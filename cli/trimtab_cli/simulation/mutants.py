"""Taking one guard away: a copy of the package in which a function or a line says something else.

A guard behind which another one stands is taken away together with it: a row names further places (`also`).
"""

import ast
import re
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import trimtab

LIST: Final = Path(__file__).with_name("guards.toml")
PACKAGE: Final = Path(trimtab.__file__).parent


class GuardError(Exception):
    """A row of guards.toml does not fit the code any more; the text says which."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the code: a function gets the body ``instead``, or ``text`` becomes something else."""

    file: str
    function: str = ""
    instead: str = ""
    text: str = ""
    becomes: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """One row of guards.toml: what is taken away, and which seed noticed last time."""

    name: str
    seed: int
    places: tuple[Place, ...]
    """The guard itself, then what stands behind it and is taken away with it (`also`)."""
    behind: str = ""
    """What else stands behind it, where nobody misses it alone."""
    faults: Mapping[str, float] = field(default_factory=dict)
    """The only faults its seeds are lived with, where it is missed in rare moments; empty: their own."""


def guards() -> list[Guard]:
    """Return the rows of guards.toml."""
    rows = tomllib.loads(LIST.read_text())["guard"]
    return [
        Guard(
            row["name"],
            row["seed"],
            tuple(_place(one) for one in (row, *row.get("also", ()))),
            row.get("behind", ""),
            row.get("faults", {}),
        )
        for row in rows
    ]


def _place(row: Mapping[str, Any]) -> Place:
    told = {"instead": row.get("instead", ""), "text": row.get("text", ""), "becomes": row.get("with", "")}
    return Place(row["file"], row.get("function", ""), **told)


def remember(noticed: Mapping[str, int], path: Path = LIST) -> None:
    """Write into guards.toml which seed noticed each guard: the next search begins there."""
    rows = path.read_text().split("[[guard]]")
    for number, row in enumerate(rows):
        name = next((name for name in noticed if f'name = "{name}"\n' in row), None)
        if name is not None:
            rows[number] = re.sub(r"(?m)^seed = \d+$", f"seed = {noticed[name]}", row)
    path.write_text("[[guard]]".join(rows))


def without(place: Place, source: str) -> str:
    """Return the source of the place's file without what stands there.

    Raises:
        GuardError: The function or the line is not there, or is there more than once.
    """
    if place.text:
        if source.count(place.text) != 1:
            raise GuardError(f"{place.file} has the line {source.count(place.text)} times, not once")
        return source.replace(place.text, place.becomes)
    named = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == place.function
    ]
    if len(named) != 1:
        raise GuardError(f"{place.file} has {len(named)} functions {place.function}, not one")
    body, lines = named[0].body, source.splitlines()
    kept, after = lines[: body[0].lineno - 1], lines[body[-1].end_lineno or 0 :]
    indent = " " * body[0].col_offset
    return "\n".join([*kept, f"{indent}{place.instead}", *after, ""])


def copy_without(guard: Guard, folder: Path) -> None:
    """Write the package without the guard, and without what stands behind it, into ``folder``.

    Raises:
        GuardError: The row does not fit the code.
    """
    target = folder / PACKAGE.name
    shutil.copytree(PACKAGE, target, ignore=shutil.ignore_patterns("__pycache__"))
    for place in guard.places:
        file = target / place.file
        file.write_text(without(place, file.read_text()))
