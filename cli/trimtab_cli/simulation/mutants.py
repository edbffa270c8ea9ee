"""Taking one guard away: a copy of the package in which a single function or line says something else."""

import ast
import re
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import trimtab

LIST: Final = Path(__file__).with_name("guards.toml")
PACKAGE: Final = Path(trimtab.__file__).parent


class GuardError(Exception):
    """A row of guards.toml does not fit the code any more; the text says which."""


@dataclass(frozen=True, slots=True)
class Guard:
    """One row of guards.toml: what is taken away, and which seed noticed last time."""

    name: str
    file: str
    seed: int
    function: str = ""
    instead: str = ""
    text: str = ""
    becomes: str = ""
    behind: str = ""
    """What else stands behind it, where nobody misses it."""
    faults: Mapping[str, float] = field(default_factory=dict)
    """The only faults its seeds are lived with, where it is missed in rare moments; empty: their own."""

    @property
    def where(self) -> str:
        """The place in the code, for people."""
        return f"{self.file}, {self.function}" if self.function else f"{self.file}, a line"


def guards() -> list[Guard]:
    """Return the rows of guards.toml."""
    rows = tomllib.loads(LIST.read_text())["guard"]
    return [
        Guard(
            row["name"], row["file"], row["seed"],
            row.get("function", ""), row.get("instead", ""), row.get("text", ""), row.get("with", ""),
            row.get("behind", ""), row.get("faults", {}),
        )
        for row in rows
    ]  # fmt: skip


def remember(noticed: Mapping[str, int], path: Path = LIST) -> None:
    """Write into guards.toml which seed noticed each guard: the next search begins there."""
    rows = path.read_text().split("[[guard]]")
    for number, row in enumerate(rows):
        name = next((name for name in noticed if f'name = "{name}"\n' in row), None)
        if name is not None:
            rows[number] = re.sub(r"(?m)^seed = \d+$", f"seed = {noticed[name]}", row)
    path.write_text("[[guard]]".join(rows))


def without(guard: Guard, source: str) -> str:
    """Return the source of the guard's file without the guard.

    Raises:
        GuardError: The function or the line is not there, or is there more than once.
    """
    if guard.text:
        if source.count(guard.text) != 1:
            raise GuardError(
                f"{guard.name}: {guard.file} has the line {source.count(guard.text)} times, not once"
            )
        return source.replace(guard.text, guard.becomes)
    named = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == guard.function
    ]
    if len(named) != 1:
        raise GuardError(f"{guard.name}: {guard.file} has {len(named)} functions {guard.function}, not one")
    body, lines = named[0].body, source.splitlines()
    kept, after = lines[: body[0].lineno - 1], lines[body[-1].end_lineno or 0 :]
    indent = " " * body[0].col_offset
    return "\n".join([*kept, f"{indent}{guard.instead}", *after, ""])


def copy_without(guard: Guard, folder: Path) -> None:
    """Write the package without the guard into ``folder``.

    Raises:
        GuardError: The row does not fit the code.
    """
    changed = without(guard, (PACKAGE / guard.file).read_text())
    target = folder / PACKAGE.name
    shutil.copytree(PACKAGE, target, ignore=shutil.ignore_patterns("__pycache__"))
    (target / guard.file).write_text(changed)
