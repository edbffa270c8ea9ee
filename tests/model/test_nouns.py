"""Sizes, prices, keys and services."""

from datetime import timedelta

import pytest

from tests.samples import ARN, NOW, ORDERS, PRICE, a_deployment, a_service, a_task
from tests.tidy.stack import features
from trimtab.model.keys import CLOSED_CHANGE_KEPT, KEPT, WRITERS, change_item, control_key, task_id
from trimtab.model.price import list_price
from trimtab.model.service import service_of_arn
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize, smallest_holding


def test_fargate_sells_77_linux_sizes_in_order():
    assert len(set(FARGATE_LINUX_SIZES)) == 77
    assert list(FARGATE_LINUX_SIZES) == sorted(FARGATE_LINUX_SIZES)


def test_every_size_holds_itself_and_a_need_beyond_the_largest_fits_nowhere():
    assert all(size in smallest_holding(size) for size in FARGATE_LINUX_SIZES)
    assert smallest_holding(TaskSize(32769, 512)) == ()


@pytest.mark.parametrize("price", [PRICE, list_price("ARM64"), list_price("X86_64")])
def test_a_size_that_holds_another_never_costs_less(price):
    for larger in FARGATE_LINUX_SIZES:
        for smaller in FARGATE_LINUX_SIZES:
            if larger.holds(smaller):
                assert price.monthly_usd(larger, 1) >= price.monthly_usd(smaller, 1)


def test_a_price_is_that_of_a_month_of_730_hours():
    # (1 vCPU x 0.04048 + 2 GB x 0.004445) x 730 h x 3 tasks
    assert PRICE.monthly_usd(TaskSize(1024, 2048), 3) == 108.12


def test_an_architecture_has_its_own_price_and_an_unknown_one_that_of_ecs_default():
    assert list_price("ARM64").usd_per_vcpu_hour < list_price("X86_64").usd_per_vcpu_hour
    assert list_price(None) == list_price("RISCV") == list_price("X86_64")
    assert "read 2026-11-22" in list_price(None).basis


def test_keys_begin_with_their_kind():
    assert change_item("abc") == "CHANGE#abc"
    assert control_key("recipe", "7d3c") == "recipe#7d3c"
    assert control_key("switch") == "switch"


def test_a_task_is_named_by_the_last_part_of_its_arn():
    assert task_id(f"{ARN}:task/shop/7d3c") == task_id(f"{ARN}:task/7d3c") == "7d3c"


def test_whatever_a_function_writes_is_cleaned_up_and_what_people_write_stays():
    overwritten = {"share", "price"}  # one item for each rate of ECS and each Region, for ever
    assert {kind for kind, writers in WRITERS.items() if writers} - overwritten == set(KEPT) - {"cleared"}
    assert {writer for writers in WRITERS.values() for writer in writers} <= set(features())
    assert timedelta(days=400) == CLOSED_CHANGE_KEPT
    assert all(timedelta(days=1) <= kept <= timedelta(days=60) for k, kept in KEPT.items() if k != "cleared")
    assert KEPT["cleared"] > CLOSED_CHANGE_KEPT, "else what was cleared would begin to count again"


def test_a_service_arn_names_cluster_and_service():
    assert service_of_arn(ORDERS) == ("shop", "orders")
    assert service_of_arn(f"{ARN}:service/orders") == ("default", "orders")


@pytest.mark.parametrize(
    ("said", "steady"),
    [
        ({}, True),
        ({"running_count": 3}, False),
        ({"pending_count": 1}, False),
        ({"deployments": (a_deployment(rollout_state="IN_PROGRESS"),)}, False),
        ({"deployments": (a_deployment(), a_deployment(id="2", status="ACTIVE"))}, False),
    ],
)
def test_a_service_is_steady_when_all_it_wants_runs_and_nothing_moves(said, steady):
    assert a_service(**said).steady is steady


def test_a_service_that_is_gone_has_no_primary_deployment():
    assert a_service(deployments=()).primary is None
    assert a_service().primary.created_at < NOW


@pytest.mark.parametrize(
    ("group", "service_arn"),
    [
        ("service:orders", ORDERS),
        ("family:orders", None),
        ("orders-of-the-day", None),
        ("service:", None),
        ("", None),
        (None, None),
    ],
)
def test_a_task_names_its_service_by_its_group_and_no_other_group_is_taken_for_one(group, service_arn):
    assert a_task(group=group).service_arn == service_arn
