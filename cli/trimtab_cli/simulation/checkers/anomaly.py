"""I26: a plan in which too many services want a change at once is not released."""

from typing import Any

from trimtab_cli.simulation.clients import CONTROL
from trimtab_cli.simulation.ledger import Step
from trimtab_cli.simulation.trial import Trial

SERVICES_MIN, SHARE_MAX = 20, 0.5
BEFORE_SECONDS = (60.0, 0.0)
"""The gate reads the plan once, and then releases Change after Change."""


def strange_plans_are_held(trial: Trial) -> list[str]:
    """No Change of a plan is released by its gate when over half the services that were judged wanted one."""
    least = int(trial.policy.get("limits", {}).get("mass_anomaly_services_min", SERVICES_MIN))
    rows = _rows(trial)
    broken = []
    for step in trial.ledger.steps:
        after = step.after
        if after is None or not step.leaves("approved") or after["state"] != "planned":
            continue
        if after["mode"] == "approve":
            continue  # a person let it through, and no plan
        run = str(after["cause"]).partition("/")[2]
        counts = [_counts(trial, rows.get(run, ()), step, seconds) for seconds in BEFORE_SECONDS]
        if all(judged >= least and wanted > judged * SHARE_MAX for wanted, judged in counts):
            broken.append(f"{after['id']} was released, and {counts[-1]} services wanted a change")
    return broken


def _rows(trial: Trial) -> dict[str, list[tuple[float, dict[str, Any]]]]:
    """Return the rows of each plan, with when they were written."""
    rows: dict[str, list[tuple[float, dict[str, Any]]]] = {}
    for call in trial.record.calls:
        if call.operation == "PutItem" and call.error is None and call.request["TableName"] == CONTROL:
            item = call.request["Item"]
            kind, _, run = item["key"]["S"].partition("#")
            if kind == "plan":
                rows.setdefault(run, []).append((call.at, item))
    return rows


def _counts(trial: Trial, rows: Any, step: Step, seconds: float) -> tuple[int, int]:
    """Return how many services wanted a change, and how many were judged, as it stood a while before."""
    last = {item["part"]["S"]: item for at, item in rows if at < step.at - seconds}
    named = [(arn, item["change_id"]["S"]) for arn, item in last.items() if "change_id" in item]
    changes = [trial.ledger.change(*one) or {} for one in named]
    cause = (step.after or {})["cause"]
    wanted = sum(
        change.get("cause") == cause and (change["mode"] == "apply" or change["kind"] == "hand_over")
        for change in changes
    )
    return wanted, sum(bool(item["judged"]["BOOL"]) for item in last.values())
