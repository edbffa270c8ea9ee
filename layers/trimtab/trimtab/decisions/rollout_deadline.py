"""How long a roll-out may take before it counts as failed: as the service's own configuration needs."""

from datetime import timedelta
from math import ceil
from typing import Final

from trimtab.model.change import Kind
from trimtab.model.service import STRATEGIES, RolloutPlan, Service

LEAST: Final = timedelta(minutes=30)
"""No roll-out is called late before: images, capacity and health checks have slow days."""

LEAST_RETURN: Final = timedelta(minutes=10)
"""A return waits for the pool it left: ten minutes without its tasks mean the pool is still empty."""

START_MINUTES: Final = 5.0
"""For one batch of tasks to get placed, pull its images and come up, before any grace period."""

DEREGISTRATION_MINUTES: Final = 5.0
"""How long a target may drain: the default of a target group, whose attributes we do not read.

Source: Elastic Load Balancing, "Edit target group attributes", deregistration delay 300 s (read 2026-11-22).
"""

ALARM_BAKE_MINUTES: Final = 30.0
"""With alarms ECS goes on watching for a time that it computes and does not tell: six periods of 5 minutes.

Source: ECS Developer Guide, "How CloudWatch alarms detect deployment failures" (read 2026-11-22).
"""

UNKNOWN_BAKE_MINUTES: Final = 60.0
"""For a native deployment that does not say how long it bakes; the API's examples bake for minutes."""

LINEAR_PERCENT, LINEAR_BAKE_MINUTES, CANARY_BAKE_MINUTES = 10.0, 6.0, 10.0
"""What holds where a linear or canary deployment says nothing.

Source: ECS API Reference, LinearConfiguration and CanaryConfiguration (read 2026-11-22).
"""

UNKNOWN_STRATEGY: Final = timedelta(hours=49)
"""A strategy that this version does not know may have two stages of a day each, as those that it knows."""

SHIFT_STAGES: Final = ("PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")
"""Stages that linear and canary deployments come to at every step.

Source: ECS API Reference, DeploymentLifecycleHook, lifecycleStages (read 2026-11-22).
"""


def rollout_deadline(kind: Kind, service: Service, stop_seconds: int) -> timedelta:
    """Return how long the roll-out of a Change may take, from the service's own deployment configuration.

    Batches x (start + grace period + stop) + bake times + the time-outs of lifecycle hooks, and never less
    than ``LEAST``. Six tasks of which one at a time is replaced, with 2 minutes of grace and a target group:
    6 x (5 + 2 + 5.5) = 75 minutes.

    Args:
        kind: A return has less time at least than the rest.
        service: As read now.
        stop_seconds: Longest ``stopTimeout`` of the task definition.
    """
    plan = service.plan
    if plan.strategy not in STRATEGIES:
        return UNKNOWN_STRATEGY
    drain = stop_seconds / 60 + (DEREGISTRATION_MINUTES if service.load_balanced else 0)
    batch = START_MINUTES + service.health_check_grace_seconds / 60 + drain
    needed = timedelta(minutes=_batches(service) * batch + _bake(service) + _hooks(plan))
    least = LEAST_RETURN if kind is Kind.RETURN else LEAST
    return max(least, needed)


def _batches(service: Service) -> int:
    """Return how many times tasks are replaced; a native deployment starts all of them at once."""
    plan, wanted = service.plan, service.desired_count
    if plan.strategy != "ROLLING":
        return 1
    above = wanted * plan.maximum_percent // 100 - wanted
    below = wanted - ceil(wanted * service.minimum_healthy_percent / 100)
    return ceil(wanted / max(above + below, 1)) or 1


def _bake(service: Service) -> float:
    plan = service.plan
    if plan.strategy == "ROLLING":
        return (plan.bake_minutes or 0) + (ALARM_BAKE_MINUTES if service.alarms else 0)
    last = UNKNOWN_BAKE_MINUTES if plan.bake_minutes is None else plan.bake_minutes
    if plan.strategy == "LINEAR":
        each = LINEAR_BAKE_MINUTES if plan.step_bake_minutes is None else plan.step_bake_minutes
        return (_steps(plan) - 1) * each + last
    if plan.strategy == "CANARY":
        return (CANARY_BAKE_MINUTES if plan.step_bake_minutes is None else plan.step_bake_minutes) + last
    return last


def _steps(plan: RolloutPlan) -> int:
    if plan.strategy == "CANARY":
        return 2
    return ceil(100 / (plan.step_percent or LINEAR_PERCENT)) if plan.strategy == "LINEAR" else 1


def _hooks(plan: RolloutPlan) -> float:
    return sum(
        minutes * (_steps(plan) if stage in SHIFT_STAGES else 1) for stage, minutes in plan.hook_minutes
    )
