"""`trimtab backtest --cluster`: the account's own usage in the loop, and what is said of it."""

import json

import numpy as np
import pytest

from tests.cli.proposals.test_plan import deny
from trimtab import wiring
from trimtab_cli.backtest.account import CUT_OFF, read_account

WORDS = ("backtest", "--workers", "1", "--ours-only")
LIVED = ("asked", "java", "legacy", "orders", "quiet", "search", "tiny")


def read(cluster="prod", service="", days=42):
    left_out = []
    series, _ = read_account(wiring.laptop(print), [cluster], service, days, left_out.append)
    return {one.series_id: one for one in series}, left_out


def test_usage_is_in_the_units_of_the_size_that_was_in_force(fleet):
    (orders,) = read(service="prod/orders")[0].values()
    assert orders.days >= 8
    assert 0.35 < np.nanmax(orders.vcpu) < 0.6  # 1,200 CPU units of four tasks, and 1.4 of it at the peak
    assert 1700 < np.nanmax(orders.memory_mib) < 2100


def test_days_limit_what_is_read(fleet):
    (orders,) = read(service="prod/orders", days=6)[0].values()
    assert orders.days == 6


def test_what_cannot_be_lived_is_left_out_and_said(fleet):
    series, left_out = read()
    assert set(series) == {f"prod/{name}" for name in LIVED}
    told = {line.partition(" ")[0]: line for line in left_out}
    assert set(told) == {"prod/asleep", "prod/ledger", "prod/young"}
    assert "Fargate on Linux" in told["prod/ledger"] and "5 are needed" in told["prod/asleep"]


def test_the_tables_say_that_the_usage_was_cut_off(run, fleet, tmp_path):
    path = tmp_path / "told.json"
    answer = run(*WORDS, "--service", "prod/orders", "--json", path)
    assert answer.exit_code == 0, answer.stderr
    assert CUT_OFF in answer.stdout
    told = json.loads(path.read_text("utf-8"))
    assert told["usage_cut_off"] is True and told["price_basis"].startswith("eu-west-1 Price List")
    (group,) = told["groups"]
    assert group["series"] == 1
    assert "balanced" in {row["policy"] for row in group["policies"]}


def test_with_nothing_to_live_the_answer_is_no(run, fleet):
    answer = run(*WORDS, "--service", "asleep")
    assert answer.exit_code == 1 and "Nothing was run" in answer.stderr


@pytest.mark.parametrize("words", [("--service", "nope"), ("--cluster", "nope")])
def test_what_is_not_there_is_wrong_input(run, fleet, words):
    assert run(*WORDS, *words).exit_code == 2


def test_what_aws_refuses_is_exit_code_three(run, fleet, monkeypatch):
    deny(fleet, monkeypatch, "cloudwatch")
    assert run(*WORDS, "--cluster", "prod").exit_code == 3
