"""Families of standalone tasks in `trimtab plan` and `trimtab why`: those that a policy file declares."""

import csv
import json
import re

import pytest

from tests.docs.tables import document


@pytest.fixture
def declares(tmp_path):
    """Return a policy file that declares these families."""

    def write(*families):
        policy = tmp_path / "policy.yaml"
        entries = "".join(f"  - family: {family}\n" for family in families)
        policy.write_text(f"standalone:\n{entries}", "utf-8")
        return policy

    return write


def told(answer):
    assert answer.exit_code == 0, answer.stderr
    return json.loads(answer.stdout)


def test_a_declared_family_is_told_beside_the_services_and_is_in_no_sum(run, fleet, declares):
    without = told(run("plan", "--json"))
    plan = told(run("plan", "--json", "--policy", declares("nightly")))

    (family,) = plan["families"]
    assert (family["cluster"], family["family"], family["service"]) == ("prod", "nightly", None)
    assert (family["answer"], family["reason"], family["days"]) == ("resize", "too_large", 8)
    assert family["proposed_memory_mib"] < family["memory_mib"] == 8192
    assert without["families"] == [] and plan["total"] == without["total"]


def test_its_cost_is_that_of_one_task_for_as_long_as_it_ran(run, fleet, declares):
    (family,) = told(run("plan", "--json", "--policy", declares("nightly")))["families"]

    # an hour of 24, at eu-west-1's 0.04048 USD a vCPU hour and 0.004445 USD a GB hour in the laboratory
    assert family["usd_month"] == pytest.approx(730 / 24 * (0.04048 + 8 * 0.004445), rel=0.2)
    assert family["usd_month_saved"] > 0


def test_the_table_and_the_csv_show_it_as_a_family(run, fleet, declares):
    policy = declares("nightly")

    table = run("plan", "--policy", policy).stdout
    (row,) = [
        row
        for row in csv.DictReader(run("plan", "--format", "csv", "--policy", policy).stdout.splitlines())
        if row["family"]
    ]

    assert "prod/nightly (family)" in table
    assert "1 family of standalone tasks, 1 with another size" in table
    assert (row["service"], row["family"], row["tasks"]) == ("", "nightly", "")


def test_a_family_that_nothing_is_measured_of_says_what_to_turn_on(run, fleet, declares):
    (family,) = told(run("plan", "--json", "--policy", declares("weekly-*")))["families"]

    assert (family["family"], family["reason"], family["memory_mib"]) == (
        "weekly-*",
        "family_not_measured",
        None,
    )
    assert "containerInsights" in family["sentence"]


def test_a_family_that_a_service_runs_is_not_told_apart(run, fleet, declares):
    plan = told(run("plan", "--json", "--policy", declares("prod-orders")))

    assert [one["reason"] for one in plan["families"]] == ["family_of_service"]


def test_why_shows_the_sum_of_a_day_on_which_it_runs(run, fleet, declares):
    policy = declares("nightly")

    answer = told(run("why", "nightly", "--json", "--policy", policy))
    page = run("why", "prod/nightly", "--policy", policy).stdout

    (wins,) = [row for row in answer["options"] if "wins" in row["marks"]]
    assert (wins["cpu_units"], wins["memory_mib"]) == (
        answer["proposed_cpu_units"], answer["proposed_memory_mib"],
    )  # fmt: skip
    hour = wins["cpu_units"] / 1024 * 0.04048 + wins["memory_mib"] / 1024 * 0.004445
    assert wins["usd_day"] == pytest.approx(hour, rel=0.3)
    assert "prod/nightly: standalone tasks of 1024 CPU units / 8192 MiB, only proposed" in page
    assert "Compute Optimizer does not judge" in page and "hours on each of 8 days" in page


def test_a_family_is_asked_for_by_name_where_no_service_has_it(run, fleet, declares):
    policy = declares("nightly")

    assert told(run("plan", "--json", "--service", "nightly", "--policy", policy))["services"] == []
    assert run("why", "nightly").exit_code == 2
    assert run("plan", "--service", "nope", "--policy", policy).exit_code == 2
    elsewhere = told(run("plan", "--json", "--service", "spare/nightly", "--policy", policy))["families"]
    assert [one["reason"] for one in elsewhere] == ["family_not_measured"]


def test_the_keys_are_documented(run, fleet, declares):
    documented = set(re.findall(r"`([a-z_]+)`", document("plan.md")))
    plan = told(run("plan", "--json", "--policy", declares("nightly")))

    assert plan.keys() | plan["families"][0].keys() <= documented
