"""What an answer of AWS holds and the SDK in use would drop without a word.

A task definition registered again from such an answer would silently lose a production setting.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape
    from mypy_boto3_ecs import ECSClient

FOUND: Final = "TrimtabUnknownFields"
"""The member of a parsed answer in which the names are handed on."""


def report_unknown_fields(client: ECSClient) -> None:
    """Let DescribeTaskDefinition's answers say which of their fields the SDK does not know."""
    client.meta.events.register("before-parse.ecs.DescribeTaskDefinition", _look_at_the_body)


def _look_at_the_body(
    operation_model: OperationModel,
    response_dict: Mapping[str, Any],
    customized_response_dict: dict[str, Any],
    **_: object,
) -> None:
    if response_dict["status_code"] < 300:
        body = json.loads(response_dict["body"])
        customized_response_dict[FOUND] = unknown_fields(body, operation_model.output_shape)


def unknown_fields(value: Any, shape: Shape | None, path: str = "") -> list[str]:
    """Return the places in ``value`` that ``shape`` has no name for, such as ``taskDefinition.newThing``."""
    kind = getattr(shape, "type_name", "")
    if kind == "structure" and isinstance(value, Mapping):
        known: Mapping[str, Shape] = getattr(shape, "members", {})
        found = [f"{path}{name}" for name in value if name not in known]
        for name in known:
            if value.get(name) is not None:
                found += unknown_fields(value[name], known[name], f"{path}{name}.")
        return found
    if kind == "list" and isinstance(value, list):
        member = getattr(shape, "member", None)
        return [name for one in value for name in unknown_fields(one, member, path)]
    return []
