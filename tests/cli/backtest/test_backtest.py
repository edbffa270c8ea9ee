"""`trimtab backtest` as a person runs it, and what its policies do on series that are easy to judge."""

import csv
import json
from itertools import pairwise

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.cli.backtest.folders import MIDNIGHT, series_of, write_folder
from trimtab.model.price import LIST_PRICES
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize
from trimtab_cli.app import app
from trimtab_cli.backtest.compare import ratios
from trimtab_cli.backtest.loop import Cadence, live
from trimtab_cli.backtest.rivals import RULES, Rival
from trimtab_cli.backtest.run import live_all, policies
from trimtab_cli.backtest.starts import over, sizes_of, under

PRICE = LIST_PRICES["X86_64"]


def wave(days, mib=700.0, seed=3):
    """Return a daily wave of CPU with noise, and memory with a peak a day."""
    random = np.random.default_rng(seed)
    hours = np.arange(288 * days) / 12
    vcpu = 0.3 + 0.2 * np.sin(hours * np.pi / 12) + random.uniform(0, 0.05, len(hours))
    memory = mib + 100 * random.uniform(0, 1, len(hours))
    return vcpu, memory


@pytest.fixture
def folder(tmp_path):
    vcpu, memory = wave(8)
    rows = [
        f"a,{MIDNIGHT + 300 * n},{c:.4f},{m:.1f}" for n, (c, m) in enumerate(zip(vcpu, memory, strict=True))
    ]
    return write_folder(tmp_path, rows)


def run(*arguments):
    return CliRunner().invoke(app, ["backtest", "--workers", "1", *map(str, arguments)])


def test_every_policy_is_lived_and_compared(folder, tmp_path):
    told = tmp_path / "told.json"
    result = run("--traces", folder, "--json", told)
    assert result.exit_code == 0, result.output
    (group,) = json.loads(told.read_text())["groups"]
    assert [row["policy"] for row in group["policies"]] == list(policies())
    assert group["series"] == 1 and group["judged_days"] == 5
    for row in group["policies"]:
        assert row["policy"] in result.output
        assert row["cost_to_oracle"] > 0
        assert (row["against"] is None) == (row["policy"] == "KRR+guard")


def test_the_file_of_decisions_has_each_size_and_when_it_began(folder, tmp_path):
    path = tmp_path / "sizes.csv"
    assert run("--traces", folder, "--ours-only", "--profile", "safe", "--decisions", path).exit_code == 0
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert list(rows[0]) == ["series_id", "start", "timestamp", "cpu_units", "memory_mib", "reason"]
    for start in ("over", "under"):
        some = [row for row in rows if row["start"] == start]
        assert some[0]["timestamp"] == str(MIDNIGHT) and some[0]["reason"] == "start"
        assert all(int(a["timestamp"]) < int(b["timestamp"]) for a, b in pairwise(some))
        assert all(TaskSize(int(r["cpu_units"]), int(r["memory_mib"])) in FARGATE_LINUX_SIZES for r in some)
    assert {row["start"] for row in rows} == {"over", "under"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Give --traces"),
        (("--traces", ".", "--cluster", "prod"), "Give --traces"),
        (("--traces", "nowhere"), "meta.csv"),
        (("--traces", ".", "--profile", "bold"), "--profile bold is not one of save, balanced, safe"),
        (("--traces", ".", "--cadence", "never"), "--cadence never is not one of"),
    ],
)
def test_wrong_input_is_said_in_one_line_and_nothing_is_run(arguments, told):
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in result.output and "Nothing was run" in result.output


def test_the_same_series_give_the_same_sizes_in_one_process_and_in_two():
    series = [series_of(*wave(6, seed=n), series_id=f"s{n}") for n in range(5)]
    names = ["balanced", "KRR+guard"]
    one = dict(live_all(series, names, PRICE, Cadence.PRODUCTION, 1))
    two = dict(live_all(series, names, PRICE, Cadence.PRODUCTION, 2))
    assert one == two


def test_every_policy_takes_what_is_far_too_large_down():
    series = series_of(*wave(8))
    for name, make in policies().items():
        sizes = live(series, make(series, PRICE), over(series, PRICE), Cadence.PRODUCTION)
        assert PRICE.daily_usd(sizes[-1].size) < PRICE.daily_usd(sizes[0].size), name


def test_what_learns_from_kills_leaves_a_size_that_is_too_small():
    series = series_of(*wave(8))
    for name, make in policies().items():
        sizes = live(series, make(series, PRICE), under(series), Cadence.PRODUCTION)
        if name not in ("KRR-like", "Compute Optimizer +20 %"):
            assert sizes[-1].size.memory_mib >= 800, name


def test_floors_keep_what_a_kill_has_taught():
    vcpu, memory = [0.1] * (288 * 20), [200.0] * (288 * 20)
    memory[288 * 6] = 900
    series = series_of(vcpu, memory)
    ends = {}
    for name in ("save", "save + floors"):
        ends[name] = live(series, policies()[name](series, PRICE), TaskSize(256, 512), Cadence.EXACT)[-1].size
    assert ends["save + floors"].memory_mib >= 1024 >= ends["save"].memory_mib


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_without_enough_samples_a_rival_says_nothing(rule):
    series = series_of([0.1] * 50 + [float("nan")] * (288 * 2 - 50), None)
    sizes = live(series, Rival(rule, sizes_of(series), PRICE), over(series, PRICE), Cadence.EXACT)
    assert len(sizes) == 1


def test_a_policy_against_itself_is_one_whatever_is_drawn():
    series = [series_of(*wave(8, seed=n), series_id=f"s{n}") for n in range(4)]
    ((_, lives),) = live_all(series, ["balanced"], PRICE, Cadence.EXACT, 1)
    scores = [life.over_score for life in lives]
    cost = ratios(scores, scores)["cost"]
    assert (cost.ratio, cost.low, cost.high) == (1, 1, 1)
