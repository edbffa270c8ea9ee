"""I7, I8, I30: what a revision or an update of ours may say."""

from trimtab_cli.simulation.checkers.readings import revision, sized, unsized
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
        if write.change and write.change["kind"] == "tag" and sized(write.request) != sized(content):
            broken.append(f"{family} was registered again with another size")
        ours = {tag["key"]: tag["value"] for tag in write.request.get("tags", ())}
        if ours.get("team") != family:
            broken.append(f"{family} was registered without its team's tags")
    return broken


def nothing_unknown_is_dropped(trial: Trial) -> list[str]:
    """What was described with a member that the SDK does not know is not registered again."""
    broken = []
    for write in trial.writes_of("RegisterTaskDefinition"):
        family = write.request["family"]
        if (write.call.invocation, family) in trial.distortions.unknown_fields:
            broken.append(f"{family} was registered from an answer with an unknown member")
    return broken
