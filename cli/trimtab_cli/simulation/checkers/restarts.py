"""I12, I13: a stopped task is started again at most once, and never a task of a service."""

from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial

OF_JOBS = ("not_declared", "launch_unknown")


def one_restart_a_stop(trial: Trial) -> list[str]:
    """Each stop is answered by at most one task of ours, whatever is repeated, lost or late."""
    broken = []
    tasks: dict[str, set[str]] = {}
    of_services = {
        run.task_arn
        for team in trial.scene.teams
        for run in trial.lab.ecs.runs.of_service(CLUSTER, team.name)
    }
    for write in trial.writes_of("RunTask"):
        if str(write.request.get("group", "")).startswith("service:"):
            broken.append(f"a task of {write.request['group']} was started")
        if write.change and write.change["target"]["stopped_task"] in of_services:
            broken.append(f"a task of {write.request['taskDefinition']} was started for a service")
        arns = {task["taskArn"] for task in write.answer["tasks"]}
        tasks.setdefault(write.request["startedBy"], set()).update(arns)
    return broken + [
        f"{by} started {len(arns)} tasks for one stop" for by, arns in tasks.items() if len(arns) > 1
    ]


def services_start_their_own_tasks(trial: Trial) -> list[str]:
    """What is decided on a stop of a service's task is nothing that is decided on jobs."""
    return [
        f"a stop of {item['service']} was judged as that of a job: {item['decided']}"
        for item in trial.control
        if item["key"].startswith("stop") and item.get("service") and item["decided"] in OF_JOBS
    ]
