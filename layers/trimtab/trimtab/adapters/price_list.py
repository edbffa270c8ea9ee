"""AWS Price List: what Fargate costs in a Region."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from trimtab.model.price import FargatePrice
from trimtab.model.price_book import WINDOWS, PriceBook

if TYPE_CHECKING:
    from mypy_boto3_pricing import PricingClient

PLATFORMS: Final = {"": "X86_64", "ARM-": "ARM64", "Windows-": WINDOWS}
USAGE_TYPE: Final = re.compile(
    r"(?:[A-Z0-9]+-)?(SpotUsage[-:])?Fargate-(ARM-|Windows-)?(?:(vCPU)-Hours:perCPU|GB-Hours)"
)
"""``USE1-Fargate-ARM-vCPU-Hours:perCPU`` and its kin; storage and licences of the same service do not match.

Source: the Price List's rows of the service AmazonECS, as named in AWS's Cost and Usage Report queries
for Fargate (read 2026-11-22).
"""

LICENCE: Final = re.compile(r"(?:[A-Z0-9]+-)?Fargate-Windows-OS-Hours:perCPU")
"""Windows is licensed by the vCPU-hour on top."""


def endpoint_region(region: str) -> str | None:
    """Return the Region whose endpoint tells prices of ``region``; None where no endpoint does.

    Source: AWS General Reference, "AWS Billing and Cost Management endpoints" (read 2026-11-22).
    """
    if region.startswith("cn-"):
        return "cn-northwest-1"
    return None if region.startswith("us-gov-") else "us-east-1"


def price_list_of(region: str, client_at: Callable[[str], PricingClient]) -> PriceList | None:
    """Return the Price List of a Region; ``client_at`` makes the client of an endpoint's Region."""
    endpoint = endpoint_region(region)
    return PriceList(client_at(endpoint), region) if endpoint else None


class PriceList:
    """What the Price List says of Fargate in one Region."""

    def __init__(self, client: PricingClient, region: str) -> None:
        self._client, self._region = client, region

    def read(self, today: date) -> PriceBook | None:
        """Ask for all prices; None where the answer lacks those of Linux on x86-64: then it is none."""
        pages = self._client.get_paginator("get_products").paginate(
            ServiceCode="AmazonECS",
            Filters=[{"Type": "TERM_MATCH", "Field": "regionCode", "Value": self._region}],
        )
        rows = (json.loads(row) for page in pages for row in page["PriceList"])
        return _book(self._region, today, dict(_prices(rows)))


def _prices(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[tuple[bool, str, str], float]]:
    """Yield USD an hour by (is it Spot, platform, ``vcpu`` ``gb`` or ``licence``)."""
    for row in rows:
        usage_type = str(row.get("product", {}).get("attributes", {}).get("usagetype", ""))
        usd = _usd(row)
        if usd is None:
            continue
        if found := USAGE_TYPE.fullmatch(usage_type):
            spot, platform, vcpu = found.groups()
            yield (bool(spot), PLATFORMS[platform or ""], "vcpu" if vcpu else "gb"), usd
        elif LICENCE.fullmatch(usage_type):
            yield (False, WINDOWS, "licence"), usd


def _usd(row: Mapping[str, Any]) -> float | None:
    """Return the on-demand price of a row, None where it has none in USD."""
    for offer in row.get("terms", {}).get("OnDemand", {}).values():
        for dimension in offer.get("priceDimensions", {}).values():
            try:
                usd = float(dimension["pricePerUnit"]["USD"])
            except (KeyError, TypeError, ValueError):
                continue
            if isfinite(usd) and usd > 0:
                return usd
    return None


def _book(region: str, today: date, prices: Mapping[tuple[bool, str, str], float]) -> PriceBook | None:
    basis = f"{region} Price List, read {today}"
    books: dict[bool, dict[str, FargatePrice]] = {False: {}, True: {}}
    for spot, told in ((False, basis), (True, f"{basis}, Spot")):
        for platform in PLATFORMS.values():
            vcpu, gb = prices.get((spot, platform, "vcpu")), prices.get((spot, platform, "gb"))
            if vcpu is not None and gb is not None:
                licence = prices.get((spot, platform, "licence"), 0.0)
                books[spot][platform] = FargatePrice(vcpu + licence, gb, told)
    return PriceBook(region, today, books[False], books[True]) if "X86_64" in books[False] else None
