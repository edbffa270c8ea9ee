"""An ECS service as one DescribeServices answer shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

NATIVE: Final = ("BLUE_GREEN", "LINEAR", "CANARY")
STRATEGIES: Final = ("ROLLING", *NATIVE)
"""Deployment strategies that this version knows. Source: ECS API Reference (read 2026-11-22)."""


@dataclass(frozen=True, slots=True)
class StrategyItem:
    """One item of a capacity provider strategy."""

    capacity_provider: str
    weight: int = 0
    base: int = 0


Strategy = tuple[StrategyItem, ...]


@dataclass(frozen=True, slots=True)
class RolloutPlan:
    """How a service rolls out, as its deployment configuration says; None is "not said".

    ``strategy`` stays ECS's text. ``step_percent`` and ``step_bake_minutes`` are those of a linear or a
    canary deployment. ``hook_minutes`` has, for each stage that a lifecycle hook may hold up, its time-out.
    """

    strategy: str = "ROLLING"
    maximum_percent: int = 200
    bake_minutes: float | None = None
    step_percent: float | None = None
    step_bake_minutes: float | None = None
    hook_minutes: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Deployment:
    """One entry of a service's ``deployments``; ``rollout_state`` stays ECS's text."""

    id: str
    status: str
    task_definition: str
    rollout_state: str
    rollout_state_reason: str
    created_at: datetime
    running_count: int
    desired_count: int
    failed_tasks: int
    capacity_provider_strategy: Strategy = ()


@dataclass(frozen=True, slots=True)
class Service:
    """What Trimtab reads of a service before it decides and again before it writes."""

    arn: str
    name: str
    cluster_arn: str
    status: str
    task_definition: str
    desired_count: int
    running_count: int
    pending_count: int
    launch_type: str | None
    capacity_provider_strategy: Strategy
    deployment_controller: str
    scheduling_strategy: str
    minimum_healthy_percent: int
    deployments: tuple[Deployment, ...]
    created_at: datetime
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    plan: RolloutPlan = RolloutPlan()
    health_check_grace_seconds: int = 0
    load_balanced: bool = False
    target_groups: tuple[str, ...] = ()
    """ARNs, those of the other colour of a blue/green deployment among them."""
    alarms: tuple[str, ...] = ()
    """Names of the alarms that the service's own deployments watch; none where it has switched that off."""

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return self.cluster_arn.rsplit("/", 1)[-1]

    @property
    def primary(self) -> Deployment | None:
        """The deployment that the service is on, or moving to."""
        return next((d for d in self.deployments if d.status == "PRIMARY"), None)

    @property
    def deploying(self) -> bool:
        """Whether a deployment is on its way."""
        return len(self.deployments) > 1 or any(d.rollout_state == "IN_PROGRESS" for d in self.deployments)

    @property
    def steady(self) -> bool:
        """Whether everything wanted runs and nothing else moves."""
        return not self.deploying and self.running_count == self.desired_count and self.pending_count == 0


@dataclass(frozen=True, slots=True)
class InForce:
    """What a service runs, and on what capacity."""

    task_definition: str
    capacity_provider_strategy: Strategy


@dataclass(frozen=True, slots=True)
class PastDeployment:
    """One deployment of a service by the server's own record; ``status`` stays ECS's text.

    ``wanted`` is what it was to put in force; ``went_back_to`` what ECS put there instead when it took the
    deployment back, None when it did not.
    """

    arn: str
    wanted: InForce
    created_at: datetime
    status: str
    went_back_to: InForce | None = None
    finished_at: datetime | None = None

    @property
    def in_force(self) -> InForce:
        """What was in force after it."""
        return self.went_back_to or self.wanted


def service_of_arn(arn: str) -> tuple[str, str]:
    """Return cluster and service name of a service ARN; a short (pre-2018) ARN has cluster ``default``."""
    parts = arn.split(":", 5)[-1].split("/")
    return (parts[1], parts[2]) if len(parts) > 2 else ("default", parts[-1])
