"""I16, I18, I19, I22: each write belongs to a Change that was there before it, and each Change ends."""

from trimtab_cli.simulation.trial import Trial

ENDS = {"succeeded", "superseded", "refused", "expired", "failed", "rolled_back", "needs_human"}


def every_change_ends(trial: Trial) -> list[str]:
    """With the faults gone, no Change that was begun is left on its way, and nobody holds a workload."""
    now = f"{trial.lab.clock.today():%Y-%m-%dT%H:%M:%SZ}"
    broken = []
    for change in trial.changes:
        overdue = change["state"] not in ENDS and change["due_at"] < now
        begun = change["state"] in ("applying", "rolling_back") or (change["state"] == "deploying")
        if overdue or (begun and change["decide_by"] < now):
            broken.append(
                f"{change['kind']} {change['id']} is still {change['state']}, due {change['due_at']}"
            )
    return broken


def every_write_has_its_change(trial: Trial) -> list[str]:
    """Each revision and task of ours carries the id of a Change that was recorded before it."""
    known = {change["id"]: change for change in trial.changes}
    broken = []
    for write in trial.writes:
        tags = {tag["key"]: tag["value"] for tag in write.request.get("tags", [])}
        if (
            write.operation in ("RegisterTaskDefinition", "RunTask")
            and tags.get("trimtab:change") not in known
        ):
            broken.append(f"{write.operation} carries no Change of the ledger")
    return broken
