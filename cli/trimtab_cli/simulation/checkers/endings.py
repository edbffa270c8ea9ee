"""I16, I22, I25: with the faults over, every Change that was begun ends, and people hear of theirs."""

from trimtab_cli.simulation.ledger import stamp
from trimtab_cli.simulation.trial import Trial

ENDS = {"succeeded", "superseded", "refused", "expired", "failed", "rolled_back", "needs_human"}
GRACE_SECONDS = 180.0


def every_change_ends(trial: Trial) -> list[str]:
    """No Change is overdue, and none that was begun is still on its way after its deadline."""
    now = stamp(trial.lab.clock.now - GRACE_SECONDS)
    broken = []
    for change in trial.changes:
        overdue = change["state"] not in ENDS and change["due_at"] < now
        begun = change["state"] in ("applying", "rolling_back", "deploying")
        if overdue or (begun and change["decide_by"] < now):
            broken.append(
                f"{change['kind']} {change['id']} is still {change['state']}, due {change['due_at']}"
            )
    return broken


def workloads_are_given_back(trial: Trial) -> list[str]:
    """Nobody holds a workload whose Change has ended."""
    broken = []
    for workload, head in trial.ledger.heads().items():
        holder = head.get("holder")
        change = trial.ledger.change(workload, str(holder)) if holder else None
        if change is not None and change["state"] in ENDS:
            broken.append(f"{workload[-8:]} is held by {holder}, which has {change['state']}")
    return broken


def people_hear_of_theirs(trial: Trial) -> list[str]:
    """Each Change that needs a person was told of, unless the notice lies in the dead letters."""
    lost = sum(name == "announce_change" for name, _ in trial.lambdas.dead_letters)
    told, lately = repr(list(trial.lab.sns.published)), stamp(trial.lab.clock.now - GRACE_SECONDS)
    missed = [
        change["id"]
        for change in trial.changes
        if change["state"] == "needs_human"
        and change["times"].get("needs_human", "") < lately
        and f"{change['id']}-needs_human" not in told
    ]
    return [f"nobody heard that {name} needs a person" for name in missed] if len(missed) > lost else []
