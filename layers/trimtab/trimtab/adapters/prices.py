"""Prices as workflows ask for them: those kept in the Control table, renewed each week."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from trimtab.adapters.dynamodb_items import from_dynamodb
from trimtab.adapters.dynamodb_steering import control_item, kept_item
from trimtab.model.keys import control_key
from trimtab.model.price import FargatePrice
from trimtab.model.price_book import SHIPPED, PriceBook

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from trimtab.adapters.price_list import PriceList

RENEWED_AFTER: Final = timedelta(days=7)
"""AWS changes Fargate's prices less than once a year; Spot's move, and are only told."""

PART: Final = "fargate"


class KeptPrices:
    """The port ``Prices`` on the Control table, or without one: then each reading asks the Price List."""

    def __init__(
        self,
        price_list: PriceList | None,
        region: str,
        tell: Callable[[str], None],
        table: tuple[DynamoDBClient, str] | None = None,
    ) -> None:
        self._price_list, self._region, self._tell, self._table = price_list, region, tell, table

    def fargate(self) -> PriceBook:
        """Return the kept prices, those that are shipped where none are kept."""
        return self._kept() or SHIPPED

    def renew(self, now: datetime) -> PriceBook:
        """Return prices that are at most a week old, or the best there are where AWS does not tell."""
        kept = self._kept()
        if kept is not None and now.date() - kept.read_on <= RENEWED_AFTER:
            return kept
        listed = self._listed(now.date())
        if listed is not None and self._table is not None:
            client, table = self._table
            client.put_item(TableName=table, Item=kept_item("price", PART, _written(listed), self._region))
        return listed or kept or SHIPPED

    def _kept(self) -> PriceBook | None:
        if self._table is None:
            return None
        client, table = self._table
        answer = client.get_item(TableName=table, Key=control_item(control_key("price", self._region), PART))
        return _read(from_dynamodb(answer["Item"])) if "Item" in answer else None

    def _listed(self, today: date) -> PriceBook | None:
        """Return what the Price List says, None where it does not: no endpoint, no permission, no answer."""
        if self._price_list is None:
            return None
        try:
            return self._price_list.read(today)
        except (BotoCoreError, ClientError, ValueError) as fault:
            self._tell(f"the Price List cannot be read, older prices are used: {fault}")
            return None


def _written(book: PriceBook) -> dict[str, Any]:
    return {
        "region": book.region,
        "read_on": book.read_on.isoformat(),
        "fargate": {name: _row(one) for name, one in book.fargate.items()},
        "spot": {name: _row(one) for name, one in book.spot.items()},
    }


def _row(price: FargatePrice) -> list[Any]:
    return [price.usd_per_vcpu_hour, price.usd_per_gb_hour, price.basis]


def _read(item: Mapping[str, Any]) -> PriceBook | None:
    """Return what an item says; None for one that this version cannot read: it is renewed."""
    try:
        return PriceBook(
            str(item["region"]),
            date.fromisoformat(item["read_on"]),
            {name: _price(row) for name, row in item["fargate"].items()},
            {name: _price(row) for name, row in item["spot"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _price(row: Sequence[Any]) -> FargatePrice:
    vcpu, gb, basis = row
    return FargatePrice(float(vcpu), float(gb), str(basis))
