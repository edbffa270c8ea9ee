"""I18, I19, I31: the ledger knows each write before it is made, and never takes anything back."""

from trimtab_cli.simulation.checkers.readings import registered_by_us
from trimtab_cli.simulation.distortions import OF_TOMORROW
from trimtab_cli.simulation.operators import POISON
from trimtab_cli.simulation.trial import Trial

FIXED = ("kind", "base", "target", "cluster", "name", "cause", "created_at", "reason", "rule", "parent",
         OF_TOMORROW)  # fmt: skip
NEXT = {
    "proposed": {"approved", "planned", "superseded", "refused", "expired", "needs_human"},
    "approved": {"planned", "superseded", "refused", "expired", "needs_human"},
    "planned": {"applying", "superseded", "refused", "expired", "needs_human"},
    "applying": {"planned", "deploying", "succeeded", "superseded", "refused", "failed", "needs_human"},
    "deploying": {"watching", "rolling_back", "superseded", "failed", "needs_human"},
    "watching": {"succeeded", "rolling_back", "superseded", "failed", "needs_human"},
    "rolling_back": {"rolled_back", "superseded", "needs_human"},
}
"""The life of a Change as the design has it, written down a second time."""


def every_write_has_its_change(trial: Trial) -> list[str]:
    """Before each write its Change stood in the table as being applied, with base and target."""
    broken = []
    for write in trial.writes:
        change = write.change
        if change is None:
            broken.append(f"{write.operation} belongs to no Change")
        elif change["state"] != "applying" and change["kind"] != "tag":
            broken.append(f"{write.operation} of {change['id']}, which was {change['state']}")
        elif not change.get("base") or "target" not in change:
            broken.append(f"{write.operation} of {change['id']}, whose base was not kept")
        tags = {tag["key"]: tag["value"] for tag in write.request.get("tags", ())}
        named = tags.get("trimtab:change")
        if write.operation in ("RegisterTaskDefinition", "RunTask") and change and named != change["id"]:
            broken.append(f"{write.operation} of {change['id']} is tagged {named}")
    return broken


def the_ledger_only_grows(trial: Trial) -> list[str]:
    """No Change vanishes, takes an illegal step, comes back to life, or changes what it was decided to be."""
    broken = []
    for step in trial.ledger.steps:
        before, after = step.before, step.after
        if before is None or not step.item.startswith("CHANGE#") or step.item == POISON:
            continue
        if after is None:
            broken.append(f"{before['id']} vanished")
            continue
        was, is_now = str(before["state"]), str(after["state"])
        if was != is_now and is_now not in NEXT.get(was, set()):
            broken.append(f"{before['id']} went from {was} to {is_now}")
        broken += [f"{key} of {before['id']} changed" for key in FIXED if before.get(key) != after.get(key)]
    return broken


def nothing_of_others_is_claimed(trial: Trial) -> list[str]:
    """Who took a Change on that nobody may have sent yet calls it carried out only after sending it.

    An applier that takes over from a lost one may find that it was sent; what was put off surely was not. A
    revision of ours that a pipeline deployed, as the newest one, is ours to watch all the same.
    """
    broken = []
    sent = {write.call.invocation for write in trial.writes_of("UpdateService")}
    ours = registered_by_us(trial)
    taken_anew: dict[tuple[str, str], int] = {}
    for step in trial.ledger.steps:
        before, after, key = step.before, step.after, (step.workload, step.item)
        if before is None or after is None or not step.item.startswith("CHANGE#"):
            continue
        was, is_now = before["state"], after["state"]
        if (was, is_now) == ("planned", "applying"):
            taken_anew[key] = step.invocation
        elif is_now == "applying" and before["fence"] != after["fence"]:
            taken_anew.pop(key, None)
        if (was, is_now) != ("applying", "deploying") or after["kind"] == "restart":
            continue
        own = after["applied"].get("task_definition") in ours
        if not own and taken_anew.get(key) == step.invocation and step.invocation not in sent:
            broken.append(f"{after['kind']} {after['id']} claims what somebody else deployed")
    return broken


def only_what_was_approved_is_applied(trial: Trial) -> list[str]:
    """I31: a Change of a mode below apply is carried out only after a person approved it."""
    broken = [
        f"{change['kind']} {change['id']} in mode observe was planned"
        for change in trial.changes
        if change["mode"] == "observe" and "planned" in change["times"]
    ]
    for write in trial.writes:
        change = write.change
        if change is None or change["mode"] == "apply":
            continue
        if not change["applied"].get("approved_plan") and change["kind"] not in ("rollback", "tag"):
            broken.append(f"{write.operation} of {change['id']} in mode {change['mode']}, approved by nobody")
    return broken
