"""What a service's own scaling leaves to choose: what it follows is not to be moved by a size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil, isfinite
from statistics import median
from typing import Final

from trimtab.model.decision import Keep
from trimtab.model.scaling import Follows, Scaling, ScalingPolicy, TaskSamples

CALM: Final = timedelta(days=1)
"""A policy that is younger has not shown yet how it moves the service."""

PINNED_DAYS: Final = 14
PINNED_RATIO: Final = 0.9
TARGET_RATIO: Final = 0.8
"""CPU under a CPU target is free where the service sat at its minimum for nine tenths of two weeks and would
stay there: with its 95th percentile at no more than four fifths of the target."""

PERIODS_A_DAY: Final = 288
SAME_COUNT: Final = 1.1
"""So far may the samples of a period lie above those of now for the same number of tasks."""

PROPOSED: Final = {
    Follows.STEPS: "scaled_by_steps",
    Follows.REQUESTS: "scaled_by_requests",
    Follows.CUSTOM: "scaled_by_custom_metric",
}
"""Why a size is only proposed where a policy goes by this."""


@dataclass(frozen=True, slots=True)
class Leeway:
    """What may move: ``cpu_floor_units`` is the least CPU that may be chosen, None where CPU stays as it is.

    ``cpu_proposed``: other CPU is only proposed; ``all_proposed``: so is any other size.
    """

    memory: bool = True
    cpu_floor_units: int | None = 0
    cpu_proposed: bool = False
    all_proposed: bool = False
    reason: str = ""
    notes: tuple[str, ...] = ()


def leeway_under(
    scaling: Scaling | None, cpu_units: int, at_minimum: TaskSamples | None, now: datetime
) -> Keep | Leeway:
    """Return what a service's scaling leaves to choose.

    Returns:
        ``Leeway``, or ``Keep``: ``scaling_changed_lately``, ``scaled_by_both``.
    """
    if scaling is None:
        return Leeway()
    acting = [policy for policy in scaling.policies if policy.acts]
    young = [policy for policy in acting if policy.created_at > now - CALM]
    if young:
        told = f"Its scaling policy {young[0].name} is younger than a day: how it scales is not known."
        return Keep("scaling_changed_lately", told)
    by = {policy.follows: policy for policy in acting}
    if Follows.CPU in by and Follows.MEMORY in by:
        told = "Its scaling follows CPU and memory: any other size would only move its number of tasks."
        return Keep("scaled_by_both", told)
    leeway = _held(scaling, by, cpu_units, at_minimum)
    proposed = next((reason for follows, reason in PROPOSED.items() if follows in by), "")
    if any(policy.forecast for policy in acting):
        proposed = "scaled_by_forecast"
    every = proposed in ("scaled_by_steps", "scaled_by_forecast")
    return replace(
        leeway,
        cpu_proposed=bool(proposed) and not every,
        all_proposed=every,
        reason=proposed,
        notes=(*leeway.notes, *_forecasts(scaling.policies)),
    )


def _held(
    scaling: Scaling, by: Mapping[Follows, ScalingPolicy], cpu_units: int, at_minimum: TaskSamples | None
) -> Leeway:
    """Return what a policy that follows a utilization leaves: its own axis stays."""
    if policy := by.get(Follows.MEMORY):
        told = f"Its scaling follows memory at {_percent(policy)}: its memory stays as it is."
        return Leeway(memory=False, notes=(told,))
    policy = by.get(Follows.CPU)
    if policy is None:
        return Leeway()
    if at_minimum is None or not _stayed(at_minimum) or not policy.target:
        told = (
            f"Its scaling follows CPU at {_percent(policy)}: with less CPU there would only be more tasks, "
            "so its CPU stays as it is."
        )
        return Leeway(cpu_floor_units=None, notes=(told,))
    least = ceil(_p95(at_minimum.cpu_ratios) * cpu_units / (TARGET_RATIO * policy.target / 100))
    told = (
        f"Its scaling follows CPU at {_percent(policy)}, and it sat at its minimum of {scaling.minimum} "
        f"tasks for two weeks: with {least} CPU units or more it stays there."
    )
    return Leeway(cpu_floor_units=least, notes=(told,))


def told_for(scaling: Scaling | None, before_units: int, after_units: int) -> str:
    """Return what another CPU means for what a service scales by, empty where it means nothing."""
    if scaling is None or before_units == after_units:
        return ""
    ratio = after_units / before_units
    return " ".join(_implied(policy, ratio) for policy in scaling.policies if policy.acts).strip()


def _stayed(lately: TaskSamples) -> bool:
    """Tell whether nine tenths of two weeks are known and went by at the number of tasks of now."""
    wanted = PINNED_RATIO * PINNED_DAYS * PERIODS_A_DAY
    if len(lately.samples) < wanted or len(lately.cpu_ratios) < wanted:
        return False
    if not all(map(isfinite, (*lately.samples, *lately.cpu_ratios))):
        return False
    now = median(lately.samples[-12:])
    alike = sum(count <= SAME_COUNT * now for count in lately.samples)
    return alike >= PINNED_RATIO * len(lately.samples)


def _p95(ratios: Sequence[float]) -> float:
    ordered = sorted(ratios)
    return ordered[min(ceil(0.95 * len(ordered)), len(ordered)) - 1]


def _percent(policy: ScalingPolicy) -> str:
    return f"{policy.target:g} %" if policy.target else "an unknown target"


def _forecasts(policies: Sequence[ScalingPolicy]) -> list[str]:
    return [
        f"Its predictive policy {policy.name} learned at the present size: a change upsets its forecast."
        for policy in policies
        if policy.forecast
    ]


def _implied(policy: ScalingPolicy, ratio: float) -> str:
    match policy.follows:
        case Follows.REQUESTS | Follows.CUSTOM if policy.target:
            return (
                f"With it the target of {policy.name}, {policy.target:g} of {policy.metric}, would become "
                f"{policy.target * ratio:.4g}, as far as the work of a task is bound by CPU."
            )
        case Follows.STEPS:
            return (
                f"With it the thresholds of {policy.name} would become {ratio:.4g} times theirs where its "
                "alarms count the work of a task; where they watch CPU, "
                f"{1 / ratio:.3g} times the tasks would run."
            )
        case Follows.CPU:
            return f"With it {1 / ratio:.3g} times the tasks would run at the target of {_percent(policy)}."
    return ""
