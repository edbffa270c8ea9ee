"""Sizes on instances: any number will do, and what a task claims decides how many fit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from trimtab.model.change import Scalar
from trimtab.model.container_sizes import application_of
from trimtab.model.decision import Keep, Resize
from trimtab.model.digest import DayDigest
from trimtab.model.task_definition import TaskDefinition
from trimtab.model.task_size import TaskSize

CPU_STEP, MEMORY_STEP_MIB = 32, 16
STEP_RATIO: Final = 1.05
"""Sizes are offered in these steps, and at least a twentieth apart: closer together they say the same."""

CPU_MIN, CPU_MAX = 128, 196608
"""CPU units of a task on instances.

Source: ECS API Reference, RegisterTaskDefinition, cpu (read 2026-11-22).
"""

DENSITY_MIN: Final = 1.1
"""A tenth more or fewer tasks that fit is worth a proposal."""

REACH: Final = 4
"""No more than this many times the size in force is offered at once."""

RESERVED_RATIO, RESERVED_SHARE = 1.10, 0.95
"""A reservation holds the peaks of 19 days in 20 and a tenth more; the limit above it is for the others."""

LIMIT_GAP_MIB: Final = 64
"""A limit this close to its reservation would make the reservation the limit."""


def continuous_sizes(current: TaskSize, smallest: TaskSize, largest: TaskSize) -> tuple[TaskSize, ...]:
    """Return the sizes that may be chosen on instances and the one in force, by CPU, then memory."""
    least, most = max(smallest.cpu_units, CPU_MIN), min(largest.cpu_units, CPU_MAX)
    cpus = set(_steps(least, most, current.cpu_units, CPU_STEP))
    memories = set(_steps(smallest.memory_mib, largest.memory_mib, current.memory_mib, MEMORY_STEP_MIB))
    found = {TaskSize(cpu, memory) for cpu in cpus for memory in memories}
    return tuple(sorted(found | {current}))


def _steps(least: int, most: int, current: int, step: int) -> Iterator[int]:
    value = max(ceil(least / step), 1) * step
    while value <= min(most, REACH * current):
        yield value
        value = max(value + step, ceil(value * STEP_RATIO / step) * step)
    if least <= current <= most:
        yield current


@dataclass(frozen=True, slots=True)
class Claims:
    """Memory of the application's container: what placement counts, and above what it is killed.

    None where the container does not set it, or needs no other.
    """

    reservation_mib: int | None
    limit_mib: int | None


def claims_for(definition: TaskDefinition, size: TaskSize, digests: Sequence[DayDigest]) -> Claims | None:
    """Return what the application's container should claim, None where the task has memory of its own.

    A reservation holds the peaks of nearly all days; the limit above it holds what ``size`` holds, and is
    never lowered, as it takes no room from others. A limit without a reservation is what placement counts.
    """
    app = _application(definition)
    if definition.fields.get("memory") or app is None:
        return None
    limit = int(app.get("memory") or 0)
    wanted = _in_steps(size.memory_mib - _others_mib(definition, app))
    if not app.get("memoryReservation"):
        return Claims(None, wanted if limit else None)
    reserved = _in_steps(_usual_peak_mib(digests, size) * RESERVED_RATIO - _others_mib(definition, app))
    wanted = max(wanted, reserved + LIMIT_GAP_MIB)
    return Claims(reserved, wanted if 0 < limit < wanted else None)


def as_density(
    decision: Resize, current: TaskSize, definition: TaskDefinition, digests: Sequence[DayDigest]
) -> Keep | Resize:
    """Tell a size on instances by how many tasks fit, without money: instances are paid for, not tasks.

    Returns:
        ``Resize``, or ``Keep`` ``fits`` where a reservation is what it should be.
    """
    claims, placed = claims_for(definition, decision.size, digests), decision.size
    evidence: dict[str, Scalar] = {key: value for key, value in decision.evidence.items() if "usd" not in key}
    app = _application(definition)
    parts = []
    if claims and app and claims.reservation_mib is not None:
        placed = TaskSize(placed.cpu_units, claims.reservation_mib + _others_mib(definition, app))
        evidence["memory_reservation_mib"] = claims.reservation_mib
        parts.append(f"memoryReservation {claims.reservation_mib} MiB")
    if claims and claims.limit_mib is not None:
        evidence["memory_limit_mib"] = claims.limit_mib
        parts.append(f"memory {claims.limit_mib} MiB")
    by_cpu, by_memory = current.cpu_units / placed.cpu_units, current.memory_mib / placed.memory_mib
    if max(by_cpu, by_memory, 1 / by_cpu, 1 / by_memory) < DENSITY_MIN:
        return Keep("fits", f"{current} is what its tasks should claim of an instance.")
    evidence |= {"density_by_cpu": round(by_cpu, 3), "density_by_memory": round(by_memory, 3)}
    of_app = f" Container {app['name']}: {', '.join(parts)}." if app and parts else ""
    told = (
        f"{current} → {placed} as a task claims them.{of_app} Where 10 such tasks fit on instances, "
        f"{10 * by_cpu:.3g} would by CPU and {10 * by_memory:.3g} by memory; instances that go save money."
    )
    reason = "too_large" if by_cpu >= 1 and by_memory >= 1 else "too_small"
    return Resize(placed, decision.rule, reason, told, evidence, None)


def _application(definition: TaskDefinition) -> Mapping[str, Any] | None:
    name = application_of(definition.containers)
    return next((one for one in definition.containers if one["name"] == name), None)


def _usual_peak_mib(digests: Sequence[DayDigest], size: TaskSize) -> float:
    peaks = sorted(day.memory_peak_mib for day in digests if day.memory_peak_mib is not None)
    return peaks[ceil(RESERVED_SHARE * len(peaks)) - 1] if peaks else size.memory_mib / RESERVED_RATIO


def _others_mib(definition: TaskDefinition, app: Mapping[str, Any]) -> int:
    others = (one for one in definition.containers if one["name"] != app["name"])
    return sum(int(one.get("memoryReservation") or one.get("memory") or 0) for one in others)


def _in_steps(mib: float) -> int:
    return max(ceil(mib / MEMORY_STEP_MIB), 1) * MEMORY_STEP_MIB
