"""``python -m trimtab_cli.simulation --seeds N [--seed S]``: live many seeds and report."""

import argparse
import sys
import time
import traceback
from collections import Counter
from multiprocessing import Pool

from trimtab_cli.simulation.checkers import CHECKERS
from trimtab_cli.simulation.trial import run


def judge(seed: int) -> tuple[int, list[str], Counter[str], Counter[str], Counter[str], float]:
    """Live one seed; return what was broken, which faults fired, which states were reached, and seconds."""
    begin = time.perf_counter()
    try:
        trial = run(seed)
    except Exception:
        return (
            seed,
            [f"the trial itself failed: {traceback.format_exc(limit=-4)}"],
            Counter(),
            Counter(),
            Counter(),
            0.0,
        )
    broken = [f"{name}: {what}" for name, check in CHECKERS.items() for what in check(trial)]
    reached = Counter(f"{c['kind']} {c['state']}" for c in trial.changes)
    reached.update({f"outcome {c['outcome']}": 1 for c in trial.changes if c["outcome"]})
    reached["dead letter"] = len(trial.lambdas.dead_letters)
    reached["takeover"] = int(trial.notebook.metrics.get("Takeovers", 0))
    if not trial.faults.any:
        broken += [f"fault-free: {name} failed: {why}" for name, why in trial.lambdas.errors]
    return seed, broken, trial.dice.fired, reached, trial.actors.did, time.perf_counter() - begin


def main() -> int:
    """Live the seeds that were asked for; exit 1 when an invariant was broken."""
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=None, help="only this one")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    seeds = [asked.seed] if asked.seed is not None else range(asked.first, asked.first + asked.seeds)
    fired: Counter[str] = Counter()
    reached: Counter[str] = Counter()
    did: Counter[str] = Counter()
    failures: dict[int, list[str]] = {}
    begin = time.perf_counter()
    with Pool(asked.workers) as pool:
        for seed, broken, its_fired, its_reached, its_did, _ in pool.imap_unordered(
            judge, seeds, chunksize=4
        ):
            fired += its_fired
            reached += its_reached
            did += its_did
            if broken:
                failures[seed] = broken
    seconds = time.perf_counter() - begin
    for title, table in (("faults fired", fired), ("the others did", did), ("reached", reached)):
        print(f"\n{title}")
        for name, count in sorted(table.items()):
            print(f"  {count:8,}  {name}")
    print(
        f"\n{len(seeds)} seeds in {seconds:.0f} s, {len(seeds) / seconds:.2f} a second; "
        f"{len(failures)} broken"
    )
    kinds = Counter(line.split(":")[0] for broken in failures.values() for line in broken)
    for kind, count in kinds.most_common():
        print(f"  {count:6,}  {kind}")
    for seed, broken in sorted(failures.items())[:12]:
        print(f"seed {seed}")
        for line in broken[:6]:
            print(f"    {line}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
