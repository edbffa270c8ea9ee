"""What is known of a launch, from the sources that tell of it -> one recipe. Pure and total."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from trimtab.model.launch import LaunchRequest, Recipe, ScheduledRun
from trimtab.model.policy import FARGATE_POOLS
from trimtab.model.service import StrategyItem
from trimtab.model.tags import CHANGE_TAG
from trimtab.model.task import Task

NETWORK: Final = ("securityGroups", "assignPublicIp")
WEIGHTS: Final = "weights of the capacity provider strategy"
PLACEMENT: Final = ("placementConstraints", "placementStrategy")
VOLUMES: Final = "volumeConfigurations"
MANAGED_TAG: Final = "aws:ecs:clusterName"
"""A task bears it where ``enableECSManagedTags`` was asked for.

Source: ECS developer guide, ecs-using-tags (read 2026-11-22).
"""

INJECTED: Final = ("aws-guardduty-agent-", "ecs-service-connect-")
"""Containers that AWS adds to a task, and that RunTask does not know.

Source: ECS developer guide, ecs_task_events (GuardDuty); names of Service Connect's proxy in live captures.
"""


def recipe_of(task: Task, interface: tuple[tuple[str, ...], bool] | None, tags: Mapping[str, str]) -> Recipe:
    """Return what a task and its network interface (security groups, whether it is public) tell."""
    provider = task.capacity_provider_name
    groups, public = interface if interface else ((), None)
    missing = [*NETWORK] if task.subnet_id and interface is None else []
    if provider:
        missing.append(WEIGHTS)
    if provider not in FARGATE_POOLS and task.launch_type != "FARGATE":
        missing.extend(PLACEMENT)
    if task.has_volumes:
        missing.append(VOLUMES)
    return Recipe(
        task_arn=task.task_arn,
        cluster=task.cluster_arn,
        task_definition=task.task_definition_arn or "",
        group=task.group,
        launch_type=None if provider else task.launch_type,
        capacity_provider_strategy=(StrategyItem(provider, weight=1),) if provider else (),
        platform_version=task.platform_version if task.launch_type == "FARGATE" else None,
        subnets=(task.subnet_id,) if task.subnet_id else (),
        security_groups=groups,
        assign_public_ip=public,
        enable_execute_command=task.enable_execute_command,
        tags={key: value for key, value in tags.items() if key != CHANGE_TAG},
        overrides=task.overrides,
        missing=tuple(missing),
        started_by=task.started_by,
        enable_ecs_managed_tags=MANAGED_TAG in tags,
    )


def with_request(recipe: Recipe, asked: LaunchRequest | None) -> Recipe:
    """Return a recipe with what a record of its launch adds: every subnet, weights, placement.

    Twice is once, and the order of several records does not matter where they say the same. A request
    that cannot have placed the task where it ran, such as a target that was edited since, adds nothing.
    """
    if asked is None or not _can_have_launched(asked, recipe):
        return recipe
    recovered = {*PLACEMENT}
    if asked.subnets:
        recovered |= {*NETWORK}
        public = recipe.assign_public_ip if asked.assign_public_ip is None else asked.assign_public_ip
        groups = asked.security_groups or recipe.security_groups
        recipe = replace(recipe, subnets=asked.subnets, security_groups=groups, assign_public_ip=public)
    if asked.capacity_provider_strategy:
        recovered.add(WEIGHTS)
        recipe = replace(recipe, capacity_provider_strategy=asked.capacity_provider_strategy)
    still_missing = [name for name in recipe.missing if name not in recovered]
    return replace(
        recipe,
        platform_version=recipe.platform_version or asked.platform_version,
        enable_execute_command=recipe.enable_execute_command or asked.enable_execute_command,
        placement_constraints=asked.placement_constraints or recipe.placement_constraints,
        placement_strategy=asked.placement_strategy or recipe.placement_strategy,
        propagate_tags=asked.propagate_tags or recipe.propagate_tags,
        enable_ecs_managed_tags=recipe.enable_ecs_managed_tags or asked.enable_ecs_managed_tags,
        tags={**asked.tags, **recipe.tags},
        missing=tuple(dict.fromkeys([*still_missing, *asked.unsupported])),
    )


def request_of_schedule(task: Task, runs: Sequence[ScheduledRun]) -> LaunchRequest | None:
    """Return what the schedule of a task asks for; None where several could be it and ask differently.

    The id in ``chronos-schedule/<id>`` names no schedule: cluster and family are what there is to go by.
    """
    fitting = [run.request for run in runs if (run.cluster, run.family) == (task.cluster_name, task.family)]
    return fitting[0] if fitting and all(one == fitting[0] for one in fitting) else None


def tells_the_network(recipe: Recipe) -> bool:
    """Tell whether a recipe says how its task reached the network: none in bridge and host mode."""
    return not recipe.subnets or NETWORK[0] not in recipe.missing


def says_something(overrides: Mapping[str, Any]) -> bool:
    """Tell whether overrides override anything: ECS names every container in those of each task."""
    containers = overrides.get("containerOverrides", ())
    others = (value for name, value in overrides.items() if name != "containerOverrides")
    return any(others) or any(set(one) - {"name"} for one in containers)


def without_injected(recipe: Recipe, containers: Collection[str]) -> Recipe:
    """Return a recipe whose overrides name only ``containers``, those of the task definition.

    RunTask refuses any other name; without ``containers`` only what AWS is known to inject is left out.
    """
    given = recipe.overrides.get("containerOverrides", ())
    kept = [
        one
        for one in given
        if not one.get("name", "").startswith(INJECTED) and (not containers or one.get("name") in containers)
    ]
    return replace(recipe, overrides={**recipe.overrides, "containerOverrides": kept}) if given else recipe


def _can_have_launched(asked: LaunchRequest, recipe: Recipe) -> bool:
    """Tell whether a request could have put the task where it ran."""
    ran_on = [item.capacity_provider for item in recipe.capacity_provider_strategy]
    strategy = [item.capacity_provider for item in asked.capacity_provider_strategy]
    return (
        (not asked.subnets or set(recipe.subnets) <= set(asked.subnets))
        and (not strategy or (bool(ran_on) and set(ran_on) <= set(strategy)))
        and asked.launch_type in (None, recipe.launch_type)
    )
