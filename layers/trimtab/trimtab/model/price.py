"""What a size costs, and on what basis that is said."""

from dataclasses import dataclass
from typing import Final

from trimtab.model.task_size import TaskSize

HOURS_PER_MONTH: Final = 730


@dataclass(frozen=True, slots=True)
class FargatePrice:
    """On-demand price of Fargate in USD; ``basis`` says whose and of when."""

    usd_per_vcpu_hour: float
    usd_per_gb_hour: float
    basis: str

    def monthly_usd(self, size: TaskSize, task_count: int) -> float:
        """Return USD for ``task_count`` tasks that run a whole month of 730 hours."""
        return round(self._hourly_usd(size) * HOURS_PER_MONTH * task_count, 2)

    def daily_usd(self, size: TaskSize) -> float:
        """Return USD for one task that runs a whole day."""
        return self._hourly_usd(size) * 24

    def _hourly_usd(self, size: TaskSize) -> float:
        return size.cpu_units / 1024 * self.usd_per_vcpu_hour + size.memory_mib / 1024 * self.usd_per_gb_hour


LIST_PRICES: Final = {
    "X86_64": FargatePrice(0.04048, 0.004445, "us-east-1 list price, read 2026-11-22"),
    "ARM64": FargatePrice(0.03238, 0.00356, "us-east-1 list price, read 2026-11-22"),
    "WINDOWS": FargatePrice(0.09148 + 0.046, 0.01005, "us-east-1 list price with licence, read 2026-11-22"),
}
"""Fargate on-demand by platform; each vCPU hour of Windows pays a licence.

Source: aws.amazon.com/fargate/pricing, us-east-1, read 2026-11-22.
"""


def list_price(cpu_architecture: str | None) -> FargatePrice:
    """Return the shipped price of an architecture; ECS's default is X86_64."""
    return LIST_PRICES.get(cpu_architecture or "X86_64", LIST_PRICES["X86_64"])
