"""The task sizes that Fargate sells for Linux, as the laboratory knows them."""

import re

GIB = 1024

# Source: ECS Developer Guide, "Fargate task CPU and memory" (read 2026-11-22). CPU units -> MiB.
FARGATE_MEMORY_MIB: dict[int, tuple[int, ...]] = {
    256: (512, 1 * GIB, 2 * GIB),
    512: tuple(range(1 * GIB, 4 * GIB + 1, GIB)),
    1024: tuple(range(2 * GIB, 8 * GIB + 1, GIB)),
    2048: tuple(range(4 * GIB, 16 * GIB + 1, GIB)),
    4096: tuple(range(8 * GIB, 30 * GIB + 1, GIB)),
    8192: tuple(range(16 * GIB, 60 * GIB + 1, 4 * GIB)),
    16384: tuple(range(32 * GIB, 120 * GIB + 1, 8 * GIB)),
    32768: (60 * GIB, 120 * GIB, 244 * GIB),
}

_CPU = re.compile(r"^\s*(\d+|\d*\.\d+)\s*(vcpu)?\s*$", re.IGNORECASE)
_MEMORY = re.compile(r"^\s*(\d+|\d*\.\d+)\s*(gb)?\s*$", re.IGNORECASE)


def is_fargate_size(cpu_units: int, memory_mib: int) -> bool:
    """Tell whether Fargate sells this pair for Linux tasks."""
    return memory_mib in FARGATE_MEMORY_MIB.get(cpu_units, ())


def fargate_sizes() -> list[tuple[int, int]]:
    """Return all (CPU units, MiB) points, smallest first."""
    return [(cpu, memory) for cpu, memories in FARGATE_MEMORY_MIB.items() for memory in memories]


def cpu_units(text: str) -> int | None:
    """Read ``256`` or ``.25 vCPU`` as CPU units; None when it is neither."""
    return _scaled(_CPU.match(text))


def memory_mib(text: str) -> int | None:
    """Read ``1024`` or ``1 GB`` as MiB; None when it is neither."""
    return _scaled(_MEMORY.match(text))


def _scaled(found: re.Match[str] | None) -> int | None:
    if found is None:
        return None
    number, unit = found.groups()
    if unit:
        return round(float(number) * 1024)
    return int(number) if number.isdigit() else None
