"""What AWS Health's notice of a retirement asks of Trimtab.

Source: Amazon ECS developer guide, task-maintenance (read 2026-11-22): ECS replaces the tasks of services
by itself and starts no replacement for standalone tasks.
"""

from trimtab.model.health import HealthNotice
from trimtab.model.verdict import Action, Cause, Owner, Verdict

ANNOUNCED, WITHDRAWN = "retirement_announced", "retirement_withdrawn"
RETIREMENT_CODE = "AWS_ECS_TASK_PATCHING_RETIREMENT"

_FOREIGN = (Owner.BATCH, Owner.STEPFUNCTIONS, Owner.OTHER_ORCHESTRATOR)


def judge_retirement(notice: HealthNotice, task_owner: Owner) -> Verdict:
    """Say what a Health notice means and what Trimtab would do. Total: it never raises.

    Args:
        notice: The notice. Tasks weigh more than services: nobody else replaces them.
        task_owner: Who starts the notice's tasks again, as far as their cluster tells.
    """
    evidence = _evidence(notice)
    if notice.event_type_code != RETIREMENT_CODE:
        return Verdict(
            "other_health_event",
            Cause.UNKNOWN,
            Action.IGNORE,
            Owner.UNKNOWN,
            "no_task_retirement",
            f"AWS Health speaks of {notice.event_type_code}, not of a task retirement.",
            evidence,
        )
    if notice.status_code == "closed":
        return Verdict(
            WITHDRAWN,
            Cause.RETIREMENT,
            Action.IGNORE,
            task_owner,
            "notice_closed",
            "AWS has closed its notice of a retirement: what has not been stopped is not stopped by it.",
            evidence,
        )
    owner, action, reason, sentence = _answer(notice, task_owner)
    return Verdict(ANNOUNCED, Cause.RETIREMENT, action, owner, reason, sentence, evidence)


def _answer(notice: HealthNotice, task_owner: Owner) -> tuple[Owner, Action, str, str]:
    when = f" from {notice.start_time:%Y-%m-%d %H:%M} UTC" if notice.start_time else ""
    if notice.task_arns and task_owner in _FOREIGN:
        return (
            task_owner,
            Action.IGNORE,
            f"retried_by_{task_owner}",
            f"AWS stops {len(notice.task_arns)} tasks{when}; who started them has its own retries.",
        )
    if notice.task_arns:
        return (
            task_owner,
            Action.PREPARE,
            "notice_before_stop",
            f"AWS stops {len(notice.task_arns)} tasks{when} and starts no replacement. Trimtab prepares "
            "their restart and starts nothing until they have stopped.",
        )
    if notice.services:
        names = ", ".join(f"{cluster}/{service}" for cluster, service in notice.services)
        return (
            Owner.SERVICE,
            Action.LEAVE_TO_SERVICE,
            "service_scheduler_replaces_it",
            f"ECS replaces the tasks of {names}{when}. A forced deployment before then chooses the hour.",
        )
    return (
        Owner.UNKNOWN,
        Action.ALERT,
        "no_resource_named",
        f"AWS retires tasks{when}, but the notice names none. Look at the AWS Health dashboard.",
    )


def _evidence(notice: HealthNotice) -> dict[str, str | int | float]:
    said = {
        "event_type_code": notice.event_type_code,
        "start_time": notice.start_time.isoformat() if notice.start_time else None,
        "end_time": notice.end_time.isoformat() if notice.end_time else None,
        "communication_id": notice.communication_id,
        "services": ", ".join(f"{cluster}/{service}" for cluster, service in notice.services),
        "task_arns": ", ".join(notice.task_arns),
    }
    evidence: dict[str, str | int | float] = {name: text for name, text in said.items() if text}
    return evidence | {"task_count": len(notice.task_arns), "service_count": len(notice.services)}
