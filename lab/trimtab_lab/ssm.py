"""Simulated SSM Parameter Store."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trimtab_lab.api_error import ApiError
from trimtab_lab.lab import Answer, Lab, Operation, Request
from trimtab_lab.plain import names, only

# User Guide, "Managing parameter tiers" and API reference, GetParametersByPath (read 2026-11-22)
VALUE_LENGTH_MAX = {"Standard": 4096, "Advanced": 8192}
PAGE_MAX = 10
NAMES_MAX = 10
HIERARCHY_LEVELS_MAX = 15
_PUT = names("Name Value Type Overwrite Description Tier Tags DataType KeyId")
_BY_PATH = names("Path Recursive WithDecryption MaxResults NextToken")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One version of a parameter."""

    name: str
    type: str
    value: str
    version: int
    tier: str
    set_at: datetime


class Ssm:
    """The parameters of the account, each with all of its versions."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._versions: dict[str, list[Parameter]] = {}
        self.operations: Mapping[str, Operation] = {
            "DeleteParameter": self._delete_parameter,
            "GetParameter": self._get_parameter,
            "GetParameters": self._get_parameters,
            "GetParametersByPath": self._get_parameters_by_path,
            "PutParameter": self._put_parameter,
        }
        lab.serve("ssm", self)

    def _put_parameter(self, request: Request) -> Answer:
        only("PutParameter", request, _PUT)
        name, versions = request["Name"], self._versions.get(request["Name"], [])
        if versions and not request.get("Overwrite"):
            raise ApiError(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in the "
                "request to true.",
            )
        if not versions and "Type" not in request:
            raise ApiError("ValidationException", "A parameter type is required when you create a parameter.")
        tier = request.get("Tier", "Standard")
        _check(name, request["Value"], tier)
        parameter = Parameter(
            name,
            request.get("Type") or versions[-1].type,
            request["Value"],
            len(versions) + 1,
            tier,
            self._lab.clock.today(),
        )
        self._versions.setdefault(name, []).append(parameter)
        return {"Version": parameter.version, "Tier": tier}

    def _find(self, wanted: str) -> Parameter | None:
        name = wanted.partition(":parameter")[2] if wanted.startswith("arn:") else wanted
        name, _, version = name.partition(":")
        versions = self._versions.get(name) or self._versions.get(name.removeprefix("/"), [])
        if not versions:
            return None
        if not version:
            return versions[-1]
        return next((one for one in versions if str(one.version) == version), None)

    def _get_parameter(self, request: Request) -> Answer:
        only("GetParameter", request, names("Name WithDecryption"))
        parameter = self._find(request["Name"])
        if parameter is None:
            raise ApiError("ParameterNotFound", "")
        return {"Parameter": self._shown(parameter, request)}

    def _get_parameters(self, request: Request) -> Answer:
        only("GetParameters", request, names("Names WithDecryption"))
        if len(request["Names"]) > NAMES_MAX:
            raise ApiError(
                "ValidationException", "Member must have length less than or equal to 10 at 'names'"
            )
        found = {name: self._find(name) for name in request["Names"]}
        return {
            "Parameters": [self._shown(one, request) for one in found.values() if one is not None],
            "InvalidParameters": [name for name, one in found.items() if one is None],
        }

    def _get_parameters_by_path(self, request: Request) -> Answer:
        only("GetParametersByPath", request, _BY_PATH)
        path = request["Path"].rstrip("/") + "/"
        if not path.startswith("/"):
            raise ApiError("ValidationException", "The parameter path must begin with a slash.")
        size = request.get("MaxResults", PAGE_MAX)
        if not 1 <= size <= PAGE_MAX:
            raise ApiError("ValidationException", "Member must have value between 1 and 10 at 'maxResults'")
        recursive = request.get("Recursive", False)
        found = [
            name
            for name in sorted(self._versions)
            if name.startswith(path) and (recursive or "/" not in name[len(path) :])
        ]
        start = int(request.get("NextToken", 0))
        page = found[start : start + size]
        answer: Answer = {"Parameters": [self._shown(self._versions[name][-1], request) for name in page]}
        if start + size < len(found):
            answer["NextToken"] = str(start + size)
        return answer

    def _delete_parameter(self, request: Request) -> Answer:
        if self._versions.pop(request["Name"], None) is None:
            raise ApiError("ParameterNotFound", "")
        return {}

    def _shown(self, parameter: Parameter, request: Request) -> dict[str, Any]:
        value = parameter.value
        if parameter.type == "SecureString" and not request.get("WithDecryption"):
            value = hashlib.sha256(f"{parameter.name}:{value}".encode()).hexdigest()
        path = parameter.name if parameter.name.startswith("/") else f"/{parameter.name}"
        return {
            "Name": parameter.name,
            "Type": parameter.type,
            "Value": value,
            "Version": parameter.version,
            "LastModifiedDate": parameter.set_at,
            "ARN": self._lab.arn("ssm", f"parameter{path}"),
            "DataType": "text",
        }


def _check(name: str, value: str, tier: str) -> None:
    if not value:
        raise ApiError("ValidationException", "Parameter values cannot be empty.")
    if name.lstrip("/").lower().startswith(("aws", "ssm")):
        raise ApiError("ValidationException", 'Parameter name: can\'t be prefixed with "aws" or "ssm".')
    if name.count("/") > HIERARCHY_LEVELS_MAX:
        raise ApiError("HierarchyLevelLimitExceededException", "Parameter names can have 15 levels at most.")
    if len(value.encode()) > VALUE_LENGTH_MAX[tier]:
        raise ApiError(
            "ValidationException",
            f"{tier} tier parameters support a maximum parameter value of "
            f"{VALUE_LENGTH_MAX[tier]} characters.",
        )
