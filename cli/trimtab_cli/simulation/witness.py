"""What was so at the moment of each of Trimtab's writes: the checkers look here, not at return values."""

from dataclasses import dataclass
from typing import Any

from trimtab.adapters.dynamodb_items import from_dynamodb
from trimtab_cli.simulation.clients import CHANGES, CONTROL
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_lab.account import Account


@dataclass(frozen=True, slots=True)
class Write:
    """One write that reached the server, with the world's own record of that moment."""

    at: float
    function: str
    operation: str
    request: dict[str, Any]
    tags: dict[str, str]
    deploying: bool
    revision: str
    strategy: tuple[str, ...]
    switch: str
    applying: dict[str, Any] | None
    answer: dict[str, Any]


def observe(lab: Account, request: dict[str, Any]) -> dict[str, Any]:
    """Return what is so now, before a write takes effect."""
    name = str(request.get("service", "")).rpartition("/")[2] or str(request.get("family", ""))
    service = lab.ecs.world.clusters[CLUSTER].services.get(name)
    switch = _items(lab, CONTROL, "switch")
    return {
        "tags": dict(service.tags) if service else {},
        "deploying": bool(service and service.primary.rollout_state == "IN_PROGRESS"),
        "revision": service.definition.arn if service and service.definition else "",
        "strategy": tuple(item["capacityProvider"] for item in service.strategy) if service else (),
        "switch": str(switch[0]["position"]) if switch else "unset",
    }


def changes(lab: Account) -> list[dict[str, Any]]:
    """Return every item of the Changes table as plain values."""
    return _scan(lab, CHANGES)


def control(lab: Account) -> list[dict[str, Any]]:
    """Return every item of the Control table as plain values."""
    return _scan(lab, CONTROL)


def _items(lab: Account, table: str, key: str) -> list[dict[str, Any]]:
    return [item for item in _scan(lab, table) if item.get("key") == key]


def _scan(lab: Account, table: str) -> list[dict[str, Any]]:
    keep, lab.keep_calls = lab.keep_calls, False
    try:
        answer = lab.call("dynamodb", "Scan", {"TableName": table})
    finally:
        lab.keep_calls = keep
    return [from_dynamodb(item) for item in answer["Items"]]
