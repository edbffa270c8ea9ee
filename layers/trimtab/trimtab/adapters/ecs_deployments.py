"""Amazon ECS, service deployments and revisions: the server's own record of what replaced what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from trimtab.adapters.ecs_services import read_strategy
from trimtab.adapters.refusals import is_for_good
from trimtab.model.errors import UnreadableError
from trimtab.model.service import InForce, PastDeployment, Service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import ServiceDeploymentBriefTypeDef, ServiceDeploymentTypeDef

LOOKED_AT: Final = 10
"""More deployments than may come between a write of ours and the look at what it replaced.

DescribeServiceDeployments and DescribeServiceRevisions take at most twenty. Source: ECS API Reference
(read 2026-11-22).
"""


@contextmanager
def _refusals_are_unreadable() -> Iterator[None]:
    """Say that there is a record which we cannot read: none at all would be taken for no deployments."""
    try:
        yield
    except ClientError as fault:
        if not is_for_good(fault):
            raise
        raise UnreadableError(f"cannot read the record of deployments: {fault}") from fault


class EcsDeploymentHistory:
    """The port ``DeploymentHistory`` on Amazon ECS."""

    def __init__(self, client: ECSClient) -> None:
        self._client = client

    @_refusals_are_unreadable()
    def of(self, service: Service) -> tuple[PastDeployment, ...]:
        """Return the service's last deployments, newest first, as far as each can be told.

        The record ends before the first of which ECS does not tell what it wanted, or what was gone back to:
        what lies behind a hole may not be what came before.
        """
        listed = self._client.list_service_deployments(
            cluster=service.cluster_arn, service=service.arn, maxResults=LOOKED_AT
        )["serviceDeployments"]
        rows = sorted(listed, key=lambda row: row["createdAt"], reverse=True)
        if not rows:
            return ()
        ways_back = self._ways_back([row["serviceDeploymentArn"] for row in rows if _may_have_gone_back(row)])
        wanted = {row["targetServiceRevisionArn"] for row in rows}
        revisions = self._revisions(sorted(wanted | set(filter(None, ways_back.values()))))
        told = (_past(row, ways_back, revisions) for row in rows)
        return tuple(one for one in takewhile(bool, told) if one)

    def _ways_back(self, arns: list[str]) -> dict[str, str | None]:
        """Return to which service revision each went back, None for none; what is not told is left out."""
        if not arns:
            return {}
        answer = self._client.describe_service_deployments(serviceDeploymentArns=arns)
        return {row["serviceDeploymentArn"]: _way_back(row) for row in answer["serviceDeployments"]}

    def _revisions(self, arns: list[str]) -> dict[str, InForce]:
        answer = self._client.describe_service_revisions(serviceRevisionArns=arns)
        return {
            row["serviceRevisionArn"]: InForce(
                row["taskDefinition"], read_strategy(row.get("capacityProviderStrategy"))
            )
            for row in answer["serviceRevisions"]
        }


def _may_have_gone_back(row: ServiceDeploymentBriefTypeDef) -> bool:
    """Tell whether a deployment may have a way back; one that is replaced on it ends as stopped."""
    return "ROLLBACK" in row["status"] or row["status"] == "STOPPED"


def _way_back(row: ServiceDeploymentTypeDef) -> str | None:
    back = row.get("rollback", {})
    return back.get("serviceRevisionArn") if "startedAt" in back or "ROLLBACK" in row["status"] else None


def _past(
    row: ServiceDeploymentBriefTypeDef, ways_back: Mapping[str, str | None], revisions: Mapping[str, InForce]
) -> PastDeployment | None:
    """Return a deployment; None when the answers leave out something of it."""
    arn, wanted = row["serviceDeploymentArn"], revisions.get(row["targetServiceRevisionArn"])
    back = ways_back.get(arn)
    unknown = _may_have_gone_back(row) and (
        arn not in ways_back or (back is None and "ROLLBACK" in row["status"])
    )
    if wanted is None or unknown or (back is not None and back not in revisions):
        return None
    went_back_to = revisions[back] if back else None
    return PastDeployment(arn, wanted, row["createdAt"], row["status"], went_back_to, row.get("finishedAt"))
