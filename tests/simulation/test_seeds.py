"""Seeds that were broken once, or that reach something rare, by name: tests/simulation/seeds.toml."""

from pathlib import Path

import pytest

from trimtab_cli.simulation.judge import Verdict, judge
from trimtab_cli.simulation.kept import Kept, keep, kept
from trimtab_cli.simulation.run import run
from trimtab_cli.simulation.states import RARE

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("one", kept(), ids=lambda one: one.name)
def test_seed_in_which(one: Kept) -> None:
    verdict = judge(one.seed, one.faults)

    assert verdict.broken == []
    assert [state for state in one.reaches if not verdict.reached[state]] == []


def test_no_two_seeds_have_one_name_and_each_state_is_known() -> None:
    names = [one.name for one in kept()]

    assert len(set(names)) == len(names)
    assert {state for one in kept() for state in one.reaches} <= set(RARE)


def test_a_seed_is_kept_with_what_it_broke_and_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "seeds.toml"
    verdict = Verdict(9, broken=["I6 deploys survive: web-0 runs v1", "I6 deploys survive: web-1 runs v1"])
    verdict.faults = type(verdict.faults)(killed=0.0123, struck=0.5)

    keep('a deploy is "lost"', verdict, "2026-11-22", path)

    (row,) = kept(path)
    assert (row.name, row.seed, row.broke) == ('a deploy is "lost"', 9, "I6 deploys survive")
    assert row.faults == {"killed": 0.0123, "struck": 0.5}
    assert row.date == "2026-11-22"


def test_a_seed_lives_the_same_life_twice() -> None:
    lives = [[(c.at, c.who, c.operation) for c in run(10).record.calls] for _ in range(2)]

    assert lives[0] == lives[1]
