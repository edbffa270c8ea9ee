"""Application Auto Scaling: how the desired counts of services are moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from trimtab.model.scaling import Follows, Scaling, ScalingPolicy

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient

COUNT: Final = "ecs:service:DesiredCount"

METRICS: Final = {
    "ECSServiceAverageCPUUtilization": Follows.CPU,
    "ECSServiceAverageCPUUtilizationHighResolution": Follows.CPU,
    "ECSServiceCPUUtilization": Follows.CPU,
    "ECSServiceAverageMemoryUtilization": Follows.MEMORY,
    "ECSServiceAverageMemoryUtilizationHighResolution": Follows.MEMORY,
    "ECSServiceMemoryUtilization": Follows.MEMORY,
    "ALBRequestCountPerTarget": Follows.REQUESTS,
    "ALBRequestCount": Follows.REQUESTS,
    "CPUUtilization": Follows.CPU,
    "CpuUtilized": Follows.CPU,
    "TaskCpuUtilization": Follows.CPU,
    "MemoryUtilization": Follows.MEMORY,
    "MemoryUtilized": Follows.MEMORY,
    "TaskMemoryUtilization": Follows.MEMORY,
    "RequestCountPerTarget": Follows.REQUESTS,
    "RequestCount": Follows.REQUESTS,
}
"""What a metric tells of a service: predefined ones by their type, customized ones by their name.

Sources: Application Auto Scaling API Reference, PredefinedMetricSpecification and
PredictiveScalingPredefinedMetricPairSpecification; ECS Developer Guide, available-metrics (read 2026-11-22).
"""

OF_TASKS: Final = ("AWS/ECS", "ECS/ContainerInsights", "AWS/ApplicationELB")
"""Namespaces in which those names mean that; an application's own metric may be called anything."""


class ApplicationAutoscaling:
    """The port ``Autoscaling`` on Application Auto Scaling."""

    def __init__(self, client: ApplicationAutoScalingClient) -> None:
        self._client = client

    def scaling(self) -> Mapping[str, Scaling]:
        """Return by ``cluster/service`` how each registered ECS service is scaled."""
        targets = {_service(target): target for target in self._targets()}
        policies = self._policies(targets)
        pages = self._client.get_paginator("describe_scheduled_actions").paginate(
            ServiceNamespace="ecs", ScalableDimension=COUNT
        )
        scheduled = {_service(action) for page in pages for action in page["ScheduledActions"]}
        return {
            name: Scaling(
                target["MinCapacity"], target["MaxCapacity"], tuple(policies[name]), name in scheduled
            )
            for name, target in targets.items()
        }

    def _policies(self, targets: Mapping[str, Any]) -> Mapping[str, Sequence[ScalingPolicy]]:
        """Return the policies of each target.

        AWS answers a list with an error where it may not read the alarms of one policy, by a role that its
        owner has set up wrong: then each target is asked for itself, and that one goes by nobody knows what.
        """
        found: dict[str, list[ScalingPolicy]] = defaultdict(list)
        try:
            for policy in self._read_policies():
                found[_service(policy)].append(read_policy(policy))
            return found
        except self._client.exceptions.FailedResourceAccessException:
            found.clear()
        for name, target in targets.items():
            try:
                found[name] = [
                    read_policy(one) for one in self._read_policies(ResourceId=target["ResourceId"])
                ]
            except self._client.exceptions.FailedResourceAccessException:
                found[name] = [ScalingPolicy("unreadable", Follows.STEPS, "", None, target["CreationTime"])]
        return found

    def _read_policies(self, **of: Any) -> Iterable[Any]:
        pages = self._client.get_paginator("describe_scaling_policies").paginate(
            ServiceNamespace="ecs", ScalableDimension=COUNT, **of
        )
        return (policy for page in pages for policy in page["ScalingPolicies"])

    def _targets(self) -> Iterable[Any]:
        pages = self._client.get_paginator("describe_scalable_targets").paginate(
            ServiceNamespace="ecs", ScalableDimension=COUNT
        )
        return (target for page in pages for target in page["ScalableTargets"])


def read_policy(policy: Mapping[str, Any]) -> ScalingPolicy:
    """Return a scaling policy in our words; one of an unknown type goes by what nobody knows: by steps."""
    name, created_at = policy["PolicyName"], policy["CreationTime"]
    tracking = policy.get("TargetTrackingScalingPolicyConfiguration")
    predictive = policy.get("PredictiveScalingPolicyConfiguration")
    if tracking:
        follows, metric = _tracked(tracking)
        return ScalingPolicy(name, follows, metric, tracking.get("TargetValue"), created_at)
    if predictive:
        first: Mapping[str, Any] = next(iter(predictive["MetricSpecifications"]), {})
        follows, metric = _forecast(first)
        acts = predictive.get("Mode") == "ForecastAndScale"
        return ScalingPolicy(name, follows, metric, first.get("TargetValue"), created_at, True, acts)
    return ScalingPolicy(name, Follows.STEPS, "alarms", None, created_at)


def _tracked(tracking: Mapping[str, Any]) -> tuple[Follows, str]:
    if predefined := tracking.get("PredefinedMetricSpecification"):
        metric = predefined["PredefinedMetricType"]
        return METRICS.get(metric, Follows.CUSTOM), metric
    said = tracking.get("CustomizedMetricSpecification") or {}
    if "MetricName" in said:
        return _named(said)
    stats = [query["MetricStat"]["Metric"] for query in said.get("Metrics", ()) if "MetricStat" in query]
    # An expression over a utilization follows it, whatever else it counts.
    known = [_named(metric) for metric in stats]
    held = [one for one in known if one[0] in (Follows.CPU, Follows.MEMORY)]
    return (held or known or [(Follows.CUSTOM, "an expression")])[0]


def _forecast(said: Mapping[str, Any]) -> tuple[Follows, str]:
    for kind in ("PredefinedMetricPairSpecification", "PredefinedScalingMetricSpecification"):
        if predefined := said.get(kind):
            metric = predefined["PredefinedMetricType"]
            return METRICS.get(metric, Follows.CUSTOM), metric
    return Follows.CUSTOM, "a metric of its own"


def _named(metric: Mapping[str, Any]) -> tuple[Follows, str]:
    name = metric["MetricName"]
    known = METRICS.get(name) if metric.get("Namespace") in OF_TASKS else None
    return known or Follows.CUSTOM, name


def _service(row: Mapping[str, Any]) -> str:
    return str(row["ResourceId"]).removeprefix("service/")
