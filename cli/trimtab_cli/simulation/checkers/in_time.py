"""I16: what was begun too late, or too often, is not begun."""

from collections import Counter

from trimtab_cli.simulation.ledger import epoch
from trimtab_cli.simulation.trial import Trial

SKEW_SECONDS = 11.0
TAKEOVERS_MAX = 3


def nothing_old_is_released_late(trial: Trial) -> list[str]:
    """No invocation that began after a Change's deadline writes for it."""
    broken = []
    for write in trial.writes:
        calls = trial.record.of_invocation(write.call)
        if write.change is None or not calls or write.call.invocation in trial.record.jumped:
            continue
        late = calls[0].at - epoch(str(write.change["decide_by"]))
        if late > SKEW_SECONDS:
            broken.append(f"{write.operation} of {write.change['id']}, begun {late:.0f} s after its deadline")
    return broken


def takeovers_end(trial: Trial) -> list[str]:
    """No Change but a way back is handed from applier to applier more than three times in one step.

    An applier that comes back and leaves the question to the next, for want of a call, was not lost.
    """
    broken = []
    counts: Counter[tuple[str, str]] = Counter()
    for step in trial.ledger.steps:
        before, after = step.before, step.after
        if before is None or after is None or not step.item.startswith("CHANGE#"):
            continue
        key = (step.workload, step.item)
        if after["state"] == "planned":
            counts[key] = 0
        applying = before["state"] == after["state"] == "applying"
        lost = after.get("outcome") != "api_share"
        handed = applying and lost and before["turn"] != after["turn"] == "apply"
        counts[key] += handed
        if handed and counts[key] > TAKEOVERS_MAX and after["kind"] != "rollback":
            broken.append(f"{after['kind']} {after['id']} was taken over {counts[key]} times")
    return broken
