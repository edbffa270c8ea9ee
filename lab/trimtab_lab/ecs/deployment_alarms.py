"""Deployments that watch alarms: which fail, and how long one bakes.

Source: ECS Developer Guide, "CloudWatch alarms detect deployment failures" (read 2026-11-22): a deployment
that begins while one of its alarms fires watches none of them; how long it bakes is not published.
"""

from collections.abc import Callable
from typing import Protocol

from trimtab_lab.ecs.answers import Json
from trimtab_lab.ecs.deployment import Deployment

FIRING = "ALARM"


class Alarms(Protocol):
    """What deployments need of CloudWatch."""

    def state(self, name: str) -> str:
        """Return an alarm's state, empty when there is none of that name."""
        ...

    def looks_back_seconds(self, name: str) -> float:
        """Return how long a stretch an alarm is judged by."""
        ...


class ListenedAlarms(Alarms, Protocol):
    """Alarms that tell of their transitions."""

    def listen(self, listener: Callable[[str, str], None]) -> None:
        """Tell ``listener`` of each: the alarm's name and its new state."""
        ...


class NoAlarms:
    """An account without any."""

    def state(self, name: str) -> str:
        """Return that there is none of that name."""
        return ""

    def looks_back_seconds(self, name: str) -> float:
        """Return nothing to look back at."""
        return 0.0


def watched(configuration: Json) -> list[str]:
    """Return the names of the alarms that deployments watch."""
    alarms = configuration.get("alarms") or {}
    return list(alarms.get("alarmNames", [])) if alarms.get("enable") else []


def goes_back(configuration: Json) -> bool:
    """Tell whether an alarm that fires returns the service to the last completed deployment."""
    return bool((configuration.get("alarms") or {}).get("rollback"))


def may_watch(configuration: Json, alarms: Alarms) -> bool:
    """Tell whether a deployment that begins now watches its alarms."""
    names = watched(configuration)
    return bool(names) and not any(alarms.state(name) == FIRING for name in names)


def baking_seconds(deployment: Deployment, configuration: Json, alarms: Alarms, now: float) -> float:
    """Return for how long a deployment whose tasks all run still watches its alarms."""
    if not deployment.service_deployment.watches_alarms:
        return 0.0
    if deployment.bakes_since is None:
        deployment.bakes_since = now
    longest = max((alarms.looks_back_seconds(name) for name in watched(configuration)), default=0.0)
    return max(deployment.bakes_since + longest - now, 0.0)
