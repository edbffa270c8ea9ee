"""What an invocation had been told before a write: shared ground of several checkers."""

from typing import Any

from trimtab_cli.simulation.ledger import epoch
from trimtab_cli.simulation.record import Call, Record, Write
from trimtab_cli.simulation.trial import Trial

FRESH_SECONDS = 60.0
"""A reading older than this is no ground for a write."""

SIZES = ("cpu", "memory", "memoryReservation")
"""What a size of ours may change of a container."""


def service_reading(trial: Trial, write: Write) -> tuple[Call, dict[str, Any]] | None:
    """Return the last look at the service that the very invocation behind a write took, and what it saw."""
    name = service_name(write)
    for call in reversed(trial.record.of_invocation(write.call)):
        if call.operation != "DescribeServices" or call.answer is None:
            continue
        for seen in call.answer["services"]:
            if seen["serviceName"] == name:
                return call, seen
    return None


def switch_reading(record: Record, write: Write) -> Call | None:
    """Return the last look at the switch that the invocation behind a write took, None without one."""
    for call in reversed(record.of_invocation(write.call)):
        if (
            call.error is None
            and call.operation in ("TransactGetItems", "GetItem")
            and "switch" in repr(call.request)
        ):
            return call
    return None


def service_name(write: Write) -> str:
    """Return the service that a write is about; its family bears the same name here."""
    return str(write.request.get("service", "")).rpartition("/")[2] or str(write.request.get("family", ""))


def told_tags(seen: dict[str, Any]) -> dict[str, str]:
    """Return the tags of an answer of DescribeServices."""
    return {tag["key"]: tag["value"] for tag in seen.get("tags", ())}


def primary_of(answer: dict[str, Any]) -> str:
    """Return the PRIMARY deployment that an answer of UpdateService names."""
    return next((str(d["id"]) for d in answer["service"]["deployments"] if d["status"] == "PRIMARY"), "")


def image_of(content: dict[str, Any]) -> str:
    """Return the image of a revision."""
    return str(content["containerDefinitions"][0]["image"])


def unsized(content: dict[str, Any]) -> dict[str, Any]:
    """Return what a registration says apart from sizes and tags, without what ECS fills in."""
    empty: tuple[Any, ...] = ([], {}, None)
    kept = {
        key: value
        for key, value in content.items()
        if key not in ("cpu", "memory", "tags", "containerDefinitions")
    }
    containers = [
        {key: value for key, value in one.items() if value not in (*empty, 0) and key not in SIZES}
        for one in content["containerDefinitions"]
    ]
    return {**{key: value for key, value in kept.items() if value not in empty}, "containers": containers}


def sized(content: dict[str, Any]) -> dict[str, Any]:
    """Return what a registration says apart from tags."""
    return {**unsized(content), "cpu": str(content.get("cpu")), "memory": str(content.get("memory"))}


def revision(trial: Trial, arn: str) -> dict[str, Any]:
    """Return what a revision says."""
    family, _, number = arn.rpartition("/")[2].partition(":")
    return trial.lab.ecs.world.families[family][int(number) - 1].content


def registered_by_us(trial: Trial) -> set[str]:
    """Return the revisions that functions of ours registered."""
    return {
        str(write.answer["taskDefinition"]["taskDefinitionArn"])
        for write in trial.writes_of("RegisterTaskDefinition")
    }


def consents(tags: dict[str, str]) -> bool:
    """Tell whether a team's tags let Trimtab write."""
    return tags.get("trimtab:mode") in ("apply", "approve") and tags.get("trimtab:hold", "false") == "false"


def entered(trial: Trial, change: dict[str, Any]) -> dict[str, float]:
    """Return when a Change came into each of its states: by the world's clock, as ours may be an hour off."""
    noted = {state: epoch(when) for state, when in change["times"].items()}
    return noted | trial.ledger.entered(change["id"])
