"""What must hold of every role. Each check yields a sentence for each thing that is wrong."""

import re
from collections.abc import Iterator
from typing import Any

from tests.tidy.stack import Resources, actions, functions, logical_name, role_statements, statements

APPLIER = "ApplyChangeFunction"
READS = re.compile(r"^[a-z0-9-]+:(Get|List|Describe|BatchGet|Query|Scan)")
# Traces have no resource to name (Service Authorization Reference, X-Ray, read 2026-11-22).
WRITES_THAT_NAME_NO_RESOURCE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
NEVER = {
    "ecs:CreateService",
    "ecs:Delete*",
    "ecs:Deregister*",
    "ecs:ExecuteCommand",
    "ecs:PutClusterCapacityProviders",
}
CONTROL_WRITES = {
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:ConditionCheckItem",
}


def _allowed(statement: dict[str, Any]) -> list[str]:
    return actions(statement) if statement["Effect"] == "Allow" else []


def writes_on_everything(resources: Resources) -> Iterator[str]:
    """No permission to change anything may name the resource ``*``."""
    for role, statement in statements(resources):
        named = statement["Resource"]
        if "*" not in (named if isinstance(named, list) else [named]):
            continue
        for action in _allowed(statement):
            if not READS.match(action) and action not in WRITES_THAT_NAME_NO_RESOURCE:
                yield f"{role} may {action} on every resource"


def wildcard_actions(resources: Resources) -> Iterator[str]:
    """Allowed actions are spelt out; a wildcard grows with every new API."""
    for role, statement in statements(resources):
        yield from (f"{role} is allowed {action}" for action in _allowed(statement) if "*" in action)


def deciders_that_change_ecs(resources: Resources) -> Iterator[str]:
    """Only the applier may do more to ECS than look, pass roles, or write parameters."""
    for function in functions(resources):
        if function == APPLIER:
            continue
        for statement in role_statements(resources, function):
            for action in _allowed(statement):
                service, verb = action.split(":")
                if service in ("iam", "ssm") or (
                    service == "ecs" and not verb.startswith(("Describe", "List"))
                ):
                    yield f"{function} may {action}"


def shared_roles(resources: Resources) -> Iterator[str]:
    """Each function has a role of its own, named after it."""
    for function, properties in functions(resources).items():
        if (role := logical_name(properties["Role"])) != function.removesuffix("Function") + "Role":
            yield f"{function} runs as {role}"


def missing_denials(resources: Resources) -> Iterator[str]:
    """The applier's role denies what Trimtab never does, whatever else it allows."""
    denied = {
        action
        for statement in role_statements(resources, APPLIER)
        if statement["Effect"] == "Deny" and statement["Resource"] == "*" and "Condition" not in statement
        for action in actions(statement)
    }
    yield from (f"{action} is not denied" for action in sorted(NEVER - denied))


def unbounded_ecs_writes(resources: Resources) -> Iterator[str]:
    """Each write to ECS is bound to listed clusters, tagged services, capped sizes or its own tags.

    UpdateService is not bound to sizes: the way back may be to a larger one than Trimtab may register.
    """
    demanded = {
        "ecs:UpdateService": {
            "aws:ResourceTag/trimtab:mode",
            "ecs:capacity-provider",
        },
        "ecs:RegisterTaskDefinition": {"ecs:task-cpu", "ecs:task-memory", "ecs:privileged"},
        "ecs:RunTask": {"ecs:cluster"},
        "iam:PassRole": {"iam:PassedToService"},
    }
    for role, statement in statements(resources):
        keys = {key for operator in statement.get("Condition", {}).values() for key in operator}
        for action in _allowed(statement):
            if missing := demanded.get(action, set()) - keys:
                yield f"{role} may {action} without a condition on {', '.join(sorted(missing))}"
            if action.startswith("ecs:Tag") and not keys & {"ecs:CreateAction", "aws:TagKeys"}:
                yield f"{role} may {action} with any tag"


def unconditional_ecs_writes(resources: Resources) -> Iterator[str]:
    """What may change ECS exists only under the condition ``MayChangeEcs``."""
    for name, resource in resources.items():
        if resource.get("Condition") == "MayChangeEcs":
            continue
        for role, statement in statements({name: resource}):
            for action in _allowed(statement):
                if re.match(r"iam:|ecs:(?!Describe|List)", action):
                    yield f"{name} lets {role} {action} in every installation"


def control_kinds(resources: Resources, function: str) -> set[str]:
    """The kinds of Control items that a function's role may write; ``*`` if it is not bound to any."""
    kinds: set[str] = set()
    for statement in role_statements(resources, function):
        if logical_name(statement["Resource"]) != "ControlTable" or not CONTROL_WRITES & set(
            _allowed(statement)
        ):
            continue
        patterns = (
            statement.get("Condition", {})
            .get("ForAllValues:StringLike", {})
            .get("dynamodb:LeadingKeys", ["*"])
        )
        kinds |= {pattern.removesuffix("#*") for pattern in patterns}
    return kinds
