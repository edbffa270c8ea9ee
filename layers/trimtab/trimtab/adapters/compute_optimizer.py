"""AWS Compute Optimizer: a second opinion on sizes, where the account is enrolled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from trimtab.model.errors import UnreadableError
from trimtab.model.second_opinion import SecondOpinion
from trimtab.model.task_size import TaskSize

if TYPE_CHECKING:
    from mypy_boto3_compute_optimizer import ComputeOptimizerClient

SERVICES_PER_CALL: Final = 100
"""Kept to a hundred names a call; the API Reference of GetECSServiceRecommendations names no maximum."""


class ComputeOptimizer:
    """The port ``SecondOpinions``: what Compute Optimizer recommends for ECS services on Fargate."""

    def __init__(self, client: ComputeOptimizerClient) -> None:
        self._client = client

    def opinions(self, service_arns: Sequence[str]) -> Mapping[str, SecondOpinion] | None:
        """Return opinions by ARN, none for what it does not judge; None where the account is not enrolled.

        Raises:
            UnreadableError: It cannot be asked. It is a second opinion: nothing fails for want of it.
        """
        found: dict[str, SecondOpinion] = {}
        for first in range(0, len(service_arns), SERVICES_PER_CALL):
            try:
                found |= self._some(list(service_arns[first : first + SERVICES_PER_CALL]))
            except self._client.exceptions.OptInRequiredException:
                return None
            except (BotoCoreError, ClientError) as fault:
                raise UnreadableError(f"Compute Optimizer cannot be asked: {fault}") from fault
        return found

    def _some(self, service_arns: list[str]) -> dict[str, SecondOpinion]:
        found: dict[str, SecondOpinion] = {}
        asked: dict[str, Any] = {"serviceArns": service_arns}
        while True:
            answer = self._client.get_ecs_service_recommendations(**asked)
            for one in answer.get("ecsServiceRecommendations", ()):
                found[one["serviceArn"]] = _opinion(one)
            if not answer.get("nextToken"):
                return found
            asked["nextToken"] = answer["nextToken"]


def _opinion(told: Mapping[str, Any]) -> SecondOpinion:
    options = told.get("serviceRecommendationOptions") or [{}]
    first, current = options[0], told.get("currentServiceConfiguration", {})
    cpu, memory = first.get("cpu") or current.get("cpu"), first.get("memory") or current.get("memory")
    saved = first.get("savingsOpportunity", {}).get("estimatedMonthlySavings", {})
    in_usd = saved.get("value") if saved.get("currency") == "USD" else None
    return SecondOpinion(
        finding=str(told.get("finding", "")),
        reasons=tuple(told.get("findingReasonCodes", ())),
        size=TaskSize(int(cpu), int(memory)) if first and cpu and memory else None,
        monthly_usd_saved=float(in_usd) if in_usd is not None else None,
        look_back_days=float(told.get("lookbackPeriodInDays") or 0),
    )
