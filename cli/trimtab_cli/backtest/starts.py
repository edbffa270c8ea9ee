"""What a series may choose from, and the two sizes it begins at: far too large, and half of what it needs."""

import numpy as np

from trimtab.model.digest import CPU_CLASSES
from trimtab.model.price import FargatePrice
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize
from trimtab_cli.backtest.series import Series

OVER_TIMES = 4
CPU_ONLY = tuple(TaskSize(units, 0) for units in CPU_CLASSES)
"""Where memory was not measured, only CPU is chosen and only CPU costs."""


def sizes_of(series: Series) -> tuple[TaskSize, ...]:
    """Return all sizes that a series may have."""
    return CPU_ONLY if series.memory_mib is None else FARGATE_LINUX_SIZES


def cheapest_holding(
    cpu_units: float, memory_mib: float, sizes: tuple[TaskSize, ...], price: FargatePrice
) -> TaskSize:
    """Return the cheapest size that holds a need; the largest where none does."""
    holding = (s for s in sizes if s.cpu_units >= cpu_units and s.memory_mib >= memory_mib)
    return min(holding, key=lambda s: (price.daily_usd(s), s), default=sizes[-1])


def over(series: Series, price: FargatePrice) -> TaskSize:
    """Return four times the CPU class and four times the memory of the series' own maximum."""
    units = min(OVER_TIMES * _class(float(np.nanmax(series.vcpu))), CPU_CLASSES[-1])
    memory = 0.0 if series.memory_mib is None else OVER_TIMES * float(np.nanmax(series.memory_mib))
    return cheapest_holding(units, memory, sizes_of(series), price)


def under(series: Series) -> TaskSize:
    """Return half the CPU class and half the memory that the 95th percentile needs."""
    units = max(_class(float(np.nanpercentile(series.vcpu, 95))) // 2, CPU_CLASSES[0])
    half = 0.0 if series.memory_mib is None else float(np.nanpercentile(series.memory_mib, 95)) / 2
    sold = (s for s in sizes_of(series) if s.cpu_units == units)
    return min(sold, key=lambda s: abs(s.memory_mib - half))


def _class(vcpu: float) -> int:
    return next((units for units in CPU_CLASSES if units >= vcpu * 1024 - 1e-9), CPU_CLASSES[-1])
