"""template.yaml, read as CloudFormation and SAM read it: parameters, conditions, references."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from trimtab_cli.dispatcher.identity import Identity
from trimtab_cli.dispatcher.intrinsics import NO_VALUE, Resolver
from trimtab_cli.dispatcher.refusal import Refusal

Properties = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags; dates stay text, as they do for CloudFormation."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _construct_tag(loader: _Loader, suffix: str, node: yaml.Node) -> Properties:
    """Turn ``!Sub x`` into ``{"Fn::Sub": x}``, the long form."""
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _construct_tag)


def load_yaml(path: Path) -> Properties:
    """Read a template file; short forms of intrinsic functions become their long forms."""
    data = yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader with tags
    if not isinstance(data, dict):
        raise Refusal(path.name, "it holds no object")
    return data


class Template:
    """The resources that the stack would have, their properties resolved when asked for.

    Args:
        path: The template file; files it names are found beside it.
        parameters: Values for its parameters; the others take their defaults.
        account: Twelve digits.
        region: Region name.
        stack_name: Used in the physical names of what the template does not name.

    Raises:
        Refusal: A parameter's value is missing or not allowed, or a condition cannot be resolved.
    """

    def __init__(
        self,
        path: Path,
        parameters: Mapping[str, str] | None = None,
        account: str = "111122223333",
        region: str = "eu-west-1",
        stack_name: str = "trimtab",
    ) -> None:
        self.folder = path.parent
        data = load_yaml(path)
        self._globals: Properties = data.get("Globals", {})
        declared: Properties = data.get("Resources", {})
        self.identity = Identity(account, region, stack_name, declared)
        self._resolver = Resolver(
            values=_parameter_values(data.get("Parameters", {}), parameters or {}),
            conditions=data.get("Conditions", {}),
            mappings=data.get("Mappings", {}),
            identity=self.identity,
        )
        self.resources = {
            logical_id: resource
            for logical_id, resource in declared.items()
            if "Condition" not in resource or self._resolver.holds(resource["Condition"])
        }

    def of_type(self, *kinds: str) -> list[tuple[str, Properties]]:
        """Return logical id and resolved properties of every resource of these types."""
        return [
            (logical_id, self.properties(logical_id))
            for logical_id, resource in self.resources.items()
            if resource["Type"] in kinds
        ]

    def properties(self, logical_id: str) -> Properties:
        """Return the resolved properties of one resource, ``Globals`` merged in."""
        resource = self.resources[logical_id]
        section = {
            "AWS::Serverless::Function": "Function",
            "AWS::Serverless::StateMachine": "StateMachine",
        }.get(resource["Type"], "")
        merged = _merge(self._globals.get(section, {}), resource.get("Properties", {}))
        # Policies name resources of every type, which only CloudFormation has to resolve.
        matters = {key: value for key, value in merged.items() if key not in _NOT_DELIVERY}
        resolved = self._resolver.resolve(matters, logical_id)
        assert isinstance(resolved, dict)
        return resolved

    def resolve(self, value: object, where: str) -> Any:
        """Resolve the intrinsic functions in ``value``; ``where`` names it in a refusal."""
        resolved = self._resolver.resolve(value, where)
        return None if resolved is NO_VALUE else resolved


_NOT_DELIVERY = {"Policies", "PolicyDocument", "Role", "Layers", "KmsMasterKeyId", "SSESpecification", "Tags"}


def _merge(general: object, special: object) -> Any:
    """Merge as SAM's Globals do: objects by key, lists one after the other, else the special wins."""
    if isinstance(general, dict) and isinstance(special, dict):
        both = {key: _merge(general[key], special[key]) for key in general.keys() & special.keys()}
        return {**general, **special, **both}
    if isinstance(general, list) and isinstance(special, list):
        return general + special
    return special


def _parameter_values(declared: Properties, given: Mapping[str, str]) -> dict[str, Any]:
    if unknown := sorted(set(given) - set(declared)):
        raise Refusal(unknown[0], "the template has no such parameter")
    return {name: _parameter_value(name, rules, given) for name, rules in declared.items()}


def _parameter_value(name: str, rules: Properties, given: Mapping[str, str]) -> Any:
    raw = given.get(name, rules.get("Default"))
    if raw is None:
        raise Refusal(name, "the parameter has neither a value nor a default")
    value = str(raw)
    kind = rules["Type"]
    if kind == "Number":
        number = float(value)
        if not float(rules.get("MinValue", number)) <= number <= float(rules.get("MaxValue", number)):
            raise Refusal(name, f"the parameter's value {value} is outside its limits")
    elif kind not in ("String", "CommaDelimitedList"):
        raise Refusal(name, f"the parameter type {kind!r} is not modelled")
    items = value.split(",") if kind == "CommaDelimitedList" else [value]
    items = [item.strip() for item in items] if kind == "CommaDelimitedList" else items
    for item in items:
        if "AllowedValues" in rules and item not in [str(one) for one in rules["AllowedValues"]]:
            raise Refusal(name, f"the parameter's value {item!r} is not an allowed one")
        if "AllowedPattern" in rules and not re.fullmatch(rules["AllowedPattern"], item):
            raise Refusal(name, f"the parameter's value {item!r} does not fit its pattern")
    return items if kind == "CommaDelimitedList" else value
