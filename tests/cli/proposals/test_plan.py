"""`trimtab plan` on a fleet of the laboratory: what it says, in which form, and what it says of bad input."""

import csv
import json
import re

import boto3
import pytest

from tests.docs.tables import document
from tests.tidy.stack import ROOT
from trimtab import wiring
from trimtab_cli.proposals.rows import COLUMNS

GOLDEN = ROOT / "tests/golden/plan"
READS = ("Describe", "List", "Get")


def rows_of(answer):
    return {f"{row['cluster']}/{row['service']}": row for row in json.loads(answer.stdout)["services"]}


@pytest.mark.parametrize(
    ("form", "name"), [("table", "table.txt"), ("markdown", "plan.md"), ("csv", "plan.csv")]
)
def test_the_same_fleet_has_the_same_plan_as_before(run, fleet, request, form, name):
    answer = run("plan", "--format", form)
    assert answer.exit_code == 0 and answer.stderr == ""
    golden = GOLDEN / name
    if request.config.getoption("--write-golden"):
        golden.write_text(answer.stdout, "utf-8")
    assert golden.read_text("utf-8") == answer.stdout


def test_a_plan_only_reads(run, fleet):
    fleet.lab.keep_calls, fleet.lab.calls = True, []
    try:
        assert run("plan").exit_code == 0
        calls = {(call.service, call.operation) for call in fleet.lab.calls}
    finally:
        fleet.lab.keep_calls = False
    assert ("cloudwatch", "GetMetricData") in calls
    assert all(operation.startswith(READS) for _, operation in calls)
    documented = set(re.findall(r"`([a-z-]+):([A-Za-z]+)`", document("plan.md")))
    assert calls <= documented
    assert {service for service, _ in calls} == {
        "ecs", "cloudwatch", "application-autoscaling", "pricing", "compute-optimizer"
    }  # fmt: skip


def test_every_service_has_a_row_that_says_why(run, fleet):
    rows = rows_of(run("plan", "--json"))
    told = {name: (row["answer"], row["reason"]) for name, row in rows.items()}
    assert told == {
        "prod/asked": ("resize", "scaled_by_requests"),
        "prod/asleep": ("keep", "too_little_data"),
        "prod/java": ("resize", "too_large"),
        "prod/ledger": ("resize", "ec2"),
        "prod/legacy": ("keep", "malformed_tag"),
        "prod/orders": ("resize", "too_large"),
        "prod/quiet": ("resize", "too_large"),
        "prod/search": ("keep", "gains_too_little"),
        "prod/tiny": ("keep", "gains_too_little"),
        "prod/young": ("keep", "too_little_data"),
        "spare/orders": ("resize", "too_large"),
    }
    assert rows["prod/quiet"]["mode"] == "off"
    assert "aply" in rows["prod/legacy"]["sentence"]
    assert rows["prod/java"]["proposed_memory_mib"] == 3072 and "-Xmx" in rows["prod/java"]["sentence"]
    assert rows["prod/ledger"]["usd_month"] is None and "fit" in rows["prod/ledger"]["sentence"]
    assert rows["prod/asleep"]["usd_month"] == 0
    assert "younger than a day" in rows["prod/young"]["sentence"]


def test_how_far_a_size_could_go_is_told_whatever_the_mode(run, fleet):
    rows = rows_of(run("plan", "--json"))
    assert {name: row["mode_at_most"] for name, row in rows.items() if row["answer"] == "resize"} == {
        "prod/asked": "observe",
        "prod/java": "approve",
        "prod/ledger": "observe",
        "prod/orders": "approve",
        "prod/quiet": "approve",
        "spare/orders": "approve",
    }
    assert {row["mode_at_most"] for row in rows.values() if row["answer"] == "keep"} == {None}
    assert "4 of them would wait for a person even in mode apply" in run("plan").stdout
    assert "In mode apply: a person approves it" in run("why", "prod/orders").stdout


def test_the_total_is_the_sum_of_what_has_a_price(run, fleet):
    told = json.loads(run("plan", "--json").stdout)
    total, priced = told["total"], [row for row in told["services"] if row["usd_month"] is not None]
    assert (total["services"], total["unpriced"]) == (11, 1)
    assert total["usd_month"] == pytest.approx(sum(row["usd_month"] for row in priced))
    assert total["usd_month_saved"] == pytest.approx(sum(row["usd_month_saved"] for row in priced))


def test_the_csv_has_the_documented_columns_and_empty_cells_for_what_is_not_known(run, fleet):
    rows = list(csv.DictReader(run("plan", "--format", "csv").stdout.splitlines()))
    assert tuple(rows[0]) == COLUMNS
    (ledger,) = [row for row in rows if row["service"] == "ledger"]
    assert (ledger["usd_month"], ledger["price_basis"]) == ("", "")


def test_one_service_of_one_cluster_can_be_asked_for(run, fleet):
    assert set(rows_of(run("plan", "--json", "--service", "orders"))) == {"prod/orders", "spare/orders"}
    assert set(rows_of(run("plan", "--json", "--service", "spare/orders"))) == {"spare/orders"}
    assert set(rows_of(run("plan", "--json", "--cluster", "spare"))) == {"spare/orders"}


def test_bounds_and_profiles_of_a_policy_file_hold(run, fleet, tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "services:\n  - service: orders\n    mode: 'off'\n"
        "    smallest: {cpu_units: 1024, memory_mib: 4096}\n",
        "utf-8",
    )
    rows = rows_of(run("plan", "--json", "--service", "orders", "--policy", policy))
    orders = rows["prod/orders"]
    assert (orders["proposed_cpu_units"], orders["proposed_memory_mib"]) == (1024, 4096)


def test_a_policy_that_is_none_ends_it_with_the_line(run, fleet, tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text("services:\n  - sizes: none\n", "utf-8")
    answer = run("plan", "--policy", policy)
    assert answer.exit_code == 2 and answer.stdout == ""
    assert f"{policy}:2: services[0].sizes: is no setting here" in answer.stderr


def test_prices_that_cannot_be_read_are_said_to_be_those_of_another_region(run, fleet, monkeypatch):
    deny(fleet, monkeypatch, "pricing")
    answer = run("plan", "--service", "search")
    assert answer.exit_code == 0
    assert "us-east-1 list price, read 2026-11-22" in answer.stdout
    assert "Those of eu-west-1 could not be read" in answer.stdout
    assert "the Price List cannot be read" in answer.stderr


def test_compute_optimizers_opinion_stands_beside_ours(run, fleet):
    optimizer = fleet.lab.compute_optimizer
    services = fleet.call("DescribeServices", cluster="prod", services=["orders", "search"])["services"]
    arns = {one["serviceName"]: one["serviceArn"] for one in services}
    optimizer.recommend(arns["orders"], 1024, 4096, "Overprovisioned")
    optimizer.recommend(arns["search"], 1024, 4096, "Optimized")
    try:
        rows = rows_of(run("plan", "--json"))
        table = run("plan").stdout
    finally:
        optimizer.enrolled = False
        optimizer.recommendations.clear()
    told = {name: row["second_opinion"]["agrees"] for name, row in rows.items()}
    assert (told["prod/orders"], told["prod/search"], told["prod/tiny"]) == (False, True, None)
    assert rows["prod/orders"]["second_opinion"]["cpu_units"] == 1024
    assert "agrees on 1 and differs on 1" in table


def test_compute_optimizer_that_may_not_be_asked_spoils_nothing(run, fleet, monkeypatch):
    deny(fleet, monkeypatch, "compute-optimizer")
    answer = run("plan", "--json", "--service", "search")
    assert answer.exit_code == 0
    assert "cannot be asked" in rows_of(answer)["prod/search"]["second_opinion"]["sentence"]


@pytest.mark.parametrize("service", ["ecs", "cloudwatch", "application-autoscaling"])
def test_what_aws_refuses_is_one_line_and_exit_code_three(run, fleet, monkeypatch, service):
    deny(fleet, monkeypatch, service)
    answer = run("plan")
    assert answer.exit_code == 3 and answer.stdout == ""
    assert "AccessDenied" in answer.stderr and len(answer.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--service", "nope"), "no service nope"),
        (("--cluster", "nope"), "no cluster nope"),
        (("--service", "prod/orders", "--cluster", "spare"), "is in none of the clusters"),
    ],
)
def test_what_is_not_there_is_wrong_input(run, fleet, words, told):
    answer = run("plan", *words)
    assert answer.exit_code == 2 and answer.stdout == ""
    assert told in " ".join(answer.stderr.split())


def test_without_a_region_it_says_how_to_set_one(run, monkeypatch):
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    answer = run("plan")
    assert answer.exit_code == 2 and "Set AWS_DEFAULT_REGION" in answer.stderr


def test_a_region_that_is_set_to_nothing_is_wrong_input(run, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    monkeypatch.setenv("AWS_REGION", "")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    answer = run("plan")
    assert answer.exit_code == 2 and "Set AWS_DEFAULT_REGION" in answer.stderr


def test_a_cluster_without_services_is_no_fault(run, fleet):
    fleet.call("CreateCluster", clusterName="empty")
    assert run("plan", "--cluster", "empty").stdout.startswith("No services.")


def test_a_service_without_metrics_is_kept_with_the_reason(run, fleet, monkeypatch):
    answered = fleet.lab.call

    def call(service, operation, request):
        answer = answered(service, operation, request)
        if operation == "GetMetricData":
            for row in answer["MetricDataResults"]:
                row["Timestamps"], row["Values"] = [], []
        return answer

    monkeypatch.setattr(fleet.lab, "call", call)
    row = rows_of(run("plan", "--json", "--service", "prod/orders"))["prod/orders"]
    assert (row["answer"], row["reason"], row["confidence"], row["days"]) == (
        "keep", "too_little_data", "low", 0
    )  # fmt: skip


def test_a_text_that_a_spreadsheet_would_compute_is_quoted(run, fleet, monkeypatch):
    from trimtab_cli.proposals.show import _safe

    assert _safe("=1+1") == "'=1+1" and _safe("orders") == "orders"


def test_the_wiring_of_a_laptop_writes_no_table_and_no_parameter():
    made = wiring.laptop(print)
    assert made.region == "eu-west-1"
    assert made.prices._table is None


def deny(fleet, monkeypatch, denied):
    from trimtab_lab.api_error import ApiError

    answered = fleet.lab.call

    def call(service, operation, request):
        if service == denied:
            raise ApiError("AccessDeniedException", f"not allowed to {service}:{operation}")
        return answered(service, operation, request)

    monkeypatch.setattr(fleet.lab, "call", call)
