"""HEAD: who may write to a workload."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Head:
    """HEAD as it was read: the id of its holder, None when it is free; ``fence`` rises with each take."""

    holder: str | None = None
    fence: int = 0
