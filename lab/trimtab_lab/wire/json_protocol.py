"""The JSON 1.0 and 1.1 protocols: bodies to parameters, answers to bodies."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.utils import parse_to_aware_datetime

from trimtab_lab.api_error import ApiError
from trimtab_lab.wire.errors import error_members, error_shape

Answered = tuple[int, dict[str, str], bytes]


def read_request(model: OperationModel, body: bytes) -> dict[str, Any]:
    """Return the parameters in a body.

    Raises:
        ApiError: SerializationException, when the body is not JSON of the right form.
    """
    try:
        content = json.loads(body or b"{}")
        return dict(_read(model.input_shape, content)) if model.input_shape else {}
    except (ValueError, AttributeError, TypeError) as fault:
        raise ApiError("SerializationException", f"the body cannot be read: {fault}") from fault


def _read(shape: Shape, content: Any) -> Any:
    if isinstance(shape, StructureShape):
        return {
            name: _read(member, content[_wire_name(member, name)])
            for name, member in shape.members.items()
            if content.get(_wire_name(member, name)) is not None
        }
    if isinstance(shape, ListShape):
        return [_read(shape.member, inner) for inner in content]
    if isinstance(shape, MapShape):
        return {key: _read(shape.value, inner) for key, inner in content.items()}
    if shape.type_name == "blob":
        return base64.b64decode(content)
    return parse_to_aware_datetime(content) if shape.type_name == "timestamp" else content


def _wire_name(member: Shape, name: str) -> str:
    return str(member.serialization.get("name", name))


def write_answer(model: OperationModel, answer: Mapping[str, Any]) -> Answered:
    """Return status, headers and body of an answer."""
    content = _write(model.output_shape, answer) if model.output_shape else {}
    return 200, {"Content-Type": _content_type(model)}, json.dumps(content).encode()


def _write(shape: Shape, value: Any) -> Any:
    if isinstance(shape, StructureShape):
        return {
            _wire_name(member, name): _write(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        return [_write(shape.member, inner) for inner in value]
    if isinstance(shape, MapShape):
        return {key: _write(shape.value, inner) for key, inner in value.items()}
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    return value.timestamp() if isinstance(value, datetime) else value


def write_error(model: OperationModel, fault: ApiError) -> Answered:
    """Return status, headers and body of an error answer."""
    service = model.service_model
    members = error_members(service, fault)
    error = members.pop("Error")
    shape = error_shape(service, fault.code)
    body = {**members, "__type": fault.code}
    if shape is not None:
        body |= _write(shape, members)
    headers = {"Content-Type": _content_type(model), "x-amzn-errortype": fault.code}
    if "QueryErrorCode" in error:
        headers["x-amzn-query-error"] = f"{error['Code']};{error['Type']}"
    return fault.status, headers, json.dumps(body, default=str).encode()


def _content_type(model: OperationModel) -> str:
    version = model.service_model.metadata.get("jsonVersion", "1.1")
    return f"application/x-amz-json-{version}"
