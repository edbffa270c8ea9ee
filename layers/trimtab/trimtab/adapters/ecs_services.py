"""Amazon ECS, services: reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from trimtab.model.errors import UnreadableError
from trimtab.model.service import (
    Deployment,
    RolloutPlan,
    Service,
    Strategy,
    StrategyItem,
    service_of_arn,
)

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

SERVICES_PER_CALL: Final = 10
"""DescribeServices takes at most ten. Source: ECS API Reference, DescribeServices (read 2026-11-22)."""

HOOK_MINUTES: Final = 1440
"""How long a lifecycle hook may hold up a stage that says nothing of it.

Source: ECS API Reference, DeploymentLifecycleHook, timeoutConfiguration (read 2026-11-22).
"""


class EcsServices:
    """The port ``Services`` on Amazon ECS.

    ``tell`` hears of each service that cannot be read and is passed over in a list of them.
    """

    def __init__(self, client: ECSClient, tell: Callable[[UnreadableError], None]) -> None:
        self._client, self._tell = client, tell

    def describe(self, service_arn: str) -> Service | None:
        """Return the service with its tags, None when ECS knows no such service.

        Raises:
            UnreadableError: ECS shows it in a shape that this version does not know.
        """
        cluster, _ = service_of_arn(service_arn)
        found = self._describe(cluster, [service_arn])
        return read_service(found[0]) if found else None

    def all(self, clusters: Sequence[str], wanted: Callable[[str], bool] | None = None) -> Iterator[Service]:
        """Yield every service of the clusters (names; none means every cluster).

        Args:
            clusters: Where to look.
            wanted: Told an ARN, says whether to describe it; None describes all.
        """
        for cluster in clusters or self._clusters():
            pages = self._client.get_paginator("list_services").paginate(
                cluster=cluster, PaginationConfig={"PageSize": 100}
            )
            listed = (arn for page in pages for arn in page["serviceArns"])
            arns = [arn for arn in listed if wanted is None or wanted(arn)]
            for start in range(0, len(arns), SERVICES_PER_CALL):
                yield from self._read(cluster, arns[start : start + SERVICES_PER_CALL])

    def _clusters(self) -> list[str]:
        pages = self._client.get_paginator("list_clusters").paginate()
        return [arn for page in pages for arn in page["clusterArns"]]

    def _read(self, cluster: str, arns: Sequence[str]) -> Iterator[Service]:
        for described in self._describe(cluster, arns):
            try:
                yield read_service(described)
            except UnreadableError as fault:
                self._tell(fault)

    def _describe(self, cluster: str, arns: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        try:
            answer = self._client.describe_services(cluster=cluster, services=list(arns), include=["TAGS"])
        except ClientError as fault:
            if fault.response["Error"]["Code"] == "ClusterNotFoundException":
                return []
            raise
        return answer["services"]


def read_service(described: Mapping[str, Any]) -> Service:
    """Return one entry of DescribeServices in our words.

    Raises:
        UnreadableError: It has not the shape that this version knows.
    """
    try:
        return _read_service(described)
    except (AttributeError, KeyError, TypeError) as fault:
        raise UnreadableError(
            f"cannot read service {described.get('serviceArn')} as ECS shows it: {type(fault).__name__} "
            f"{fault}. It was left alone."
        ) from fault


def _read_service(described: Mapping[str, Any]) -> Service:
    configuration = described.get("deploymentConfiguration") or {}
    return Service(
        arn=described["serviceArn"],
        name=described["serviceName"],
        cluster_arn=described["clusterArn"],
        status=described["status"],
        # Services of the controller EXTERNAL have theirs in task sets.
        task_definition=described.get("taskDefinition", ""),
        desired_count=described["desiredCount"],
        running_count=described["runningCount"],
        pending_count=described["pendingCount"],
        launch_type=described.get("launchType"),
        capacity_provider_strategy=read_strategy(described.get("capacityProviderStrategy")),
        deployment_controller=(described.get("deploymentController") or {}).get("type", "ECS"),
        scheduling_strategy=described.get("schedulingStrategy", "REPLICA"),
        minimum_healthy_percent=configuration.get("minimumHealthyPercent", 100),
        deployments=tuple(_deployment(entry) for entry in described.get("deployments", ())),
        tags=read_tags(described.get("tags")),
        created_at=described["createdAt"],
        plan=_plan(configuration),
        health_check_grace_seconds=described.get("healthCheckGracePeriodSeconds") or 0,
        load_balanced=bool(described.get("loadBalancers")),
        target_groups=_target_groups(described.get("loadBalancers") or ()),
        alarms=_alarms(configuration.get("alarms") or {}),
    )


def _plan(configuration: Mapping[str, Any]) -> RolloutPlan:
    strategy = configuration.get("strategy", "ROLLING")
    linear = configuration.get("linearConfiguration") or {}
    canary = configuration.get("canaryConfiguration") or {}
    hooks = configuration.get("lifecycleHooks") or ()
    return RolloutPlan(
        strategy=strategy,
        maximum_percent=configuration.get("maximumPercent", 200),
        bake_minutes=configuration.get("bakeTimeInMinutes"),
        step_percent=linear.get("stepPercent", canary.get("canaryPercent")),
        step_bake_minutes=linear.get("stepBakeTimeInMinutes", canary.get("canaryBakeTimeInMinutes")),
        hook_minutes=tuple(
            (stage, (hook.get("timeoutConfiguration") or {}).get("timeoutInMinutes", HOOK_MINUTES))
            for hook in hooks
            for stage in hook.get("lifecycleStages") or ()
        ),
    )


def _target_groups(load_balancers: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the target groups, of blue/green deployments the other one too: traffic moves between both."""
    both = [
        arn
        for one in load_balancers
        for arn in (
            one.get("targetGroupArn"),
            (one.get("advancedConfiguration") or {}).get("alternateTargetGroupArn"),
        )
        if arn
    ]
    return tuple(dict.fromkeys(both))


def _alarms(alarms: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(alarms.get("alarmNames") or ()) if alarms.get("enable") else ()


def _deployment(entry: Mapping[str, Any]) -> Deployment:
    return Deployment(
        id=entry["id"],
        status=entry["status"],
        task_definition=entry["taskDefinition"],
        rollout_state=entry.get("rolloutState", ""),
        rollout_state_reason=entry.get("rolloutStateReason", ""),
        created_at=entry["createdAt"],
        running_count=entry["runningCount"],
        desired_count=entry["desiredCount"],
        failed_tasks=entry.get("failedTasks", 0),
        capacity_provider_strategy=read_strategy(entry.get("capacityProviderStrategy")),
    )


def read_strategy(items: Sequence[Mapping[str, Any]] | None) -> Strategy:
    """Return a capacity provider strategy in our words."""
    return tuple(
        StrategyItem(item["capacityProvider"], item.get("weight", 0), item.get("base", 0))
        for item in items or ()
    )


def write_strategy(strategy: Strategy) -> list[dict[str, Any]]:
    """Return a capacity provider strategy in ECS's words."""
    return [
        {"capacityProvider": item.capacity_provider, "weight": item.weight, "base": item.base}
        for item in strategy
    ]


def read_tags(tags: Sequence[Mapping[str, Any]] | None) -> dict[str, str]:
    """Return ECS's list of tags as a mapping; an answer without tags has no such member at all."""
    return {tag["key"]: tag.get("value", "") for tag in tags or ()}


def write_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return a mapping of tags as ECS's list, without those that AWS keeps for itself."""
    return [{"key": key, "value": value} for key, value in tags.items() if not key.startswith("aws:")]
