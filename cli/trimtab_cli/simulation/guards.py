"""``make sim-guards``: take each guard away alone and live seeds until one notices; write docs/guards.md.

A guard that can be taken away unnoticed is a defect of the simulation, or no guard.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final

from trimtab_cli.simulation.judge import commit, judge
from trimtab_cli.simulation.mutants import Guard, GuardError, copy_without, guards, remember

ONE_AT_A_TIME: Final = Lock()
TABLE: Final = Path("docs/guards.md")
HEADER: Final = """# Guards, each taken away once

`make sim-guards` takes every guard and every line that bears an invariant away, one at a time, in a copy of
the package, and lives seeds of the [simulation](simulation.md) until one of them breaks an invariant that no
seed breaks with every guard in place. A guard that nobody misses is marked: either the simulation cannot see
what it is for, or another guard stands behind it. Where another one covers it always, the two are taken away
together, and the row says who covers it alone. The list is `cli/trimtab_cli/simulation/guards.toml`; a row
takes a name, a file, and what becomes of a function or a line, with further places under `also`.

"""


@dataclass(frozen=True, slots=True)
class Finding:
    """Which seed noticed, by which invariant, after how many seeds; no seed when nobody did."""

    guard: Guard
    seed: int | None
    noticed: str
    lived: int


def main() -> int:
    """Take the guards away that were asked for; exit 1 when one can be missed."""
    parser = argparse.ArgumentParser(prog="make sim-guards", description=__doc__)
    parser.add_argument("--seeds", type=int, default=300, help="how many at most for each guard")
    parser.add_argument("--workers", type=int, default=2, help="guards at a time")
    parser.add_argument("--only", default="", help="only guards whose name contains this")
    parser.add_argument("--live", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.live:
        return _live(**json.loads(asked.live))
    chosen = [guard for guard in guards() if asked.only in guard.name]
    with ThreadPoolExecutor(asked.workers) as pool:
        found = list(pool.map(lambda guard: _take_away(guard, asked.seeds), chosen))
    remember({one.guard.name: one.seed for one in found if one.seed is not None})
    if not asked.only:
        TABLE.write_text(HEADER + _table(found, asked.seeds))
    missed = [one.guard.name for one in found if one.seed is None]
    print(f"{len(found) - len(missed)} of {len(found)} guards are missed when they are gone")
    for name in missed:
        print(f"  nobody missed: {name}")
    return 1 if missed else 0


def _live(first: int, seeds: int, unsound: list[str], faults: dict[str, float]) -> int:
    """Live seeds in this process, the hinted one first, until one is broken; say so as JSON."""
    lived = 0
    for seed in (first, *(seed for seed in range(seeds) if seed != first)):
        lived += 1
        broken = [line for line in judge(seed, faults).broken if line.split(":")[0] not in unsound]
        if broken:
            print(json.dumps({"seed": seed, "broken": broken[0], "lived": lived}))
            return 0
    print(json.dumps({"seed": None, "broken": "", "lived": lived}))
    return 0


def _take_away(guard: Guard, seeds: int) -> Finding:
    unsound: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            copy_without(guard, Path(folder))
        except GuardError as fault:
            return _told(Finding(guard, None, str(fault), 0))
        while True:
            told = _lived_without(guard, seeds, unsound, folder)
            if isinstance(told, Finding):
                return _told(told)
            name = told["broken"].split(":")[0]
            if told["seed"] is None or name not in _broken_as_it_stands(told["seed"], guard):
                return _told(Finding(guard, told["seed"], told["broken"], told["lived"]))
            unsound.append(name)


def _lived_without(guard: Guard, seeds: int, unsound: list[str], folder: str) -> Finding | dict[str, Any]:
    """Live seeds in a process that finds the package without the guard first."""
    asked = {"first": guard.seed, "seeds": seeds, "unsound": unsound, "faults": dict(guard.faults)}
    path = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH", ""))))
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-m", "trimtab_cli.simulation.guards", "--live", json.dumps(asked)],
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        return Finding(guard, None, f"it does not even start: {done.stderr[-200:]}", 0)
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def _broken_as_it_stands(seed: int, guard: Guard) -> set[str]:
    """Return the invariants that a seed breaks with every guard in place: they notice nothing."""
    with ONE_AT_A_TIME:
        return {line.split(":")[0] for line in judge(seed, guard.faults).broken}


def _told(one: Finding) -> Finding:
    seen = (
        f"seed {one.seed}: {one.noticed[:100]}" if one.seed is not None else f"NOBODY NOTICED {one.noticed}"
    )
    print(f"{one.guard.name:52} {seen} ({one.lived} lived)", flush=True)
    return one


def _table(found: list[Finding], seeds: int) -> str:
    missed = sum(one.seed is None for one in found)
    rows = [
        f"| {one.guard.name} | `{one.guard.places[0].file}` | {_noticed(one)} | {_seed(one)} | {one.lived} |"
        for one in found
    ]
    return "\n".join([
        f"{len(found) - missed} of {len(found)} were missed within {seeds} seeds, at commit {commit()}.",
        "",
        "| guard | file | noticed by | seed | seeds lived |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ])  # fmt: skip


def _seed(one: Finding) -> str:
    return "" if one.seed is None else str(one.seed)


def _noticed(one: Finding) -> str:
    if one.seed is not None:
        by = one.noticed.split(":")[0]
        return by if len(one.guard.places) == 1 else f"alone: covered by {one.guard.behind}; together: {by}"
    return f"**nobody**: {one.guard.behind}" if one.guard.behind else "**nobody**"


if __name__ == "__main__":
    sys.exit(main())
