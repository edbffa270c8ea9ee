"""I27: while resizes go wrong, none is begun."""

from trimtab_cli.simulation.checkers.readings import service_name
from trimtab_cli.simulation.clients import CONTROL
from trimtab_cli.simulation.ledger import epoch
from trimtab_cli.simulation.record import Write
from trimtab_cli.simulation.trial import Trial

FAILURES, WINDOW_SECONDS, SKEW_SECONDS = 3, 6 * 3600.0, 11.0


def the_breaker_holds(trial: Trial) -> list[str]:
    """No resize begins on a record, as its applier read it, with as many failures as the policy bears."""
    enough = int(trial.policy.get("limits", {}).get("failures_that_pause", FAILURES))
    broken = []
    for write in trial.writes_of("UpdateService"):
        if write.change is None or write.change["kind"] != "resize":
            continue
        if write.call.invocation in trial.record.jumped:
            continue
        recent = [at for at in _failures(trial, write) if write.at - at < WINDOW_SECONDS - SKEW_SECONDS]
        if len(recent) >= enough:
            broken.append(f"{service_name(write)} was resized after {len(recent)} failures")
    return broken


def _failures(trial: Trial, write: Write) -> list[float]:
    """Return when resizes went wrong, as the invocation behind a write read it last."""
    for call in reversed(trial.record.of_invocation(write.call)):
        about = call.request.get("Key", {}).get("key", {}).get("S")
        ours = call.operation == "GetItem" and call.request["TableName"] == CONTROL and about == "brake"
        if ours and call.error is None and call.request["Key"]["part"] == {"S": "-"}:
            noted = (call.answer or {}).get("Item", {}).get("failed", {}).get("SS", ())
            return [epoch(one.partition(" ")[0]) for one in noted]
    return []
