"""How Application Auto Scaling moves a service's desired count."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Follows(StrEnum):
    """What a scaling policy goes by."""

    CPU = "cpu"
    MEMORY = "memory"
    REQUESTS = "requests"
    CUSTOM = "custom"
    STEPS = "steps"
    """Alarms, of which the policy does not say what they watch."""


@dataclass(frozen=True, slots=True)
class ScalingPolicy:
    """One policy. ``metric`` is its name for people, ``target`` in the metric's own unit, percent for CPU
    and memory; None where it has none.

    ``forecast`` is a predictive policy; ``acts`` is False where it only forecasts.
    """

    name: str
    follows: Follows
    metric: str
    target: float | None
    created_at: datetime
    forecast: bool = False
    acts: bool = True


@dataclass(frozen=True, slots=True)
class Scaling:
    """A scalable target: between which counts, by which policies, and whether by a schedule too."""

    minimum: int
    maximum: int
    policies: tuple[ScalingPolicy, ...] = ()
    scheduled: bool = False

    @property
    def follows_cpu(self) -> bool:
        """Whether a policy that acts goes by CPU."""
        return any(policy.acts and policy.follows is Follows.CPU for policy in self.policies)


@dataclass(frozen=True, slots=True)
class TaskSamples:
    """A service's CPU in periods of 5 minutes, oldest first, as it was told.

    ``samples`` are the sample counts, which grow with the number of its tasks; ``cpu_ratios`` the average CPU
    as ratios of the size in force.
    """

    samples: tuple[float, ...]
    cpu_ratios: tuple[float, ...]
