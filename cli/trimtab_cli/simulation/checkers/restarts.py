"""I12, I13: a stopped task is started again at most once, and never a task of a service."""

from trimtab_cli.simulation.trial import Trial

ATTEMPTS_MAX = 3
"""What the simulated policy allows a lineage in an hour."""


def one_restart_a_stop(trial: Trial) -> list[str]:
    """Each stop is answered by at most one task of ours, whatever is repeated, lost or late."""
    broken = []
    for write in trial.writes:
        if write.operation != "RunTask":
            continue
        if str(write.request.get("group", "")).startswith("service:"):
            broken.append(f"a task of {write.request['group']} was started")
    tasks: dict[str, set[str]] = {}
    for write in trial.writes:
        if write.operation == "RunTask":
            arns = {task["taskArn"] for task in write.answer["tasks"]}
            tasks.setdefault(write.request["startedBy"], set()).update(arns)
    broken += [f"{by} started {len(arns)} tasks for one stop" for by, arns in tasks.items() if len(arns) > 1]
    return broken
