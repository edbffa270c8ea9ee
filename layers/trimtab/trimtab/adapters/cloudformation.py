"""AWS CloudFormation: what the stack says about itself. For the command line; no function asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError


class StackOutputs:
    """Reading the outputs of one stack."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def of(self, stack: str) -> Mapping[str, str]:
        """Return the stack's outputs by name, none when there is no such stack."""
        try:
            answer = self._client.describe_stacks(StackName=stack)
        except ClientError as fault:
            # CloudFormation has no error code of its own for a stack that does not exist.
            if fault.response["Error"]["Code"] == "ValidationError":
                return {}
            raise
        return {o["OutputKey"]: o["OutputValue"] for o in answer["Stacks"][0].get("Outputs", ())}
