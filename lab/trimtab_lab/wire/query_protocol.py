"""The query protocol of SNS and STS and its EC2 variant: forms in, XML out."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.etree.ElementTree import Element, SubElement, tostring

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.utils import parse_to_aware_datetime

from trimtab_lab.api_error import ApiError
from trimtab_lab.wire.errors import wire_code
from trimtab_lab.wire.json_protocol import Answered

Form = dict[str, str]
_HEADERS = {"Content-Type": "text/xml"}


def read_form(body: bytes) -> Form:
    """Return the fields of a form."""
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def read_request(model: OperationModel, form: Form) -> dict[str, Any]:
    """Return the parameters in a form."""
    if model.input_shape is None:
        return {}
    found = _Form(form, model.service_model.protocol == "ec2").read(model.input_shape, "")
    return dict(found or {})


class _Form:
    """A form being read; names of nested members are joined with dots."""

    def __init__(self, form: Form, is_ec2: bool) -> None:
        self._form, self._is_ec2 = form, is_ec2

    def read(self, shape: Shape, prefix: str) -> Any:
        """Return the value under ``prefix``, None when there is none."""
        if isinstance(shape, StructureShape):
            return self._read_structure(shape, prefix)
        if isinstance(shape, ListShape):
            return self._read_list(shape, prefix)
        if isinstance(shape, MapShape):
            return self._read_map(shape, prefix)
        text = self._form.get(prefix)
        return None if text is None else _read_scalar(shape, text)

    def _has(self, prefix: str) -> bool:
        return any(name == prefix or name.startswith(f"{prefix}.") for name in self._form)

    def _name(self, member: Shape, name: str) -> str:
        if self._is_ec2:
            wire = member.serialization.get("name", name)
            return str(member.serialization.get("queryName", wire[0].upper() + wire[1:]))
        return str(member.serialization.get("name", name))

    def _read_structure(self, shape: StructureShape, prefix: str) -> dict[str, Any] | None:
        if prefix and not self._has(prefix):
            return None
        found = {}
        for name, member in shape.members.items():
            wire = self._name(member, name)
            value = self.read(member, f"{prefix}.{wire}" if prefix else wire)
            if value is not None:
                found[name] = value
        return found

    def _read_list(self, shape: ListShape, prefix: str) -> list[Any] | None:
        flat = self._is_ec2 or shape.serialization.get("flattened")
        base = prefix if flat else f"{prefix}.{shape.member.serialization.get('name', 'member')}"
        found: list[Any] = []
        while self._has(f"{base}.{len(found) + 1}"):
            found.append(self.read(shape.member, f"{base}.{len(found) + 1}"))
        return found or None

    def _read_map(self, shape: MapShape, prefix: str) -> dict[str, Any] | None:
        base = prefix if shape.serialization.get("flattened") else f"{prefix}.entry"
        key_name = shape.key.serialization.get("name", "key")
        value_name = shape.value.serialization.get("name", "value")
        found: dict[str, Any] = {}
        while (key := self._form.get(f"{base}.{len(found) + 1}.{key_name}")) is not None:
            found[key] = self.read(shape.value, f"{base}.{len(found) + 1}.{value_name}")
        return found or None


def _read_scalar(shape: Shape, text: str) -> Any:
    if shape.type_name == "boolean":
        return text == "true"
    if shape.type_name in ("integer", "long"):
        return int(text)
    if shape.type_name in ("float", "double"):
        return float(text)
    if shape.type_name == "blob":
        return base64.b64decode(text)
    return parse_to_aware_datetime(text) if shape.type_name == "timestamp" else text


def write_answer(model: OperationModel, answer: Mapping[str, Any], number: str) -> Answered:
    """Return status, headers and body of an answer; ``number`` is the request's id."""
    root = Element(f"{model.name}Response")
    if model.service_model.protocol == "ec2":
        SubElement(root, "requestId").text = number
        content = root
    else:
        content = SubElement(root, f"{model.name}Result")
        SubElement(SubElement(root, "ResponseMetadata"), "RequestId").text = number
    if model.output_shape is not None:
        _write_members(content, model.output_shape, answer)
    return 200, _HEADERS, tostring(root)


def _write_members(parent: Element, shape: StructureShape, value: Mapping[str, Any]) -> None:
    for name, member in shape.members.items():
        if value.get(name) is not None:
            _write(parent, str(member.serialization.get("name", name)), member, value[name])


def _write(parent: Element, name: str, shape: Shape, value: Any) -> None:
    if isinstance(shape, ListShape):
        flat = shape.serialization.get("flattened")
        container = parent if flat else SubElement(parent, name)
        inner_name = name if flat else str(shape.member.serialization.get("name", "member"))
        for inner in value:
            _write(container, inner_name, shape.member, inner)
        return
    element = SubElement(parent, name)
    if isinstance(shape, StructureShape):
        _write_members(element, shape, value)
    elif isinstance(shape, MapShape):
        for key, inner in value.items():
            entry = SubElement(element, "entry")
            _write(entry, str(shape.key.serialization.get("name", "key")), shape.key, key)
            _write(entry, str(shape.value.serialization.get("name", "value")), shape.value, inner)
    else:
        element.text = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def write_error(model: OperationModel, fault: ApiError, number: str) -> Answered:
    """Return status, headers and body of an error answer."""
    is_ec2 = model.service_model.protocol == "ec2"
    root = Element("Response" if is_ec2 else "ErrorResponse")
    error = SubElement(SubElement(root, "Errors") if is_ec2 else root, "Error")
    if not is_ec2:
        SubElement(error, "Type").text = "Sender"
    SubElement(error, "Code").text = wire_code(model.service_model, fault.code)
    SubElement(error, "Message").text = fault.message
    SubElement(root, "RequestID" if is_ec2 else "RequestId").text = number
    return fault.status, _HEADERS, tostring(root)
