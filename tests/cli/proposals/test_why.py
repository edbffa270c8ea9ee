"""`trimtab why`: the options of one service, the sum that won, and what else a person should know."""

import json
import re

import pytest

from tests.docs.tables import document


def told(run, *words):
    answer = run("why", "--json", *words)
    assert answer.exit_code == 0, answer.stderr
    return json.loads(answer.stdout)


def marked(answer, mark):
    return [(row["cpu_units"], row["memory_mib"]) for row in answer["options"] if mark in row["marks"]]


def test_the_size_that_wins_has_the_cheapest_sum_of_those_that_are_killed_seldom(run, fleet):
    answer = told(run, "prod/orders", "--all")
    (wins,) = [row for row in answer["options"] if "wins" in row["marks"]]
    seldom = [r for r in answer["options"] if r["kill_chance_day"] <= answer["kill_chance_day_max"]]
    assert wins["sum_usd_day"] == min(row["sum_usd_day"] for row in seldom)
    assert (wins["cpu_units"], wins["memory_mib"]) == (
        answer["proposed_cpu_units"], answer["proposed_memory_mib"]
    )  # fmt: skip
    assert marked(answer, "in force") == [(2048, 8192)]


def test_the_sum_is_that_of_its_parts(run, fleet):
    answer = told(run, "prod/orders", "--all")
    for row in answer["options"]:
        lacking = row["usd_day"] * answer["shed_price"] * row["cpu_lacking_ratio"]
        lacking += answer["short_usd"] * row["cpu_short_ratio"]
        kills = answer["oom_usd"] * row["kill_chance_day"]
        assert row["sum_usd_day"] == pytest.approx(row["usd_day"] + lacking + kills, abs=0.01)


def test_without_all_only_what_is_near_is_shown_and_always_what_is_in_force(run, fleet):
    near, every = told(run, "prod/orders"), told(run, "prod/orders", "--all")
    assert len(near["options"]) < len(every["options"])
    assert marked(near, "in force") == [(2048, 8192)] and len(marked(near, "wins")) == 1


def test_where_a_better_size_is_not_worth_a_deployment_both_are_marked(run, fleet):
    answer = told(run, "search")
    assert answer["reason"] == "gains_too_little"
    assert marked(answer, "in force") == [(1024, 4096)]
    assert len(marked(answer, "cheapest sum")) == 1 and marked(answer, "wins") == []


def test_headroom_is_over_the_highest_peak_of_all_days(run, fleet):
    answer = told(run, "search")
    smaller, larger = answer["options"][0], answer["options"][-1]
    peaks = {round(row["memory_mib"] / (1 + row["memory_headroom_ratio"])) for row in (smaller, larger)}
    assert len(peaks) == 1


def test_what_forbids_sizes_is_said(run, fleet):
    said = " ".join(told(run, "java")["forbids"])
    assert "-Xmx gives container app a heap of 2048 MiB" in said
    assert "Bounds of its policy" in said and "Starting up has taken" in said
    assert "Its scaling counts requests" in " ".join(told(run, "asked")["forbids"])


def test_what_is_not_ours_to_change_is_told_with_figures(run, fleet):
    hints = {hint["code"]: hint["usd_month_saved"] for hint in told(run, "tiny")["hints"]}
    assert set(hints) == {"arm64", "spot", "savings_plan", "below_smallest"}
    assert hints["spot"] > hints["arm64"] > 0 and hints["below_smallest"] is None


def test_on_instances_no_money_is_told(run, fleet):
    answer = told(run, "ledger")
    assert all(row["usd_month"] is None and row["sum_usd_day"] is None for row in answer["options"])
    assert answer["hints"] == []


def test_a_page_for_people_says_it_all(run, fleet):
    page = run("why", "prod/orders").stdout
    for part in ("in force", "wins", "Confidence medium", "The sum,", "Limits:", "Not ours to do", "Prices:"):
        assert part in page
    assert "The account is not enrolled in Compute Optimizer." in page


def test_what_is_not_decided_has_its_reason_and_no_options(run, fleet):
    answer = told(run, "legacy")
    assert (answer["reason"], answer["options"], answer["forbids"]) == ("malformed_tag", [], [])
    page = run("why", "legacy").stdout
    assert "aply" in page and "wins" not in page


def test_a_name_in_several_clusters_is_wrong_input(run, fleet):
    answer = run("why", "orders")
    assert answer.exit_code == 2 and "prod/orders, spare/orders" in answer.stderr
    assert told(run, "orders", "--cluster", "spare")["cluster"] == "spare"


def test_a_service_that_is_not_there_is_wrong_input(run, fleet):
    assert run("why", "nope").exit_code == 2


def test_every_key_is_documented(run, fleet):
    documented = set(re.findall(r"`([a-z_]+)`", document("plan.md")))
    answer = told(run, "prod/orders")
    assert answer.keys() | answer["options"][0].keys() | answer["second_opinion"].keys() <= documented
    whole = json.loads(run("plan", "--json").stdout)
    assert whole.keys() | whole["total"].keys() | whole["services"][0].keys() <= documented
