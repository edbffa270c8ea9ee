"""I1, I2: ECS is changed only by the applier, and only where a team asked for it, as read just before."""

from trimtab_cli.simulation.checkers.readings import FRESH_SECONDS, service_reading, told_tags
from trimtab_cli.simulation.trial import Trial


def changed_only_where_asked(trial: Trial) -> list[str]:
    """Each write to a service stands on a reading of at most 60 s that showed the mode and no hold."""
    broken = []
    for write in trial.writes:
        if write.function != "apply_change":
            broken.append(f"{write.function} called {write.operation}")
        if write.operation not in ("UpdateService", "RegisterTaskDefinition"):
            continue
        found = service_reading(trial, write)
        if found is None:
            broken.append(f"{write.operation} by an invocation that had not looked at the service")
            continue
        call, seen = found
        tags = told_tags(seen)
        if write.at - call.at > FRESH_SECONDS:
            broken.append(f"{write.operation} on a reading {write.at - call.at:.0f} s old")
        if tags.get("trimtab:mode") not in ("apply", "approve") or _held(tags):
            broken.append(f"{write.operation} though the service was tagged {tags}")
    return broken


def observed_is_left_alone(trial: Trial) -> list[str]:
    """A service that never bore a mode which writes is never written to, whatever was read."""
    broken = []
    for write in trial.writes:
        if write.operation not in ("UpdateService", "RegisterTaskDefinition"):
            continue
        if write.standing and write.standing.tags.get("trimtab:mode") in ("off", "handover", "aply", None):
            broken.append(f"{write.operation} of a service tagged {write.standing.tags}")
    return broken


def moved_only_where_asked(trial: Trial) -> list[str]:
    """A service is moved between pools only while its tags, as read last, ask for Spot first."""
    broken = []
    for write in trial.writes_of("UpdateService"):
        found = service_reading(trial, write)
        if found is None or write.change is None or write.change["kind"] not in ("shift", "return"):
            continue
        profile = told_tags(found[1]).get("trimtab:profile")
        if profile != "spot-first":
            broken.append(f"{write.change['kind']} of a service with the profile {profile}")
    return broken


def _held(tags: dict[str, str]) -> bool:
    return tags.get("trimtab:hold", "false") != "false"
