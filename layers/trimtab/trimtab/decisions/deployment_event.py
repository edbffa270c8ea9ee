"""What a deployment's state asks of Trimtab: a note for the changes it watches, or a person.

Source: Amazon ECS developer guide, ecs_service_deployment_events (read 2026-11-22).
"""

from trimtab.model.deployment_event import DeploymentEvent
from trimtab.model.verdict import Action, Cause, Owner, Verdict

_ROLLBACK_TEXT = "rolling back"

# Event name -> (rule, cause, action, reason, sentence).
_BY_NAME = {
    "SERVICE_DEPLOYMENT_IN_PROGRESS": (
        "deployment_in_progress",
        Cause.STATE,
        Action.RECORD,
        "deployment_freezes_changes",
        "A deployment runs. Trimtab changes nothing on this service until it is over.",
    ),
    "SERVICE_DEPLOYMENT_COMPLETED": (
        "deployment_completed",
        Cause.STATE,
        Action.RECORD,
        "state_settles_changes",
        "The deployment is complete. Trimtab settles the change behind it, if it was its own.",
    ),
    "SERVICE_DEPLOYMENT_FAILED": (
        "deployment_failed",
        Cause.UNKNOWN,
        Action.ALERT,
        "deployment_failed",
        "The deployment failed. If it was Trimtab's own change, Trimtab rolls it back; else look at the "
        "service's last stopped tasks.",
    ),
}


def judge_deployment_event(event: DeploymentEvent) -> Verdict:
    """Say what a deployment's state means and what Trimtab would do. Total: it never raises.

    A failed deployment is no cause in itself: the stops of its tasks say why.
    """
    rule, cause, action, reason, sentence = _BY_NAME.get(event.event_name) or _unknown(event)
    if event.event_name == "SERVICE_DEPLOYMENT_IN_PROGRESS" and _ROLLBACK_TEXT in (event.reason or ""):
        rule, reason = "deployment_rolls_back", "rollback_freezes_changes"
        sentence = "ECS rolls a deployment back. Trimtab changes nothing on this service until it is over."
    evidence: dict[str, str | int | float] = {
        "service_arn": event.service_arn,
        "event_name": event.event_name,
        "deployment_id": event.deployment_id,
    }
    if event.reason:
        evidence["event_reason"] = event.reason
    return Verdict(rule, cause, action, Owner.SERVICE, reason, sentence, evidence)


def _unknown(event: DeploymentEvent) -> tuple[str, Cause, Action, str, str]:
    if event.event_type == "INFO":
        return "state_only", Cause.STATE, Action.IGNORE, "nothing_to_do", "Nothing is wrong."
    return (
        "unknown_deployment_event",
        Cause.UNKNOWN,
        Action.ALERT,
        "cause_unknown",
        f"ECS reports {event.event_name}, which Trimtab does not know. Look at the service.",
    )
