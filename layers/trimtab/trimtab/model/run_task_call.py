"""One RunTask call as CloudTrail recorded it: where launch parameters survive the task."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RunTaskCall:
    """A RunTask call; ``parameters`` may hold secrets (overrides), so it stays out of ``repr``.

    ``error_code`` is set when ECS refused the call; ``task_arns`` are the tasks that it started.
    """

    cluster: str
    task_definition: str
    group: str | None = None
    started_by: str | None = None
    error_code: str | None = None
    task_arns: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
