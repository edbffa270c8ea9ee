"""I10, I23: Trimtab never wins by repetition."""

from collections import Counter

from trimtab_cli.simulation.checkers.readings import revision, service_name, unsized
from trimtab_cli.simulation.trial import Trial

RESETS_MAX = 2
FORWARD = ("resize", "raise_memory")
CHANGES_A_DAY_MAX = 6
CHANGES_IT = ("UpdateService", "DeleteService")


def resets_are_respected(trial: Trial) -> list[str]:
    """After as many pure resets by another writer as the policy bears, no size is put there again.

    One that was deleted and made anew is another service: nobody may have seen what was done to the old one.
    """
    broken = []
    enough = int(trial.policy.get("limits", {}).get("resets_that_stop", RESETS_MAX))
    resets: Counter[str] = Counter()
    updates = [c for c in trial.record.calls if c.operation in CHANGES_IT and c.error is None]
    ours = {id(write.call): write for write in trial.writes_of("UpdateService")}
    last_by_us: dict[str, str] = {}
    for call in updates:
        name = str(call.request["service"]).rpartition("/")[2]
        if call.operation == "DeleteService":
            resets[name] = 0
            last_by_us.pop(name, None)
        elif id(call) in ours:
            write = ours[id(call)]
            forward = bool(write.change and write.change["kind"] in FORWARD)
            if forward and resets[name] >= enough:
                broken.append(f"{name} was sized again after {resets[name]} pure resets")
            if forward and "taskDefinition" in write.request:
                last_by_us[name] = str(write.request["taskDefinition"])
            else:
                last_by_us.pop(name, None)
        elif "taskDefinition" in call.request:
            theirs = str(call.request["taskDefinition"])
            resets[name] += call.who == "terraform" and _differ_in_size(trial, last_by_us.get(name), theirs)
            last_by_us.pop(name, None)
    return broken


def _differ_in_size(trial: Trial, ours: str | None, theirs: str) -> bool:
    """Tell a pure reset from what brings an image along, and from what our write had covered."""
    return ours is not None and unsized(revision(trial, ours)) == unsized(revision(trial, theirs))


def changes_keep_their_pace(trial: Trial) -> list[str]:
    """No service is changed over and over in a day."""
    forward = Counter(
        (service_name(write), int(write.at // 86400))
        for write in trial.writes_of("UpdateService")
        if write.change and write.change["kind"] != "rollback"
    )
    return [
        f"{name} was changed {count} times in a day"
        for (name, _), count in forward.items()
        if count > CHANGES_A_DAY_MAX
    ]
