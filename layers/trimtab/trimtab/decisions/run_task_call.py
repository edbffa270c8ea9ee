"""What a recorded RunTask call asks of Trimtab: to remember it, or to tell that a run never started."""

from typing import Final

from trimtab.model.run_task_call import RunTaskCall
from trimtab.model.verdict import Action, Cause, Owner, Verdict

PASSING: Final = ("ThrottlingException", "ServerException", "ServiceUnavailableException")
"""Schedules try again by themselves after these; what they give up is counted by their own metrics.

Source: ECS API Reference, common errors; EventBridge user guide, eb-rule-retry-policy (read 2026-11-22).
"""

SAID_MAX: Final = 300


def judge_run_task_call(call: RunTaskCall, owner: Owner) -> Verdict:
    """Say what a RunTask call means. Total: it never raises.

    Only a schedule's failure is told: whoever else called RunTask was told by its answer.
    """
    evidence: dict[str, str | int | float] = {
        "cluster": call.cluster_name,
        "task_definition": call.task_definition,
        "task_count": len(call.task_arns),
    }
    if call.error_code:
        evidence["error_code"] = call.error_code
    if call.failures:
        evidence["failures"] = len(call.failures)
    why, what = _why(call), call.task_definition.rpartition("/")[2]
    if why and owner is Owner.SCHEDULE and call.error_code not in PASSING:
        started = f"{len(call.task_arns)} tasks were started" if call.task_arns else "Nothing was started"
        return Verdict(
            "scheduled_run_failed",
            Cause.CAPACITY if _is_capacity(call) else Cause.CONFIGURATION,
            Action.ALERT,
            owner,
            "run_never_started",
            f"{call.started_by} could not run {what}: {why} {started}, and no stopped task will tell of it.",
            evidence,
        )
    if why:
        return Verdict(
            "run_task_failed",
            Cause.STATE,
            Action.IGNORE,
            owner,
            "caller_was_told",
            f"ECS did not run {what}: {why} Whoever called knows.",
            evidence,
        )
    return Verdict(
        "run_task_called",
        Cause.STARTING,
        Action.IGNORE,
        owner,
        "not_running_yet",
        f"Somebody asked ECS to run {what}. Trimtab remembers how, if its policy declares the family.",
        evidence,
    )


def _why(call: RunTaskCall) -> str:
    """Return why a call started nothing, or less than it was asked; empty when it did what it was to."""
    said = [call.error_code, call.error_message] if call.error_code else list(dict.fromkeys(call.failures))
    text = ": ".join(part for part in said if part)[:SAID_MAX].rstrip(" .")
    return f"{text}." if text else ""


def _is_capacity(call: RunTaskCall) -> bool:
    return any(text.startswith("RESOURCE:") or "apacity" in text for text in call.failures)
