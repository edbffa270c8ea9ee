"""How a task was launched, so that it can be launched the same way again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trimtab.model.service import Strategy
from trimtab.model.task import Task

Placement = tuple[Mapping[str, str], ...]
"""Placement constraints or strategies, each in ECS's own words."""


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """What somebody asked of RunTask, as CloudTrail recorded it or as the target of a schedule says it.

    Overrides are not here: a task shows its own, and a record of them would have to be sealed.
    ``unsupported`` names parameters that Trimtab does not send.
    """

    launch_type: str | None = None
    capacity_provider_strategy: Strategy = ()
    platform_version: str | None = None
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    assign_public_ip: bool | None = None
    enable_execute_command: bool = False
    placement_constraints: Placement = ()
    placement_strategy: Placement = ()
    propagate_tags: str | None = None
    enable_ecs_managed_tags: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    unsupported: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """What a schedule runs: ``schedule`` names it as people do, the task definition may lack its revision."""

    schedule: str
    cluster_arn: str
    task_definition: str
    request: LaunchRequest

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return self.cluster_arn.rpartition("/")[2]

    @property
    def family(self) -> str:
        """The family that is run."""
        return self.task_definition.rpartition("/")[2].partition(":")[0]


@dataclass(frozen=True, slots=True)
class FailedRuns:
    """How often the targets of one EventBridge rule, or of one group of schedules, could not be called.

    ``failures`` counts what failed or was given up, ``group`` says which of the two ``name`` names.
    """

    name: str
    group: bool
    failures: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """The RunTask request behind a task, as far as it can be recovered.

    ``overrides`` may hold secrets: kept sealed, never shown. ``missing`` names what could not be
    recovered, so that nobody takes the restart for a perfect copy.
    """

    task_arn: str
    cluster: str
    task_definition: str
    group: str | None
    launch_type: str | None
    capacity_provider_strategy: Strategy
    platform_version: str | None
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    assign_public_ip: bool | None
    enable_execute_command: bool
    tags: Mapping[str, str]
    overrides: Mapping[str, Any] = field(default_factory=dict, repr=False)
    missing: tuple[str, ...] = ()
    started_by: str | None = None
    placement_constraints: Placement = ()
    placement_strategy: Placement = ()
    propagate_tags: str | None = None
    enable_ecs_managed_tags: bool = False


@dataclass(frozen=True, slots=True)
class SealedRecipe:
    """A recipe as it lies, its overrides in ``pieces`` that only the applier can open; none: no overrides."""

    recipe: Recipe
    pieces: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LiveTask:
    """A task of a declared family whose stop has not been answered yet, as far as the inventory knows.

    ``seen_at`` is when it was seen running, or when its launch was recovered.
    """

    task: Task
    seen_at: datetime


def is_lineage(workload: str) -> bool:
    """Tell whether the workload of a Change is the first task of a lineage, not a service or cluster."""
    return ":task/" in workload


@dataclass(frozen=True, slots=True)
class Lineage:
    """Whose place a task has: ``root`` is the first of them, ``change_id`` the restart that started it."""

    root: str
    change_id: str | None = None
