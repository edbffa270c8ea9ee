"""I7, I8, I30: what a revision or an update of ours may say."""

from typing import Any

from trimtab_cli.simulation.checkers.readings import SIZES, revision, sized, unsized
from trimtab_cli.simulation.trial import Trial

ALLOWED = {"cluster", "service", "taskDefinition", "capacityProviderStrategy", "forceNewDeployment"}
NEVER = {
    "StopTask", "StopServiceDeployment", "DeregisterTaskDefinition", "DeleteService", "CreateService",
    "UntagResource",
}  # fmt: skip


def only_allowed_parameters(trial: Trial) -> list[str]:
    """No update sends a desired count, a network or anything else outside the list; nothing is deleted."""
    broken = [f"{write.operation} was called" for write in trial.writes if write.operation in NEVER]
    return broken + [
        f"UpdateService sent {sorted(extra)}"
        for write in trial.writes_of("UpdateService")
        if (extra := set(write.request) - ALLOWED)
    ]


def nothing_but_sizes_changes(trial: Trial) -> list[str]:
    """A revision of ours is the very base of its Change with other sizes, the base's tags included."""
    broken = []
    for write in trial.writes_of("RegisterTaskDefinition"):
        base = write.change["base"].get("task_definition") if write.change else None
        family = write.request["family"]
        if not base:
            broken.append(f"{family} was registered without a base")
            continue
        content = revision(trial, base)
        if unsized(write.request) != unsized(content):
            broken.append(f"{family} was registered with more than other sizes than {base[-8:]}")
        broken += [f"{family}: {what}" for what in containers_that_do_not_fit(write.request, content)]
        if write.change and write.change["kind"] == "tag" and sized(write.request) != sized(content):
            broken.append(f"{family} was registered again with another size")
        ours = {tag["key"]: tag["value"] for tag in write.request.get("tags", ())}
        if ours.get("team") != family:
            broken.append(f"{family} was registered without its team's tags")
    return broken


def containers_that_do_not_fit(request: dict[str, Any], base: dict[str, Any]) -> list[str]:
    """Of containers, one at most has other sizes; it gets none that it had not, and all fit into the task."""
    then = {one["name"]: _sizes(one) for one in base["containerDefinitions"]}
    now = {one["name"]: _sizes(one) for one in request["containerDefinitions"]}
    moved = [name for name, sizes in now.items() if sizes != then.get(name)]
    claimed = sum(sizes.get("memory") or sizes.get("memoryReservation", 0) for sizes in now.values())
    broken = [f"{name} got or lost a size" for name in moved if now[name].keys() != then.get(name, {}).keys()]
    if len(moved) > 1:
        broken.append(f"{', '.join(moved)} have other sizes")
    if claimed > int(request["memory"]) or sum(one.get("cpu", 0) for one in now.values()) > int(
        request["cpu"]
    ):
        broken.append("its containers do not fit into the task")
    return broken


def _sizes(container: dict[str, Any]) -> dict[str, int]:
    return {key: int(container[key]) for key in SIZES if container.get(key)}


def nothing_unknown_is_dropped(trial: Trial) -> list[str]:
    """What was described with a member that the SDK does not know is not registered again."""
    broken = []
    for write in trial.writes_of("RegisterTaskDefinition"):
        family = write.request["family"]
        if (write.call.invocation, family) in trial.distortions.unknown_fields:
            broken.append(f"{family} was registered from an answer with an unknown member")
    return broken
