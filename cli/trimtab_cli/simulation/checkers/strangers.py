"""I20, I36, I37: messages of others, repeated or spoiled ones change nothing and block nothing."""

from collections import Counter

from trimtab_cli.simulation.malformed import FOREIGN_ACCOUNT
from trimtab_cli.simulation.trial import Trial

NEVER_CARRIED_OUT = ("refused", "superseded")
"""A restart ahead of a stop is superseded when its notice is withdrawn, or another reason comes first."""


def strangers_are_refused(trial: Trial) -> list[str]:
    """No Change, no kept item and no write is about another account or partition."""
    broken = []
    for place, things in (
        ("the Changes table", trial.ledger.raw()),
        ("the Control table", trial.control),
        ("a write", [write.request for write in trial.writes]),
    ):
        text = repr(things)
        broken += [f"{what} stands in {place}" for what in (FOREIGN_ACCOUNT, "arn:aws-cn:") if what in text]
    return broken


def repeats_are_one(trial: Trial) -> list[str]:
    """However often it was told, a stop has one Change that is carried out, and a revision is raised once."""
    restarts = Counter(
        change["target"]["stopped_task"]
        for change in trial.changes
        if change["kind"] == "restart" and change["state"] not in NEVER_CARRIED_OUT
    )
    raises = Counter(
        (change["workload"], change["base"]["task_definition"])
        for change in trial.changes
        if change["kind"] == "raise_memory" and "deploying" in change["times"]
    )
    broken = [f"{stop[-8:]} has {count} restarts" for stop, count in restarts.items() if count > 1]
    return broken + [f"{where} has {count} raises" for where, count in raises.items() if count > 1]
