"""Which size a service's tasks need."""

from dataclasses import dataclass
from math import ceil, isfinite

from trimtab.model.change import MonthlyUsd, Scalar
from trimtab.model.decision import Keep, Resize, Setting
from trimtab.model.price import FargatePrice
from trimtab.model.task_size import TaskSize, smallest_holding
from trimtab.model.usage import ServiceUsage

ROOM_RATIO = 1.15
"""Room above what was seen, for memory as in KRR's default and for CPU alike (its strategy document,
read 2026-11-22)."""

NO_DATA = ("too_little_data", "bad_data")
"""Reasons of a ``Keep`` that says nothing about the size: it could not be judged."""

RATIO_ABSURD = 100.0
"""Nothing uses a hundred times its size: such a sample is a fault of the metric, not usage."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much must be known before a size is changed, in days and as a share of the periods."""

    days_min: float = 3.0
    coverage_min: float = 0.9
    monthly_usd_saved_min: float = 1.0


def decide_task_size(
    current: TaskSize,
    usage: ServiceUsage,
    container_floor: TaskSize,
    memory_floor_mib: int,
    task_count: int,
    setting: Setting,
    price: FargatePrice,
    evidence: Evidence = Evidence(),
) -> Keep | Resize:
    """Choose the cheapest Fargate size that holds the 95th percentile of CPU and the highest memory.

    Need = p95 of the 5-minute CPU averages and the maximum of memory, each times 1.15. Usage on Fargate
    cannot exceed the size, so a task that is at its limit asks for one step more than was seen.

    Args:
        current: Size in the active revision.
        usage: Ratios of ``current``, since that revision runs, at most 14 days.
        container_floor: What the containers' own values add up to; no size may go below.
        memory_floor_mib: Not below this until it expires: an out-of-memory kill was seen at a smaller size.
        task_count: Tasks to price.
        setting: Bounds of tags and policy.
        price: What a vCPU and a GB cost.
        evidence: How much must be known.

    Returns:
        ``Resize``, or ``Keep``: ``too_little_data``, ``bad_data``, ``no_feasible_size``, ``fits``. Bad or
        missing data is a ``Keep``, never an error and never zero usage.
    """
    if not (usage.days >= evidence.days_min and usage.coverage >= evidence.coverage_min):  # NaN is too little
        return Keep(
            "too_little_data",
            f"{usage.days:.1f} days with {usage.coverage:.0%} of the samples are known; "
            f"{evidence.days_min:g} days with {evidence.coverage_min:.0%} are needed.",
        )
    cpu_ratio, memory_ratio = percentile(usage.cpu_ratios, 0.95), usage.memory_ratio_max
    sane = all(_sane(ratio) for ratio in usage.cpu_ratios)
    if cpu_ratio is None or memory_ratio is None or not (sane and _uses(memory_ratio)):
        return Keep("bad_data", "CPU or memory has no usable sample: nothing is decided on missing data.")
    need = TaskSize(
        max(_with_room(current.cpu_units * cpu_ratio), container_floor.cpu_units),
        max(
            _with_room(current.memory_mib * memory_ratio),
            container_floor.memory_mib,
            memory_floor_mib,
        ),
    )
    feasible = [s for s in smallest_holding(need) if s.holds(setting.smallest) and setting.largest.holds(s)]
    if not feasible:
        return Keep("no_feasible_size", f"No Fargate size within the policy's bounds holds {need}.")
    size = min(feasible, key=lambda s: (price.monthly_usd(s, 1), s))
    return _choose(current, size, need, cpu_ratio, memory_ratio, task_count, usage, price, evidence)


def _choose(
    current: TaskSize,
    size: TaskSize,
    need: TaskSize,
    cpu_ratio: float,
    memory_ratio: float,
    task_count: int,
    usage: ServiceUsage,
    price: FargatePrice,
    evidence: Evidence,
) -> Keep | Resize:
    """Say whether going from ``current`` to ``size`` is worth a deployment."""
    cost = MonthlyUsd(
        price.monthly_usd(current, task_count), price.monthly_usd(size, task_count), price.basis
    )
    seen: dict[str, Scalar] = {
        "cpu_ratio_p95": round(cpu_ratio, 4),
        "memory_ratio_max": round(memory_ratio, 4),
        "cpu_units_needed": need.cpu_units,
        "memory_mib_needed": need.memory_mib,
        "days": round(usage.days, 2),
        "coverage": round(usage.coverage, 4),
        "task_count": task_count,
    }
    if current.holds(need) and cost.before - cost.after < evidence.monthly_usd_saved_min:
        return Keep("fits", f"{current} holds the need of {need}, and no cheaper size does.", seen)
    small = not current.holds(need)
    told = "is too small for" if small else "is larger than"
    return Resize(
        size,
        "maximum_and_percentile",
        "too_small" if small else "too_large",
        f"{current} {told} the need of {need} (CPU p95 {cpu_ratio:.0%}, memory maximum {memory_ratio:.0%}, "
        f"both with 15 % room, {usage.days:.0f} days): {size} is the cheapest size that holds it.",
        seen,
        cost,
    )


def percentile(values: tuple[float, ...], share: float) -> float | None:
    """Return the value that ``share`` of ``values`` do not exceed (nearest rank); None without a value."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(ceil(share * len(ordered)), 1) - 1]


def _with_room(used: float) -> int:
    """Return ``used`` with room above it; 11264.000000001 is 11264, or a size would not fit its own use."""
    return ceil(round(used * ROOM_RATIO, 6))


def _uses(memory_ratio: float) -> bool:
    """Tell whether memory was measured at all: nothing runs without memory, so zero is no measurement."""
    return _sane(memory_ratio) and memory_ratio > 0


def _sane(ratio: float) -> bool:
    return isfinite(ratio) and 0 <= ratio < RATIO_ABSURD
