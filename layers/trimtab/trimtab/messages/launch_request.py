"""Parameters of a RunTask call, or of a schedule's target -> LaunchRequest.

CloudTrail writes the names as the ECS API has them; targets of EventBridge rules and of EventBridge
Scheduler write most of them with a capital letter, so that does not count.

Source: ECS API Reference, RunTask; EventBridge and EventBridge Scheduler API References, EcsParameters
(read 2026-11-22).
"""

from collections.abc import Mapping
from typing import Any, Final

from trimtab.messages.fields import Fields
from trimtab.model.launch import LaunchRequest, Placement
from trimtab.model.service import Strategy, StrategyItem

UNSUPPORTED: Final = ("volumeConfigurations", "referenceId")
"""Trimtab sends neither: volumes need a role and a size each, and the other is the caller's own mark."""


def launch_request_of(parameters: Mapping[str, Any], subject: str) -> LaunchRequest:
    """Read what is not yet wrapped; ``subject`` names it in errors.

    Raises:
        MessageError: One of the parameters has the wrong type.
    """
    return read_launch_request(Fields(parameters, subject, "parameters"))


def read_launch_request(given: Fields) -> LaunchRequest:
    """Read the parameters; overrides are left out, and whatever is not known is passed over.

    Raises:
        MessageError: One of them has the wrong type.
    """
    fields = Fields(_small_letters(given.data), given.subject, given.path)
    network = fields.object_or_empty("networkConfiguration").object_or_empty("awsvpcConfiguration")
    public = network.text_or_none("assignPublicIp")
    return LaunchRequest(
        launch_type=fields.text_or_none("launchType"),
        capacity_provider_strategy=_strategy(fields),
        platform_version=fields.text_or_none("platformVersion"),
        subnets=network.texts("subnets"),
        security_groups=network.texts("securityGroups"),
        assign_public_ip=None if public is None else public == "ENABLED",
        enable_execute_command=fields.flag_or_none("enableExecuteCommand") or False,
        placement_constraints=_placement(fields, "placementConstraints", "expression"),
        placement_strategy=_placement(fields, "placementStrategy", "field"),
        propagate_tags=fields.text_or_none("propagateTags"),
        enable_ecs_managed_tags=fields.flag_or_none("enableECSManagedTags") or False,
        tags=_tags(given),
        unsupported=tuple(name for name in UNSUPPORTED if fields.data.get(name)),
    )


def _strategy(fields: Fields) -> Strategy:
    items = fields.objects("capacityProviderStrategy")
    return tuple(
        StrategyItem(
            item.text("capacityProvider"),
            item.whole_or_none("weight") or 0,
            item.whole_or_none("base") or 0,
        )
        for item in items
    )


def _placement(fields: Fields, key: str, second: str) -> Placement:
    return tuple(
        {name: text for name in ("type", second) if (text := item.text_or_none(name)) is not None}
        for item in fields.objects(key)
    )


def _tags(given: Fields) -> dict[str, str]:
    """Read tags as a list of keys and values, or as EventBridge Scheduler has them: a list of mappings."""
    tags: dict[str, str] = {}
    for item in given.objects("tags") or given.objects("Tags"):
        if item.data.keys() <= {"key", "value", "Key", "Value"}:
            key = item.text_or_none("key") or item.text_or_none("Key")
            value = item.text_or_none("value") or item.text_or_none("Value")
            tags |= {key: value or ""} if key else {}
        else:
            tags |= {key: str(value) for key, value in item.data.items()}
    return tags


def _small_letters(value: Any) -> Any:
    """Return JSON whose names begin with a small letter, at every depth."""
    if isinstance(value, Mapping):
        return {key[:1].lower() + key[1:]: _small_letters(inner) for key, inner in value.items()}
    return [_small_letters(inner) for inner in value] if isinstance(value, list) else value
