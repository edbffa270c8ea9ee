"""AWS STS: who is asking. For the command line; no function asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient


class CallerIdentity:
    """Reading whose credentials are in use; needs no permission."""

    def __init__(self, client: STSClient) -> None:
        self._client = client

    def arn(self) -> str:
        """Return the ARN of the user or of the role session."""
        return self._client.get_caller_identity()["Arn"]
