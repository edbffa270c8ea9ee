"""The template as data: as written, and as CloudFormation gets it after SAM's transform."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from toolchain.translate_template import translate

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
Resources = dict[str, Any]


@cache
def _written() -> dict[str, Any]:
    return yaml_parse(TEMPLATE.read_text("utf-8"))


@cache
def _translated() -> dict[str, Any]:
    return translate(TEMPLATE)


def template() -> dict[str, Any]:
    """The whole template as written; a copy, so a test may break it."""
    return deepcopy(_written())


def written() -> Resources:
    """The resources as written; a copy, so a test may break them."""
    return deepcopy(_written()["Resources"])


def translated() -> Resources:
    """The resources as CloudFormation gets them; a copy, so a test may break them."""
    return deepcopy(_translated()["Resources"])


def camel(feature: str) -> str:
    """``apply_change`` as the template spells it."""
    return "".join(word.title() for word in feature.split("_"))


def features() -> list[str]:
    """The features, by the names of their function folders as the template has them."""
    return sorted(Path(function["CodeUri"]).name for function in functions(written()).values())


def of_type(resources: Resources, kind: str) -> dict[str, dict[str, Any]]:
    """Logical ids and properties of the resources of one type."""
    return {name: r.get("Properties", {}) for name, r in resources.items() if r["Type"] == kind}


def functions(resources: Resources) -> dict[str, dict[str, Any]]:
    """Functions by logical id, written or translated."""
    return of_type(resources, "AWS::Serverless::Function") | of_type(resources, "AWS::Lambda::Function")


def logical_name(reference: Any) -> str:
    """The resource that ``Ref``, ``Fn::GetAtt`` or a ``Fn::Sub`` of one attribute names."""
    if isinstance(reference, dict):
        if "Ref" in reference:
            return str(reference["Ref"])
        if "Fn::GetAtt" in reference:
            return str(reference["Fn::GetAtt"][0])
        if "Fn::Sub" in reference:
            return str(reference["Fn::Sub"]).removeprefix("${").split(".")[0]
    return str(reference)


def statements(resources: Resources) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy statement with the role it belongs to, conditional ones included."""
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            for statement in _flat(policy["PolicyDocument"]["Statement"]):
                yield name, statement
    for policy in of_type(resources, "AWS::IAM::Policy").values():
        for role_reference in policy["Roles"]:
            for statement in _flat(policy["PolicyDocument"]["Statement"]):
                yield logical_name(role_reference), statement


def _flat(entries: list[Any]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        if "Fn::If" in entry:
            yield from _flat([one for one in entry["Fn::If"][1:] if "Ref" not in one])
        else:
            yield entry


def actions(statement: dict[str, Any]) -> list[str]:
    """The statement's actions, always a list."""
    found = statement["Action"]
    return [found] if isinstance(found, str) else list(found)


def role_statements(resources: Resources, function: str) -> list[dict[str, Any]]:
    """The statements of one function's role."""
    role = logical_name(functions(resources)[function]["Role"])
    return [statement for owner, statement in statements(resources) if owner == role]
