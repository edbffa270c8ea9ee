"""How launches lie in the Control table: model -> plain values, and back; older items have fewer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from trimtab.adapters.dynamodb_items import instant, read_instant, read_strategy, write_strategy
from trimtab.model.launch import LaunchRequest, LiveTask, Recipe
from trimtab.model.task import Task

OF_LIVE: Final = ("task_arn", "cluster_arn", "task_definition_arn", "group", "started_by")
"""What is kept of a running task: enough to know whose it was, should nobody see it stop."""


def write_recipe(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as plain values; its overrides are sealed by the caller."""
    return {
        **_write_common(recipe),
        "task_arn": recipe.task_arn,
        "cluster": recipe.cluster,
        "task_definition": recipe.task_definition,
        "group": recipe.group,
        "started_by": recipe.started_by,
        "missing": list(recipe.missing),
    }


def read_recipe(item: Mapping[str, Any], overrides: Mapping[str, Any]) -> Recipe:
    """Return the recipe that ``write_recipe`` wrote, in this or an earlier release."""
    return Recipe(
        task_arn=item["task_arn"],
        cluster=item["cluster"],
        task_definition=item["task_definition"],
        group=item["group"],
        started_by=item.get("started_by"),
        overrides=overrides,
        missing=tuple(item["missing"]),
        **_read_common(item),
    )


def write_request(request: LaunchRequest) -> dict[str, Any]:
    """Return what was asked of RunTask as plain values."""
    return {**_write_common(request), "unsupported": list(request.unsupported)}


def read_request(item: Mapping[str, Any]) -> LaunchRequest:
    """Return what ``write_request`` wrote."""
    return LaunchRequest(unsupported=tuple(item["unsupported"]), **_read_common(item))


def write_live(task: Task, at: datetime) -> dict[str, Any]:
    """Return what is kept of a running task as plain values."""
    return {
        **{name: getattr(task, name) for name in OF_LIVE},
        "started_at": instant(task.started_at) if task.started_at else None,
        "seen_at": instant(at),
    }


def read_live(item: Mapping[str, Any]) -> LiveTask:
    """Return what ``write_live`` wrote."""
    started_at = read_instant(item["started_at"]) if item["started_at"] else None
    known = {name: item[name] for name in OF_LIVE}
    return LiveTask(
        Task(last_status="RUNNING", started_at=started_at, **known), read_instant(item["seen_at"])
    )


def _write_common(launch: Recipe | LaunchRequest) -> dict[str, Any]:
    return {
        "launch_type": launch.launch_type,
        "strategy": write_strategy(launch.capacity_provider_strategy),
        "platform_version": launch.platform_version,
        "subnets": list(launch.subnets),
        "security_groups": list(launch.security_groups),
        "assign_public_ip": launch.assign_public_ip,
        "enable_execute_command": launch.enable_execute_command,
        "placement_constraints": [dict(one) for one in launch.placement_constraints],
        "placement_strategy": [dict(one) for one in launch.placement_strategy],
        "propagate_tags": launch.propagate_tags,
        "enable_ecs_managed_tags": launch.enable_ecs_managed_tags,
        "tags": dict(launch.tags),
    }


def _read_common(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "launch_type": item["launch_type"],
        "capacity_provider_strategy": read_strategy(item["strategy"]),
        "platform_version": item["platform_version"],
        "subnets": tuple(item["subnets"]),
        "security_groups": tuple(item["security_groups"]),
        "assign_public_ip": item["assign_public_ip"],
        "enable_execute_command": item["enable_execute_command"],
        "placement_constraints": tuple(item.get("placement_constraints", ())),
        "placement_strategy": tuple(item.get("placement_strategy", ())),
        "propagate_tags": item.get("propagate_tags"),
        "enable_ecs_managed_tags": item.get("enable_ecs_managed_tags", False),
        "tags": item["tags"],
    }
