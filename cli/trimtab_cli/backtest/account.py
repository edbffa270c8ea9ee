"""The account's own CloudWatch history -> Series."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from trimtab.decisions.rightsize.measured import Demand
from trimtab.model.price import FargatePrice, list_price
from trimtab.model.service import Service
from trimtab_cli.backtest.series import Series, on_grid
from trimtab_cli.proposals.gather import find_services

if TYPE_CHECKING:
    from trimtab.ports import Laptop

DAYS_MIN = 5
"""Three days are the least warm-up, and one day tells nothing about the next."""

CUT_OFF = (
    "This usage was recorded under the sizes then in force and was cut off at them:\n"
    "what a service wanted above them is not known. For one that was at its limits\n"
    "lacking CPU and kills are too few here, whatever the policy. Costs stand."
)


def read_account(
    laptop: "Laptop", clusters: Sequence[str], service: str, days: int, tell: Callable[[str], None]
) -> tuple[list[Series], FargatePrice]:
    """Return a series for each service of which enough is known, and the Region's price.

    Args:
        laptop: Where to read.
        clusters: Names; none means every cluster.
        service: ``NAME`` or ``CLUSTER/NAME``; empty means all.
        days: Whole days to read.
        tell: Hears of each service that is left out, and why.
    """
    from trimtab.workflows.recorded_demand import recorded_demand

    found = []
    for one, told in recorded_demand(find_services(laptop, clusters, service), days, laptop):
        series = None if isinstance(told, str) else series_of(one, told)
        if isinstance(told, str):
            tell(f"{one.cluster}/{one.name} is left out: {told}")
        elif series is None or series.days < DAYS_MIN:
            known = series.days if series else 0
            tell(f"{one.cluster}/{one.name} is left out: {known} days are known, and {DAYS_MIN} are needed.")
        else:
            found.append(series)
    prices = laptop.prices.renew(laptop.clock.now())
    return sorted(found, key=lambda one: one.series_id), prices.fargate.get("X86_64") or list_price(None)


def series_of(service: Service, told: Sequence[Demand]) -> Series | None:
    """Return what was measured as a series, None where nothing was."""
    if not told:
        return None
    seconds = np.array([int(one.at.timestamp()) for one in told], dtype=np.int64)
    vcpu, memory = np.array([one.vcpu for one in told]), np.array([one.memory_mib for one in told])
    return on_grid(f"{service.cluster}/{service.name}", service.cluster, seconds, vcpu, memory)
