"""What IAM is asked for each API call that the laboratory recorded.

Source: Service Authorization Reference, pages of the services named below (read 2026-11-22).
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.tidy.iam import Permission
from trimtab_lab.account import Account
from trimtab_lab.lab import Call

PARTITION_KEYS = ("workload", "key")
IN_TRANSACTIONS = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


def permissions(call: Call, lab: Account) -> Iterator[Permission]:
    """What the caller must be allowed for one recorded call."""
    match call.service:
        case "dynamodb":
            yield from _dynamodb(call, lab)
        case "ecs" if not call.operation.startswith(("Describe", "List")):
            yield from _ecs_write(call, lab)
        case "kms":
            yield Permission(f"kms:{call.operation}", call.request["KeyId"])
        case "sns":
            yield Permission("sns:Publish", call.request["TopicArn"])
        case "ssm":
            name = call.request["Name"].removeprefix("/")
            yield Permission("ssm:PutParameter", lab.arn("ssm", f"parameter/{name}"))
        case "events" if call.operation == "PutEvents":
            for entry in call.request["Entries"]:
                bus = lab.arn("events", "event-bus/default")
                yield Permission("events:PutEvents", bus, {"events:source": entry["Source"]})
        case _:
            yield Permission(f"{call.service}:{call.operation}")


def _dynamodb(call: Call, lab: Account) -> Iterator[Permission]:
    if "TransactItems" in call.request:
        for item in call.request["TransactItems"]:
            ((kind, request),) = item.items()
            yield _on_table(IN_TRANSACTIONS[kind], request, lab)
    else:
        yield _on_table(call.operation, call.request, lab)


def _on_table(action: str, request: dict[str, Any], lab: Account) -> Permission:
    table = lab.arn("dynamodb", f"table/{request['TableName']}")
    resource = f"{table}/index/{request['IndexName']}" if "IndexName" in request else table
    item = request.get("Key") or request.get("Item") or {}
    leading = [item[key]["S"] for key in PARTITION_KEYS if key in item]
    return Permission(f"dynamodb:{action}", resource, {"dynamodb:LeadingKeys": leading[:1]})


def _ecs_write(call: Call, lab: Account) -> Iterator[Permission]:
    request = call.request
    match call.operation:
        case "RegisterTaskDefinition":
            revision = lab.arn("ecs", f"task-definition/{request['family']}:1")
            privileged = any(c.get("privileged") for c in request["containerDefinitions"])
            sizes = {f"ecs:task-{key}": str(request[key]) for key in ("cpu", "memory") if key in request}
            yield Permission(
                "ecs:RegisterTaskDefinition", revision, {**sizes, "ecs:privileged": str(privileged).lower()}
            )
            yield from _tags(call, revision)
            yield from _roles(request)
        case "UpdateService":
            yield Permission("ecs:UpdateService", request["service"], _service_context(call, lab))
        case "RunTask":
            definition = request["taskDefinition"]
            yield Permission("ecs:RunTask", definition, {"ecs:cluster": request["cluster"]})
            yield from _tags(call, lab.arn("ecs", "task/any/any"))
            yield from _roles(_definition(definition, lab))
        case _:
            yield Permission(f"ecs:{call.operation}", "unknown: teach tests/tidy/calls.py")


def _service_context(call: Call, lab: Account) -> dict[str, Any]:
    request = call.request
    tags = {f"aws:ResourceTag/{tag['key']}": tag["value"] for tag in _service_tags(request["service"], lab)}
    pools = [
        lab.arn("ecs", f"capacity-provider/{item['capacityProvider']}")
        for item in request.get("capacityProviderStrategy", [])
    ]
    where = {"aws:RequestedRegion": lab.region, "aws:ResourceAccount": lab.account}
    return {**where, **tags, **({"ecs:capacity-provider": pools} if pools else {})}


@cache  # the laboratory limits the rate of these, too
def _service_tags(service: str, lab: Account) -> list[dict[str, str]]:
    asked = {"cluster": service.split("/")[1], "services": [service], "include": ["TAGS"]}
    (described,) = lab.call("ecs", "DescribeServices", asked)["services"]
    return described.get("tags", [])


@cache
def _definition(arn: str, lab: Account) -> dict[str, Any]:
    return lab.call("ecs", "DescribeTaskDefinition", {"taskDefinition": arn})["taskDefinition"]


def _tags(call: Call, resource: str) -> Iterator[Permission]:
    if call.request.get("tags"):
        yield Permission("ecs:TagResource", resource, {"ecs:CreateAction": call.operation})


def _roles(holder: dict[str, Any]) -> Iterator[Permission]:
    for key in ("taskRoleArn", "executionRoleArn"):
        if key in holder:
            yield Permission("iam:PassRole", holder[key], {"iam:PassedToService": "ecs-tasks.amazonaws.com"})
