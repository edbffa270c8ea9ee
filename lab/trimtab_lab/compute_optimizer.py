"""Simulated Compute Optimizer: says what it was told to say, once the account is enrolled."""

from collections.abc import Mapping
from typing import Any

from trimtab_lab.api_error import ApiError
from trimtab_lab.lab import Answer, Lab, Operation, Request


class ComputeOptimizer:
    """GetECSServiceRecommendations, in one page. ``recommendations`` has by ARN what it says of a service."""

    def __init__(self, lab: Lab) -> None:
        self.enrolled = False
        self.recommendations: dict[str, dict[str, Any]] = {}
        self.operations: Mapping[str, Operation] = {"GetECSServiceRecommendations": self._get_recommendations}
        lab.serve("compute-optimizer", self)

    def recommend(self, service_arn: str, cpu_units: int, memory_mib: int, finding: str) -> None:
        """Enrol the account and say this of a service."""
        self.enrolled = True
        option = {"cpu": cpu_units, "memory": memory_mib}
        self.recommendations[service_arn] = {
            "serviceArn": service_arn,
            "finding": finding,
            "findingReasonCodes": [],
            "lookbackPeriodInDays": 14.0,
            "serviceRecommendationOptions": [option],
        }

    def _get_recommendations(self, request: Request) -> Answer:
        if not self.enrolled:
            raise ApiError("OptInRequiredException", "AWS account is not registered for recommendations.")
        wanted = request.get("serviceArns") or list(self.recommendations)
        found = [self.recommendations[arn] for arn in wanted if arn in self.recommendations]
        return {"ecsServiceRecommendations": found, "errors": []}
