"""Living one seed and judging it: what was broken, what fired, what was reached."""

import gc
import subprocess
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from trimtab_cli.simulation.checkers import CHECKERS
from trimtab_cli.simulation.faults import Faults
from trimtab_cli.simulation.run import run
from trimtab_cli.simulation.states import endings, reached
from trimtab_cli.simulation.trace import trace
from trimtab_cli.simulation.trial import Trial


@dataclass(slots=True)
class Verdict:
    """What became of one seed."""

    seed: int
    broken: list[str] = field(default_factory=list)
    fired: Counter[str] = field(default_factory=Counter)
    did: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)
    calls: int = 0
    seconds: float = 0.0
    faults: Faults = field(default_factory=Faults)

    @property
    def calm(self) -> bool:
        """Whether nothing could go wrong in it."""
        return not self.faults.any


def judge(seed: int, forced: Mapping[str, float] = MappingProxyType({})) -> Verdict:
    """Live one seed; never raises: a trial that fails is broken too."""
    gc.disable()  # swept by hand, between seeds
    begin = time.perf_counter()
    verdict = Verdict(seed)
    try:
        trial = run(seed, forced)
        verdict.broken = [f"{name}: {what}" for name, check in CHECKERS.items() for what in check(trial)]
    except Exception:
        verdict.broken = [f"trial: {traceback.format_exc(limit=-5)}"]
        return verdict
    verdict.fired, verdict.did = trial.dice.fired, trial.actors.did
    verdict.reached, verdict.ends = reached(trial), endings(trial)
    verdict.calls, verdict.faults = len(trial.record.calls), trial.faults
    if verdict.broken:
        verdict.trace = trace(trial)
    _let_go(trial)
    del trial
    gc.collect()
    gc.freeze()  # no later sweep looks again at what stays, the SDK's models above all: half its time
    verdict.seconds = time.perf_counter() - begin
    return verdict


def _let_go(trial: Trial) -> None:
    """Empty what holds most: what then goes by itself takes a third of the time of what must be swept."""
    lab, record = trial.lab, trial.record
    for kept in (record.calls, record.writes, trial.ledger.steps, trial.notebook.lines):
        kept.clear()
    tables = lab.dynamodb.tables.values()
    for whole in (trial.ledger, lab.usage, lab.cloudwatch.metrics, lab.ecs.world, lab.bus, *tables):
        vars(whole).clear()


@cache
def commit() -> str:
    """Return the commit that runs, with a plus where files have changed since; empty outside git."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"],  # noqa: S607 - whichever git is there
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return ""
    return found.stdout.strip()
