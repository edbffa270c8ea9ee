"""AWS Systems Manager Parameter Store: where sizes are handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trimtab.adapters.refusals import refusals
from trimtab.model.errors import DeniedError, RejectedError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class SsmReader:
    """Reading what was handed over, with a person's or a pipeline's own credentials."""

    def __init__(self, client: SSMClient) -> None:
        self._client = client

    def get(self, name: str) -> str | None:
        """Return the value of a parameter, None where there is none of that name."""
        try:
            return self._client.get_parameter(Name=name)["Parameter"].get("Value")
        except self._client.exceptions.ParameterNotFound:
            return None


class SsmParameters:
    """The port ``Parameters`` on Parameter Store."""

    def __init__(self, client: SSMClient) -> None:
        self._client = client

    def put(self, name: str, value: str) -> None:
        """Write one String parameter, over an earlier value.

        Raises:
            ThrottledError: Parameter Store took no requests for now.
            RejectedError: It refused; where IAM did, the text says what lets Trimtab hand over.
        """
        try:
            with refusals():
                self._client.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
        except DeniedError as fault:
            told = f"the parameter {name} may not be written; a stack with MayHandOver=yes may. {fault}"
            raise RejectedError(told) from fault
