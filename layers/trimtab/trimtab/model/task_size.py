"""CPU and memory of a task, and the sizes that Fargate sells."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class TaskSize:
    """Task-level size: ``cpu_units`` (1,024 to the vCPU) and ``memory_mib``."""

    cpu_units: int
    memory_mib: int

    def holds(self, other: Self) -> bool:
        """Tell whether ``other`` fits into this size."""
        return self.cpu_units >= other.cpu_units and self.memory_mib >= other.memory_mib

    def within(self, other: Self) -> "TaskSize":
        """Return the smaller of both in CPU and in memory."""
        return TaskSize(min(self.cpu_units, other.cpu_units), min(self.memory_mib, other.memory_mib))

    def __str__(self) -> str:
        return f"{self.cpu_units} CPU units / {self.memory_mib} MiB"


def _row(cpu_units: int, first_mib: int, last_mib: int, step_mib: int) -> list[TaskSize]:
    return [TaskSize(cpu_units, memory) for memory in range(first_mib, last_mib + 1, step_mib)]


FARGATE_LINUX_SIZES: tuple[TaskSize, ...] = (
    TaskSize(256, 512),
    TaskSize(256, 1024),
    TaskSize(256, 2048),
    *_row(512, 1024, 4096, 1024),
    *_row(1024, 2048, 8192, 1024),
    *_row(2048, 4096, 16384, 1024),
    *_row(4096, 8192, 30720, 1024),
    *_row(8192, 16384, 61440, 4096),
    *_row(16384, 32768, 122880, 8192),
    TaskSize(32768, 61440),
    TaskSize(32768, 122880),
    TaskSize(32768, 249856),
)
"""The 77 Linux sizes (x86-64 and ARM64), in order of CPU, then memory.

Source: ECS Developer Guide, "Fargate task size" in task_definition_parameters, with the 32 vCPU row
(read 2026-11-22). A Region that does not sell one of them says so with a ClientException.
"""

FARGATE_WINDOWS_SIZES: tuple[TaskSize, ...] = tuple(
    size for size in FARGATE_LINUX_SIZES if 1024 <= size.cpu_units <= 4096
)
"""The 43 Windows sizes: those of 1, 2 and 4 vCPU. Source: as above."""


def smallest_holding(need: TaskSize) -> tuple[TaskSize, ...]:
    """Return every Fargate size that holds ``need``; empty when Fargate sells none so large."""
    return tuple(size for size in FARGATE_LINUX_SIZES if size.holds(need))
