"""Application Auto Scaling: between which counts a service scales, and by what. Nothing scales by it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from trimtab_lab.api_error import ApiError
from trimtab_lab.lab import Lab

Json = dict[str, Any]
DIMENSION = "ecs:service:DesiredCount"
PAGE_MOST = 50  # DescribeScalableTargets in the API Reference (read 2026-11-22)


class Autoscaling:
    """Holds targets, policies and schedules that were put; it scales nothing itself."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._targets: dict[str, Json] = {}
        self._policies: list[Json] = []
        self._actions: list[Json] = []
        self._numbers = lab.random("autoscaling")
        self.operations: Mapping[str, Callable[[Json], Json]] = {
            "RegisterScalableTarget": self.register_scalable_target,
            "PutScalingPolicy": self.put_scaling_policy,
            "PutScheduledAction": self.put_scheduled_action,
            "DescribeScalableTargets": self.describe_scalable_targets,
            "DescribeScalingPolicies": self.describe_scaling_policies,
            "DescribeScheduledActions": self.describe_scheduled_actions,
        }
        lab.serve("application-autoscaling", self)

    def register_scalable_target(self, request: Json) -> Json:
        """Let a service scale between two counts."""
        resource = request["ResourceId"]
        role = f"arn:aws:iam::{self._lab.account}:role/ecs-autoscaling"
        self._targets[resource] = {
            **self._common(resource),
            "MinCapacity": request["MinCapacity"],
            "MaxCapacity": request["MaxCapacity"],
            "RoleARN": role,
            "SuspendedState": {
                "DynamicScalingInSuspended": False,
                "DynamicScalingOutSuspended": False,
                "ScheduledScalingSuspended": False,
            },
            "ScalableTargetARN": self._arn("scalable-target"),
        }
        return {"ScalableTargetARN": self._targets[resource]["ScalableTargetARN"]}

    def put_scaling_policy(self, request: Json) -> Json:
        """Add a policy to a registered target."""
        kind = request["PolicyType"]
        policy = {
            **self._common(self._known(request)),
            "PolicyARN": self._arn("scalingPolicy"),
            "PolicyName": request["PolicyName"],
            "PolicyType": kind,
            f"{kind}PolicyConfiguration": request[f"{kind}PolicyConfiguration"],
            "Alarms": [],
        }
        self._policies.append(policy)
        return {"PolicyARN": policy["PolicyARN"], "Alarms": []}

    def put_scheduled_action(self, request: Json) -> Json:
        """Let a registered target have other bounds from a time on."""
        told = ("ScheduledActionName", "Schedule", "ScalableTargetAction")
        self._actions.append(
            {
                **self._common(self._known(request)),
                "ScheduledActionARN": self._arn("scheduledAction"),
                **{key: request[key] for key in told},
            }
        )
        return {}

    def register_target(self, cluster: str, service: str, least: int, most: int) -> None:
        """Let a service scale between ``least`` and ``most`` tasks."""
        resource = f"service/{cluster}/{service}"
        self.register_scalable_target({"ResourceId": resource, "MinCapacity": least, "MaxCapacity": most})

    def track(self, cluster: str, service: str, metric: str, target: float) -> None:
        """Add a target tracking policy on a predefined metric to a registered target."""
        self.put_scaling_policy(
            {
                "ResourceId": f"service/{cluster}/{service}",
                "PolicyName": f"{service}-{metric}",
                "PolicyType": "TargetTrackingScaling",
                "TargetTrackingScalingPolicyConfiguration": {
                    "TargetValue": target,
                    "PredefinedMetricSpecification": {"PredefinedMetricType": metric},
                },
            }
        )

    def _known(self, request: Json) -> str:
        resource = str(request["ResourceId"])
        if resource not in self._targets:
            told = f"No scalable target registered for service namespace: ecs, resource ID: {resource}"
            raise ApiError("ObjectNotFoundException", told)
        return resource

    def describe_scalable_targets(self, request: Json) -> Json:
        """Return targets, of some resources if asked."""
        wanted = request.get("ResourceIds")
        rows = [t for t in self._targets.values() if not wanted or t["ResourceId"] in wanted]
        return _page("ScalableTargets", _of_dimension(rows, request), request)

    def describe_scaling_policies(self, request: Json) -> Json:
        """Return policies, of one resource or by name if asked."""
        names, resource = request.get("PolicyNames"), request.get("ResourceId")
        rows = [
            policy
            for policy in self._policies
            if (not names or policy["PolicyName"] in names) and resource in (None, policy["ResourceId"])
        ]
        return _page("ScalingPolicies", _of_dimension(rows, request), request)

    def describe_scheduled_actions(self, request: Json) -> Json:
        """Return scheduled actions, of one resource or by name if asked."""
        names, resource = request.get("ScheduledActionNames"), request.get("ResourceId")
        rows = [
            action
            for action in self._actions
            if (not names or action["ScheduledActionName"] in names)
            and resource in (None, action["ResourceId"])
        ]
        return _page("ScheduledActions", _of_dimension(rows, request), request)

    def _common(self, resource: str) -> Json:
        return {
            "ServiceNamespace": "ecs",
            "ResourceId": resource,
            "ScalableDimension": DIMENSION,
            "CreationTime": datetime.fromtimestamp(self._lab.clock.now, UTC),
        }

    def _arn(self, kind: str) -> str:
        return self._lab.arn("application-autoscaling", f"{kind}/{self._numbers.getrandbits(128):032x}")


def _of_dimension(rows: list[Json], request: Json) -> list[Json]:
    if request["ServiceNamespace"] != "ecs" or request.get("ScalableDimension") not in (None, DIMENSION):
        return []
    return rows


def _page(member: str, rows: list[Json], request: Json) -> Json:
    size = request.get("MaxResults") or PAGE_MOST
    token = request.get("NextToken") or "0"
    if not token.isdigit() or not 1 <= size <= PAGE_MOST:
        raise ApiError("InvalidNextTokenException", "The next token or page size is not valid.")
    start = int(token)
    answer: Json = {member: [_copied(row) for row in rows[start : start + size]]}
    if start + size < len(rows):
        answer["NextToken"] = str(start + size)
    return answer


def _copied(row: Json) -> Json:
    return {key: _copied(value) if isinstance(value, dict) else value for key, value in row.items()}
