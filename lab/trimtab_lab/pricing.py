"""The Price List's answer about ECS: what Fargate costs in the laboratory's Region."""

import json
from collections.abc import Mapping
from typing import Any, Final

from trimtab_lab.lab import Answer, Lab, Operation, Request

USD: Final = {
    "Fargate-vCPU-Hours:perCPU": "0.0404800000",
    "Fargate-GB-Hours": "0.0044450000",
    "Fargate-ARM-vCPU-Hours:perCPU": "0.0323800000",
    "Fargate-ARM-GB-Hours": "0.0035600000",
    "Fargate-EphemeralStorage-GB-Hours": "0.0001110000",
    "SpotUsage-Fargate-vCPU-Hours:perCPU": "0.0127000000",
    "SpotUsage-Fargate-GB-Hours": "0.0013900000",
}


class Pricing:
    """GetProducts of the service AmazonECS, in one page."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.operations: Mapping[str, Operation] = {"GetProducts": self._get_products}
        lab.serve("pricing", self)

    def _get_products(self, request: Request) -> Answer:
        if request.get("ServiceCode") != "AmazonECS":
            return {"FormatVersion": "aws_v1", "PriceList": []}
        rows = [json.dumps(_row(self._lab.region, name, usd)) for name, usd in USD.items()]
        return {"FormatVersion": "aws_v1", "PriceList": rows}


def _row(region: str, usage_type: str, usd: str) -> dict[str, Any]:
    dimension = {"unit": "hours", "pricePerUnit": {"USD": usd}}
    return {
        "product": {"attributes": {"regionCode": region, "usagetype": f"LAB1-{usage_type}"}},
        "serviceCode": "AmazonECS",
        "terms": {
            "OnDemand": {"SKU.JRTCKXETXF": {"priceDimensions": {"SKU.JRTCKXETXF.6YS6EN2CT7": dimension}}}
        },
    }
