"""The prices of one Region, and of when they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from trimtab.model.price import LIST_PRICES, FargatePrice
from trimtab.model.task_definition import TaskDefinition

WINDOWS: Final = "WINDOWS"


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Fargate's prices by platform (``X86_64``, ``ARM64``, ``WINDOWS``); ``spot`` only where it is known."""

    region: str
    read_on: date
    fargate: Mapping[str, FargatePrice]
    spot: Mapping[str, FargatePrice] = field(default_factory=dict)

    def of(self, definition: TaskDefinition) -> FargatePrice:
        """Return the price of a revision's platform; what is not in the book has the shipped price."""
        platform = WINDOWS if definition.is_windows else definition.cpu_architecture or "X86_64"
        return self.fargate.get(platform) or LIST_PRICES.get(platform, LIST_PRICES["X86_64"])


SHIPPED: Final = PriceBook("us-east-1", date(2026, 11, 22), LIST_PRICES)
"""What is used where the Price List cannot be asked: each figure says that it is us-east-1's of that day."""
