"""I34: undoing a Change restores exactly what was there before it, if nothing newer is in place."""

from trimtab_cli.simulation.checkers.readings import service_reading
from trimtab_cli.simulation.trial import Trial


def undo_restores_what_was(trial: Trial) -> list[str]:
    """What a person undoes goes back to the base of that very Change, from what that Change put there."""
    broken = []
    changes = {change["id"]: change for change in trial.changes}
    for write in trial.writes_of("UpdateService"):
        if write.change is None or write.change["reason"] != "undone_by_person":
            continue
        undone, found = changes.get(str(write.change["cause"])), service_reading(trial, write)
        if undone is None or found is None:
            broken.append(f"{write.change['id']} undoes nothing that is known")
            continue
        seen, sent = found[1], write.request.get("taskDefinition")
        if sent is not None and sent != undone["base"]["task_definition"]:
            broken.append(f"undoing {undone['id']} put {sent[-8:]} in force, not its base")
        if sent is not None and seen["taskDefinition"] != undone["applied"].get("task_definition"):
            broken.append(f"undoing {undone['id']} replaced {seen['taskDefinition'][-8:]}, which is newer")
        if "capacityProviderStrategy" in write.request:
            back = [one["capacityProvider"] for one in write.request["capacityProviderStrategy"]]
            if back != [one["provider"] for one in undone["base"]["strategy"]]:
                broken.append(f"undoing {undone['id']} put {back} in force, not its base")
    return broken


OF_OTHERS = ("undone_by_person", "covered_a_deployment")


def no_way_back_into_an_empty_pool(trial: Trial) -> list[str]:
    """A shift that fails is never taken back by Trimtab itself: the pool that it left is exhausted."""
    shifts = {change["id"] for change in trial.changes if change["kind"] == "shift"}
    return [
        f"{change['name']} was to go back into the pool that a shift had left: {change['reason']}"
        for change in trial.changes
        if change["kind"] == "rollback" and change["cause"] in shifts and change["reason"] not in OF_OTHERS
    ]
