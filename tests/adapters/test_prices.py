"""Prices from the Price List, kept in the Control table, and what is told where nothing is known."""

import json
from datetime import UTC, date, datetime, timedelta

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from tests.adapters.stores import create_table
from trimtab.adapters.price_list import PriceList, endpoint_region
from trimtab.adapters.prices import KeptPrices
from trimtab.model.price import LIST_PRICES
from trimtab.model.price_book import SHIPPED, PriceBook
from trimtab.model.task_definition import TaskDefinition

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
ROWS = {
    "EUW1-Fargate-vCPU-Hours:perCPU": "0.04656",
    "EUW1-Fargate-GB-Hours": "0.00511",
    "EUW1-Fargate-ARM-vCPU-Hours:perCPU": "0.03725",
    "EUW1-Fargate-ARM-GB-Hours": "0.00409",
    "EUW1-Fargate-Windows-vCPU-Hours:perCPU": "0.10541",
    "EUW1-Fargate-Windows-GB-Hours": "0.01158",
    "EUW1-Fargate-Windows-OS-Hours:perCPU": "0.046",
    "EUW1-SpotUsage-Fargate-vCPU-Hours:perCPU": "0.0139",
    "EUW1-SpotUsage-Fargate-GB-Hours": "0.0015",
    "EUW1-Fargate-EphemeralStorage-GB-Hours": "0.000122",
    "EUW1-ECS-Managed-Instances:m7i.large-management-hours": "0.012",
}


def row(usage_type, usd, currency="USD"):
    dimension = {"pricePerUnit": {currency: usd}}
    return json.dumps(
        {
            "product": {"attributes": {"usagetype": usage_type}},
            "terms": {"OnDemand": {"a": {"priceDimensions": {"b": dimension}}}},
        }
    )


def price_list(*pages, region="eu-west-1", error=None):
    """Return a Price List that answers with these pages of rows."""
    client = boto3.client("pricing", region_name="us-east-1")
    stub = Stubber(client)
    filters = [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": region}]
    for number, rows in enumerate(pages):
        asked = {"ServiceCode": "AmazonECS", "Filters": filters}
        if number:
            asked["NextToken"] = str(number)
        more = {"NextToken": str(number + 1)} if number + 1 < len(pages) else {}
        stub.add_response("get_products", {"PriceList": rows, **more}, asked)
    if error:
        stub.add_client_error("get_products", error)
    stub.activate()
    return PriceList(client, region)


@pytest.fixture
def table():
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        create_table(dynamodb, "ControlTable", "control")
        yield dynamodb, "control"


def full():
    rows = [row(*one) for one in ROWS.items()]
    return price_list(rows[:4], rows[4:])


def test_a_region_has_its_own_prices_with_their_date():
    book = full().read(NOW.date())
    assert book is not None
    linux = book.fargate["X86_64"]
    assert (linux.usd_per_vcpu_hour, linux.usd_per_gb_hour) == (0.04656, 0.00511)
    assert linux.basis == "eu-west-1 Price List, read 2026-11-23"
    assert book.fargate["ARM64"].usd_per_vcpu_hour == 0.03725
    assert book.fargate["WINDOWS"].usd_per_vcpu_hour == pytest.approx(0.10541 + 0.046)
    assert book.spot["X86_64"].usd_per_gb_hour == 0.0015


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [row("EUW1-Fargate-vCPU-Hours:perCPU", "0.04")],
        [row("Fargate-vCPU-Hours:perCPU", "nan"), row("Fargate-GB-Hours", "0.004")],
        [row("Fargate-vCPU-Hours:perCPU", "0.04", "CNY"), row("Fargate-GB-Hours", "0.004", "CNY")],
        [json.dumps({}), json.dumps({"product": {}, "terms": {"OnDemand": {}}})],
    ],
    ids=["nothing", "half", "no number", "another currency", "empty rows"],
)
def test_an_answer_without_linux_is_no_price_book(rows):
    assert price_list(rows).read(NOW.date()) is None


def test_each_partition_has_its_endpoint():
    assert endpoint_region("eu-west-1") == "us-east-1"
    assert endpoint_region("cn-north-1") == "cn-northwest-1"
    assert endpoint_region("us-gov-west-1") is None


def test_prices_are_kept_and_not_asked_for_again_within_a_week(table):
    told = []
    prices = KeptPrices(full(), "eu-west-1", told.append, table)
    assert prices.fargate() == SHIPPED
    book = prices.renew(NOW)
    assert book.region == "eu-west-1"
    assert prices.fargate() == book == prices.renew(NOW + timedelta(days=7)) and not told


def test_after_a_week_they_are_read_again_and_older_ones_serve_where_that_fails(table):
    told = []
    book = KeptPrices(full(), "eu-west-1", told.append, table).renew(NOW)
    later = KeptPrices(price_list(error="AccessDeniedException"), "eu-west-1", told.append, table)
    assert later.renew(NOW + timedelta(days=8)) == book
    assert "Price List cannot be read" in told[0]


def test_what_cannot_be_read_of_the_table_is_renewed(table):
    dynamodb, name = table
    dynamodb.put_item(TableName=name, Item={"key": {"S": "price#eu-west-1"}, "part": {"S": "fargate"}})
    prices = KeptPrices(full(), "eu-west-1", print, table)
    assert prices.fargate() == SHIPPED
    assert prices.renew(NOW).region == "eu-west-1"


def test_where_no_endpoint_tells_prices_the_shipped_ones_say_whose_they_are():
    book = KeptPrices(None, "us-gov-west-1", print).renew(NOW)
    assert book == SHIPPED
    assert all("us-east-1 list price" in price.basis for price in book.fargate.values())


def test_a_platform_that_the_book_lacks_has_the_shipped_price():
    book = PriceBook("eu-west-1", date(2026, 11, 23), {"X86_64": LIST_PRICES["X86_64"]})
    arm = TaskDefinition("arn", {"runtimePlatform": {"cpuArchitecture": "ARM64"}}, {})
    assert book.of(arm) == LIST_PRICES["ARM64"]
    assert book.of(TaskDefinition("arn", {}, {})) == LIST_PRICES["X86_64"]
