"""Application Auto Scaling: which services have their desired count moved by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient


class ApplicationAutoscaling:
    """The port ``Autoscaling`` on Application Auto Scaling."""

    def __init__(self, client: ApplicationAutoScalingClient) -> None:
        self._client = client

    def scaled_services(self) -> frozenset[str]:
        """Return ``cluster/service`` of every registered ECS service."""
        pages = self._client.get_paginator("describe_scalable_targets").paginate(ServiceNamespace="ecs")
        ids = (target["ResourceId"] for page in pages for target in page["ScalableTargets"])
        return frozenset(resource_id.removeprefix("service/") for resource_id in ids)
