"""What a recorded RunTask call asks of Trimtab: nothing yet."""

from trimtab.model.run_task_call import RunTaskCall
from trimtab.model.verdict import Action, Cause, Owner, Verdict


def judge_run_task_call(call: RunTaskCall, owner: Owner) -> Verdict:
    """Say what a RunTask call means. Total: it never raises.

    Trimtab remembers a launch when the task reaches RUNNING: that event is delivered at least once,
    CloudTrail's on best effort only, and a call may have started nothing.
    """
    evidence: dict[str, str | int | float] = {
        "cluster": call.cluster,
        "task_definition": call.task_definition,
        "task_count": len(call.task_arns),
    }
    if call.error_code:
        evidence["error_code"] = call.error_code
    return Verdict(
        "run_task_called",
        Cause.STARTING,
        Action.IGNORE,
        owner,
        "not_running_yet",
        f"Somebody asked ECS to run {call.task_definition}. Trimtab remembers how a task was launched "
        "when it reaches RUNNING.",
        evidence,
    )
