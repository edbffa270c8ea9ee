"""The seeds without faults, in which nobody else acts: exactly the expected happens."""

from collections import Counter
from math import ceil
from typing import Any

from trimtab_cli.simulation.checkers.readings import service_name
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.team import Team
from trimtab_cli.simulation.trial import Trial
from trimtab_lab.grid import fargate_sizes

USD_PER_VCPU_HOUR, USD_PER_GB_HOUR = 0.04048, 0.004445
"""Fargate for Linux on x86 in us-east-1: only the order of the prices matters here."""

MUCH = 2.0
"""A size that holds twice of all that was used is more than any profile pays for on quiet days."""


def calm_seeds_do_the_expected(trial: Trial) -> list[str]:
    """Each service that asked for it gets the size that its usage calls for, once; no other is touched."""
    if trial.faults.any:
        return []
    broken = [f"{one.function} failed: {one.why}" for one in trial.lambdas.errors]
    registered = Counter(service_name(write) for write in trial.writes_of("RegisterTaskDefinition"))
    updated = Counter(service_name(write) for write in trial.writes_of("UpdateService"))
    for team in trial.scene.teams:
        # A blind team's size waits for a person; one whose only task would be interrupted keeps its size, and
        # so does what AWS CodeDeploy deploys. A young team's size waits until two whole days are known.
        careless = team.blind or team.minimum_healthy_percent < 100 or team.controller != "ECS"
        waits = team.young and not trial.plans_twice
        wanted = int(team.tags.get("trimtab:mode") == "apply" and not careless and not waits)
        # A fragile or weary service dies of the smaller size, one with few workers fails its users: each
        # gets its own back.
        suffers = team.fragile or team.weary or team.serves_ratio < 1
        counts = (registered[team.name], updated[team.name])
        if not wanted and counts != (0, 0):
            broken.append(f"{team.name} in mode {team.tags} was registered and updated {counts} times")
        if wanted and not suffers:
            broken += _sized_once(trial, team, counts)
        if wanted and suffers and _in_force(trial, team)[1] != team.memory_mib:
            broken.append(f"{team.name} suffers from less and was left with {_in_force(trial, team)}")
    return broken


def _sized_once(trial: Trial, team: Team, counts: tuple[int, int]) -> list[str]:
    if counts != (1, 1):
        return [f"{team.name} was registered and updated {counts} times, not once"]
    broken = []
    size, used = _in_force(trial, team), _used(trial, team)
    if size[0] < used[0] or size[1] < used[1] or _usd(size) > _usd(_cheapest(used, MUCH)):
        broken.append(f"{team.name} runs on {size}, its usage was {used}")
    states = [c["state"] for c in trial.changes if c["name"] == team.name and c["kind"] == "resize"]
    # A young team gets its size from the second plan: the seed ends before the watch does.
    if "succeeded" not in states and not (team.young and "watching" in states):
        broken.append(f"the resize of {team.name} is {states}")
    return broken


def _in_force(trial: Trial, team: Team) -> tuple[int, int]:
    service = trial.lab.ecs.world.clusters[CLUSTER].services[team.name]
    return (service.definition.cpu_units, service.definition.memory_mib) if service.definition else (0, 0)


def _used(trial: Trial, team: Team) -> tuple[int, int]:
    """Work out from the world's own measurements what nearly all of the CPU, and all of the memory, was."""
    end = int(trial.started_at)
    usage = trial.lab.usage
    spans = (int(end - 3.05 * 86400) // 300 * 300, end, 300)
    cpu = sorted(
        one.total / one.samples
        for _, one in _series(usage.series(CLUSTER, team.name, "CPUUtilization"), spans)
    )
    memory = max(one.high for _, one in _series(usage.series(CLUSTER, team.name, "MemoryUtilization"), spans))
    return ceil(cpu[ceil(0.9 * len(cpu)) - 1] / 100 * team.cpu_units), ceil(memory / 100 * team.memory_mib)


def _cheapest(used: tuple[int, int], times: float) -> tuple[int, int]:
    """Return the cheapest size that holds so many times what was used."""
    need = (used[0] * times, used[1] * times)
    fitting = [size for size in fargate_sizes() if size[0] >= need[0] and size[1] >= need[1]]
    return min(fitting, key=lambda size: (_usd(size), size))


def _usd(size: tuple[int, int]) -> float:
    return size[0] / 1024 * USD_PER_VCPU_HOUR + size[1] / 1024 * USD_PER_GB_HOUR


def _series(series: Any, span: tuple[int, int, int]) -> list[tuple[int, Any]]:
    return list(series.between(*span)) if series else []
