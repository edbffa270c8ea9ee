"""Seeds that are kept by name: what was broken once stays a test.

The dice fall otherwise with every change of the code, so a number alone soon shows something else. A kept
seed therefore keeps its faults too, and may say which rare states it has to reach.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

from trimtab_cli.simulation.judge import Verdict, commit

KEPT: Final = Path("tests/simulation/seeds.toml")


@dataclass(frozen=True, slots=True)
class Kept:
    """One row of seeds.toml.

    Attributes:
        name: What the seed is about, in words.
        seed: Its number.
        commit: Where it was kept.
        broke: The invariants that it broke there; empty for what was kept for its rarity.
        date: When it was kept.
        faults: The only faults it is lived with, and their rates; empty: those of its own dice.
        reaches: Rare states (``states.py``) that it has to reach, or it is about nothing any more.
    """

    name: str
    seed: int
    commit: str
    broke: str
    date: str
    faults: Mapping[str, float] = field(default_factory=dict)
    reaches: tuple[str, ...] = ()


def kept(path: Path = KEPT) -> list[Kept]:
    """Return the rows of seeds.toml.

    Raises:
        TypeError: A row has a key that no row has.
    """
    rows = tomllib.loads(path.read_text())["seed"]
    return [Kept(**{**row, "reaches": tuple(row.get("reaches", ()))}) for row in rows]


def keep(name: str, verdict: Verdict, date: str, path: Path = KEPT) -> None:
    """Add a seed under a name, with what it broke and the faults it was lived with."""
    faults = verdict.faults
    broke = ", ".join(sorted({line.split(":")[0] for line in verdict.broken}))
    on = {one.name: getattr(faults, one.name) for one in fields(faults) if getattr(faults, one.name)}
    rates = ", ".join(f"{fault} = {rate:.3g}" for fault, rate in on.items())
    texts = {"commit": commit(), "broke": broke, "date": date}
    lines = ["", "[[seed]]", f"name = {json.dumps(name)}", f"seed = {verdict.seed}"]
    lines += [f"{key} = {json.dumps(text)}" for key, text in texts.items()]
    with path.open("a") as file:
        file.write("\n".join([*lines, f"faults = {{{rates}}}", ""]))
