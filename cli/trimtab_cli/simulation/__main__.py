"""``python -m trimtab_cli.simulation --seeds N [--seed S]``: live many seeds and report."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

from trimtab_cli.simulation.faults import Faults
from trimtab_cli.simulation.judge import Verdict, commit, judge
from trimtab_cli.simulation.kept import KEPT, keep
from trimtab_cli.simulation.states import RARE

TRACES_SHOWN = 3


def main() -> int:
    """Live the seeds that were asked for; exit 1 when an invariant was broken."""
    asked = _arguments().parse_args()
    if asked.keep and asked.seed is None:
        _arguments().error("--keep keeps one seed: give it with --seed")
    seeds = [asked.seed] if asked.seed is not None else range(asked.first, asked.first + asked.seeds)
    begin = time.perf_counter()
    verdicts = [_told(verdict) for verdict in _lived(seeds, asked.workers)]
    seconds = time.perf_counter() - begin
    if not asked.quiet:
        _tables(verdicts)
    _summary(verdicts, seconds)
    if asked.keep:
        keep(asked.keep, verdicts[0], time.strftime("%Y-%m-%d"))
        print(f"kept as {asked.keep!r} in {KEPT}")
    return 1 if any(verdict.broken for verdict in verdicts) else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make sim", description=__doc__)
    parser.add_argument("--seeds", type=int, default=300, help="how many")
    parser.add_argument("--seed", type=int, default=None, help="only this one")
    parser.add_argument("--keep", default="", help="keep the one seed as a test, under this name")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--quiet", action="store_true", help="without the tables")
    return parser


def _lived(seeds: Iterable[int], workers: int) -> Iterable[Verdict]:
    if workers == 1:
        yield from map(judge, seeds)
        return
    # Not multiprocessing.Pool: it waits for ever for a process that the machine has killed.
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(judge, seeds, chunksize=4)


def _told(verdict: Verdict) -> Verdict:
    """Say at once which seed is broken: many of them take half an hour."""
    if verdict.broken:
        print(f"seed {verdict.seed} broken: {verdict.broken[0]}", file=sys.stderr, flush=True)
    return verdict


def _tables(verdicts: list[Verdict]) -> None:
    def total(name: str) -> Counter[str]:
        return sum((getattr(verdict, name) for verdict in verdicts), Counter())

    fired, did, reached = total("fired"), total("did"), total("reached")
    _table("faults fired", {name: fired[name] for name in Faults.__slots__})
    _table("the others did", dict(sorted(did.items())))
    _table("Changes ended", dict(sorted(total("ends").items())))
    _table("rare states reached, and per 10,000 seeds", {name: reached[name] for name in RARE}, len(verdicts))
    never = [name for name in RARE if not reached[name]]
    print(f"\nnever reached: {', '.join(never) or 'none'}")


def _table(title: str, rows: dict[str, int], seeds: int = 0) -> None:
    print(f"\n{title}")
    for name, count in rows.items():
        often = f"{10_000 * count / seeds:8,.0f}" if seeds else ""
        print(f"  {count:8,}  {often}  {name}" + ("" if count else "   <- never"))


def _summary(verdicts: list[Verdict], seconds: float) -> None:
    broken = sorted((verdict for verdict in verdicts if verdict.broken), key=lambda v: v.seed)
    calm, calls = sum(verdict.calm for verdict in verdicts), sum(verdict.calls for verdict in verdicts)
    for verdict in broken[:TRACES_SHOWN]:
        print(f"\nseed {verdict.seed} at commit {commit() or 'unknown'}")
        for line in verdict.broken[:8]:
            print(f"  broken: {line}")
        for line in verdict.trace:
            print(f"    {line}")
        print(
            f'  again: make sim SEED={verdict.seed}   as a test: make sim SEED={verdict.seed} KEEP="in words"'
        )
    kinds = Counter(line.split(":")[0] for verdict in broken for line in set(verdict.broken))
    where: dict[str, list[int]] = {}
    for verdict in broken:
        for name in {line.split(":")[0] for line in verdict.broken}:
            where.setdefault(name, []).append(verdict.seed)
    if kinds:
        print("\nbroken invariants")
    for kind, count in kinds.most_common():
        print(f"  {count:6,}  {kind:28} in {len(where[kind])} seeds: {', '.join(map(str, where[kind][:8]))}")
    rate = len(verdicts) / max(seconds, 0.001)
    print(
        f"\n{len(verdicts):,} seeds ({calm} without faults), {calls:,} API calls in {seconds:.0f} s, "
        f"{rate:.1f} seeds a second, commit {commit() or 'unknown'}: {len(broken)} broken"
    )


if __name__ == "__main__":
    sys.exit(main())
