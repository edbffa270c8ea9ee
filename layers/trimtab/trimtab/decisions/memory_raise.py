"""How much more memory a task gets after an out-of-memory kill."""

from math import ceil

from trimtab.model.change import MonthlyUsd
from trimtab.model.decision import Keep, Resize
from trimtab.model.price import FargatePrice
from trimtab.model.task_size import TaskSize, smallest_holding

STEP_RATIO = 1.25
STEP_MIB_MIN = 512
"""A quarter more, at least 512 MiB: enough to end most kills in one step, small enough to notice a leak."""


def raise_memory(current: TaskSize, ceiling_mib: int, task_count: int, price: FargatePrice) -> Keep | Resize:
    """Choose the cheapest Fargate size with a quarter more memory (at least 512 MiB) and no less CPU.

    Returns:
        ``Resize``, or ``Keep`` with ``at_memory_ceiling`` when that would exceed ``ceiling_mib`` or
        everything that Fargate sells: a leak is not chased for ever.
    """
    wanted = max(ceil(current.memory_mib * STEP_RATIO), current.memory_mib + STEP_MIB_MIN)
    sizes = [s for s in smallest_holding(TaskSize(current.cpu_units, wanted)) if s.memory_mib <= ceiling_mib]
    if not sizes:
        return Keep(
            "at_memory_ceiling",
            f"{current} was killed for memory, and a raise to {wanted} MiB would pass the ceiling of "
            f"{ceiling_mib} MiB. Look for a leak, or raise the ceiling.",
        )
    size = min(sizes, key=lambda s: (price.monthly_usd(s, 1), s))
    return Resize(
        size,
        "memory_kill",
        "out_of_memory",
        f"A task of {current} was killed for memory (two signs agree): {size} gives it a quarter more.",
        {"memory_mib_before": current.memory_mib, "memory_mib_wanted": wanted, "task_count": task_count},
        MonthlyUsd(price.monthly_usd(current, task_count), price.monthly_usd(size, task_count), price.basis),
    )
