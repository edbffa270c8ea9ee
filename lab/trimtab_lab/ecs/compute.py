"""Launch type or capacity provider strategy: what a request, or its cluster, asks for."""

from dataclasses import dataclass

from trimtab_lab.api_error import NotModelled
from trimtab_lab.ecs.answers import Json, copied
from trimtab_lab.ecs.cluster import Cluster
from trimtab_lab.ecs.errors import invalid
from trimtab_lab.ecs.strategy import launch_type_of, read_strategy
from trimtab_lab.ecs.task_definition import TaskDefinition
from trimtab_lab.ecs.world import World


@dataclass(frozen=True, slots=True)
class Compute:
    """On what tasks run: a launch type, and the strategy if one decides."""

    launch_type: str
    strategy: list[Json]


def read_compute(world: World, cluster: Cluster, request: Json) -> Compute:
    """Return what the request asks for, else the cluster's default strategy, else EC2.

    Raises:
        ApiError: Both are given, or the strategy is not accepted.
    """
    given = request.get("capacityProviderStrategy") or []
    if given and request.get("launchType"):
        raise invalid(
            "Specifying both a launch type and capacity provider strategy is not supported. "
            "Remove one and try again."
        )
    if request.get("launchType"):
        return Compute(modelled(request["launchType"]), [])
    strategy = read_strategy(world, cluster, given) or copied(cluster.default_strategy)
    if strategy:
        return Compute(modelled(launch_type_of(world, strategy)), strategy)
    return Compute("EC2", [])


def modelled(launch_type: str) -> str:
    """Return the launch type; tasks on Managed Instances run on instances that were added beforehand.

    Raises:
        NotModelled: Tasks on it are not simulated.
    """
    if launch_type not in ("EC2", "FARGATE", "MANAGED_INSTANCES"):
        raise NotModelled(f"tasks on {launch_type}")
    return launch_type


def check_compatible(definition: TaskDefinition, launch_type: str) -> None:
    """Let a task definition through that can run there.

    Raises:
        ApiError: The revision's compatibilities or requirements do not hold the launch type.
    """
    asked = definition.content.get("requiresCompatibilities") or definition.compatibilities
    if launch_type not in definition.compatibilities or launch_type not in asked:
        raise invalid(f"Task definition does not support launch_type {launch_type}.")
