"""Amazon ECS, service deployments and revisions: the server's own record of what replaced what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from trimtab.adapters.ecs_services import read_strategy
from trimtab.model.service import PastDeployment, Service

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

LOOKED_AT: Final = 10
"""More deployments than may come between a write of ours and the look at what it replaced.

DescribeServiceDeployments and DescribeServiceRevisions take at most twenty. Source: ECS API Reference
(read 2026-11-22).
"""


class EcsDeploymentHistory:
    """The port ``DeploymentHistory`` on Amazon ECS."""

    def __init__(self, client: ECSClient) -> None:
        self._client = client

    def of(self, service: Service) -> tuple[PastDeployment, ...]:
        """Return the service's last deployments, newest first.

        One that ECS rolled back counts with what it went back to: that is what was in force after it.
        """
        listed = self._client.list_service_deployments(
            cluster=service.cluster_arn, service=service.arn, maxResults=LOOKED_AT
        )["serviceDeployments"]
        rows = sorted(listed, key=lambda row: row["createdAt"], reverse=True)
        if not rows:
            return ()
        in_force = {row["serviceDeploymentArn"]: row["targetServiceRevisionArn"] for row in rows}
        in_force |= self._went_back_to([r["serviceDeploymentArn"] for r in rows if "ROLLBACK" in r["status"]])
        revisions = self._revisions(sorted(set(in_force.values())))
        return tuple(
            PastDeployment(
                row["serviceDeploymentArn"],
                revisions[revision]["taskDefinition"],
                read_strategy(revisions[revision].get("capacityProviderStrategy")),
                row["createdAt"],
                row["status"],
            )
            for row in rows
            if (revision := in_force[row["serviceDeploymentArn"]]) in revisions
        )

    def _went_back_to(self, arns: list[str]) -> dict[str, str]:
        if not arns:
            return {}
        answer = self._client.describe_service_deployments(serviceDeploymentArns=arns)
        return {
            row["serviceDeploymentArn"]: row["rollback"]["serviceRevisionArn"]
            for row in answer["serviceDeployments"]
            if "serviceRevisionArn" in row.get("rollback", {})
        }

    def _revisions(self, arns: list[str]) -> dict[str, Any]:
        answer = self._client.describe_service_revisions(serviceRevisionArns=arns)
        return {row["serviceRevisionArn"]: row for row in answer["serviceRevisions"]}
