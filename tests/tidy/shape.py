"""What must hold of the template's own text. Each check yields a sentence for each fault."""

from collections.abc import Iterator
from typing import Any

import yaml

from tests.tidy.stack import functions, logical_name, of_type

LIMITS = ({"AllowedValues"}, {"AllowedPattern"}, {"MinValue", "MaxValue"})
# Observing only, nothing written, no permission beyond reading.
SAFE_DEFAULTS = {"DefaultMode": "observe", "MayChangeEcs": "no", "MayHandOver": "no", "PassRoleArns": ""}


def careless_parameters(template: dict[str, Any]) -> Iterator[str]:
    """Each parameter is described, limited and has a default; the defaults that matter are the safe ones."""
    for name, parameter in template["Parameters"].items():
        if len(parameter.get("Description", "")) < len("What it is for"):
            yield f"{name} has no description"
        if not any(limit <= parameter.keys() for limit in LIMITS):
            yield f"{name} accepts anything"
        if "Default" not in parameter:
            yield f"{name} has no default"
    for name, safe in SAFE_DEFAULTS.items():
        if (default := template["Parameters"][name]["Default"]) != safe:
            yield f"{name} defaults to {default!r}, which is not safe"


def ungrouped_parameters(template: dict[str, Any]) -> Iterator[str]:
    """Each parameter is shown in exactly one group of the console's form."""
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    shown = [name for group in groups for name in group["Parameters"]]
    yield from (
        f"{name} is shown {shown.count(name)} times"
        for name in template["Parameters"]
        if shown.count(name) != 1
    )
    yield from (
        f"{name} is shown but is no parameter" for name in shown if name not in template["Parameters"]
    )


def words_read_as_booleans(text: str) -> Iterator[str]:
    """YAML 1.1 reads bare ``off``, ``no``, ``yes``, ``on`` as booleans; they are to be quoted."""
    for token in yaml.scan(text):
        if not isinstance(token, yaml.ScalarToken) or not token.plain:
            continue
        if token.value.lower() in ("off", "on", "yes", "no", "y", "n"):
            yield f"line {token.start_mark.line + 1}: {token.value} is not quoted"


def lost_logs(template: dict[str, Any]) -> Iterator[str]:
    """Each function writes to a log group of its own, owned by the stack, which forgets after a while."""
    resources = template["Resources"]
    groups = of_type(resources, "AWS::Logs::LogGroup")
    for name, function in functions(resources).items():
        group = logical_name(function.get("LoggingConfig", {}).get("LogGroup"))
        if group != name.removesuffix("Function") + "LogGroup" or group not in groups:
            yield f"{name} has no log group of its own"
        elif groups[group].get("RetentionInDays") != {"Ref": "LogRetentionDays"}:
            yield f"{group} keeps logs for ever"


def reserved_concurrency(template: dict[str, Any]) -> Iterator[str]:
    """No function takes concurrency from the account, and no deployment undoes an emergency stop."""
    everything = {**functions(template["Resources"]), "Globals": template["Globals"]["Function"]}
    yield from (
        f"{name} reserves concurrency"
        for name, f in everything.items()
        if "ReservedConcurrentExecutions" in f
    )


def data_lost_with_the_stack(template: dict[str, Any]) -> Iterator[str]:
    """Tables and key outlive the stack, and the tables can be restored to any second."""
    for name, resource in template["Resources"].items():
        if resource["Type"] not in ("AWS::DynamoDB::Table", "AWS::KMS::Key"):
            continue
        if {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")} != {"Retain"}:
            yield f"{name} goes with the stack"
    for name, table in of_type(template["Resources"], "AWS::DynamoDB::Table").items():
        if not table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"{name} cannot be restored"
        if not table.get("SSESpecification", {}).get("SSEEnabled"):
            yield f"{name} is not encrypted by a key of this account"
