"""What would save more than a size does, and is not Trimtab's to change."""

from dataclasses import dataclass
from typing import Final

from trimtab.model.price import FargatePrice
from trimtab.model.price_book import PriceBook
from trimtab.model.service import Service
from trimtab.model.task_definition import TaskDefinition
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize

SMALLEST: Final = FARGATE_LINUX_SIZES[0]

SAVINGS_PLAN_SHARE: Final = 0.20
"""About what a Compute Savings Plan of one year, nothing paid upfront, takes off Fargate on Linux.

Source: vantage.sh/blog/what-is-an-aws-savings-plan, its table for us-east-2 (read 2026-11-23).
"""

SPOT_SHARE: Final = 0.70
"""Fargate Spot is up to 70 % off where the Price List names no price of it. Source:
aws.amazon.com/fargate/pricing (read 2026-11-22)."""

SMALL_USE: Final = 0.5
"""Below half of the smallest size that is sold, most of what is paid for is never used."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A stable code, what it would save a month, and a sentence for people; None: no figure is known."""

    code: str
    monthly_usd_saved: float | None
    sentence: str


def sizing_hints(
    service: Service,
    definition: TaskDefinition,
    size: TaskSize,
    prices: PriceBook,
    peak: TaskSize | None,
) -> tuple[Hint, ...]:
    """Return what else would make a service cheaper.

    Args:
        service: As read now.
        definition: What it runs.
        size: The size that it has, or that was chosen for it.
        prices: Of its Region.
        peak: What it uses at most, None where that is not known.
    """
    tasks, price = max(service.desired_count, 1), prices.of(definition)
    cost = price.monthly_usd(size, tasks)
    hints = [
        _arm(definition, size, prices, cost, tasks),
        _spot(service, definition, size, prices, cost, tasks),
        _too_small_for_fargate(size, peak),
        Hint(
            "savings_plan",
            round(cost * SAVINGS_PLAN_SHARE, 2),
            f"A Compute Savings Plan of one year takes about {SAVINGS_PLAN_SHARE:.0%} off what runs on "
            "Fargate all year. Size first: a plan for what is not needed is paid all the same.",
        ),
    ]
    return tuple(hint for hint in hints if hint is not None)


def _arm(
    definition: TaskDefinition, size: TaskSize, prices: PriceBook, cost: float, tasks: int
) -> Hint | None:
    arm = prices.fargate.get("ARM64")
    if arm is None or definition.is_windows or definition.cpu_architecture == "ARM64":
        return None
    saved = _saved(arm, size, tasks, cost)
    return Hint(
        "arm64",
        saved,
        "On ARM64 (Graviton) the same size costs about a fifth less. It needs an image built for ARM64.",
    )


def _spot(
    service: Service, definition: TaskDefinition, size: TaskSize, prices: PriceBook, cost: float, tasks: int
) -> Hint | None:
    on_spot = any(item.capacity_provider == "FARGATE_SPOT" for item in service.capacity_provider_strategy)
    if on_spot or definition.is_windows:
        return None
    spot = prices.spot.get(definition.cpu_architecture or "X86_64")
    if spot is None:
        saved: float | None = None
        told = f"up to {SPOT_SHARE:.0%} less; the Price List names no price of it here"
    else:
        saved = _saved(spot, size, tasks, cost)
        told = f"{saved / cost:.0%} less at the price of {spot.basis}" if cost else "less"
    return Hint(
        "spot",
        saved,
        f"On Fargate Spot it would cost {told}. AWS may stop its tasks with two minutes' notice; the profile "
        "spot-first lets Trimtab move it there and back.",
    )


def _too_small_for_fargate(size: TaskSize, peak: TaskSize | None) -> Hint | None:
    if size != SMALLEST or peak is None:
        return None
    if peak.cpu_units > SMALLEST.cpu_units * SMALL_USE or peak.memory_mib > SMALLEST.memory_mib * SMALL_USE:
        return None
    return Hint(
        "below_smallest",
        None,
        f"It uses at most {peak}, less than half of the smallest size that Fargate sells. Several such "
        "services share an instance on EC2 or Managed Instances for less.",
    )


def _saved(price: FargatePrice, size: TaskSize, tasks: int, cost: float) -> float:
    return round(cost - price.monthly_usd(size, tasks), 2)
