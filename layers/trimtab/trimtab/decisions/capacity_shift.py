"""Which capacity providers a service should run on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from trimtab.model.change import Scalar
from trimtab.model.decision import Keep, Setting, Shift
from trimtab.model.duration import spoken
from trimtab.model.service import Service, StrategyItem

SPOT, ON_DEMAND = "FARGATE_SPOT", "FARGATE"
DWELL = timedelta(minutes=30)
DWELL_MAX = timedelta(hours=8)
"""Stay on the fallback for 30 minutes, doubled with each return that failed, at most 8 hours: the
storm simulation in the project's capacity study flapped without it."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One shortage of a service's pool, from its first sign until the service is home again.

    ``home`` is the strategy from before the shift; ``returns_failed`` counts tries to go back.
    """

    started_at: datetime
    last_failure_at: datetime
    home: tuple[StrategyItem, ...]
    returns_failed: int = 0

    @property
    def dwell(self) -> timedelta:
        """How long to stay away after the last failure."""
        return min(DWELL * (1 << min(self.returns_failed, 10)), DWELL_MAX)


def decide_shift(service: Service, setting: Setting, episode: Episode) -> Keep | Shift:
    """Move a ``spot-first`` service off exhausted Fargate Spot.

    The exhausted pool gets no weight at all: any weight would leave the deployment waiting for it.

    Returns:
        ``Shift`` to FARGATE, or ``Keep``: ``not_spot_first``, ``not_on_spot``.
    """
    if setting.profile != "spot-first":
        return Keep(
            "not_spot_first",
            f"{service.name} does not have the profile spot-first: its pools are its team's.",
        )
    if not any(i.capacity_provider == SPOT and i.weight > 0 for i in service.capacity_provider_strategy):
        return Keep("not_on_spot", f"{service.name} does not run on {SPOT} now.")
    missing = max(service.desired_count - service.running_count, 0)
    short = f" and {missing} of {service.desired_count} tasks are missing" if missing else ""
    return Shift(
        (StrategyItem(ON_DEMAND, weight=1),),
        "pool_exhausted",
        "fargate_spot_exhausted",
        f"ECS could not place a task on {SPOT}{short}: {service.name} moves to {ON_DEMAND} "
        f"until {SPOT} has been quiet for {spoken(episode.dwell)}.",
        _evidence(service, episode),
    )


def decide_return(service: Service, setting: Setting, episode: Episode, now: datetime) -> Keep | Shift:
    """Take a service home once its pool has been quiet for the dwell.

    Returns:
        ``Shift`` to the strategy from before, or ``Keep``: ``dwelling``, ``not_on_fallback`` (somebody else
        set another strategy meanwhile: theirs stays), ``not_spot_first``.
    """
    if setting.profile != "spot-first":
        return Keep("not_spot_first", f"{service.name} no longer has the profile spot-first.")
    if service.capacity_provider_strategy != (StrategyItem(ON_DEMAND, weight=1),):
        return Keep("not_on_fallback", f"{service.name} is not where Trimtab moved it: it is left there.")
    until = episode.last_failure_at + episode.dwell
    if now < until:
        return Keep("dwelling", f"{service.name} stays on {ON_DEMAND} until {until:%Y-%m-%d %H:%M} UTC.")
    return Shift(
        episode.home,
        "pool_quiet",
        "fargate_spot_quiet",
        f"{SPOT} gave no sign of shortage for {spoken(episode.dwell)}: {service.name} goes back.",
        _evidence(service, episode),
    )


def _evidence(service: Service, episode: Episode) -> Mapping[str, Scalar]:
    return {
        "desired_count": service.desired_count,
        "running_count": service.running_count,
        "returns_failed": episode.returns_failed,
        "dwell_minutes": int(episode.dwell.total_seconds() // 60),
    }
