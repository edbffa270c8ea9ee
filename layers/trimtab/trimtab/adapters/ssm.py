"""AWS Systems Manager Parameter Store: where sizes are handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class SsmParameters:
    """The port ``Parameters`` on Parameter Store."""

    def __init__(self, client: SSMClient) -> None:
        self._client = client

    def put(self, name: str, value: str) -> None:
        """Write one String parameter, over an earlier value."""
        self._client.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
