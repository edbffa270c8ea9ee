"""I12, I13, I14: what happens to some jobs: a next run, a newer revision, a kill for memory."""

from typing import Any

from trimtab_cli.simulation.checkers.readings import FRESH_SECONDS
from trimtab_cli.simulation.jobs import FAMILY
from trimtab_cli.simulation.ledger import epoch
from trimtab_cli.simulation.record import Write
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.stories import FOLLOWED, HUNGRY, NEXT_RUN
from trimtab_cli.simulation.trial import Trial

EVENTS_AMISS = ("event_lost", "event_late", "event_malformed")
LISTED_WRONGLY = ("late_list", "page_lost")
"""Who is not told of a task by ECS cannot know of it."""


def a_next_run_ends_the_one_before(trial: Trial) -> list[str]:
    """Nothing of a run is started once its schedule has started the next one, as far as ECS tells."""
    job = trial.scene.job
    if job is None or job.kind != NEXT_RUN or any(trial.dice.fired[one] for one in LISTED_WRONGLY):
        return []
    began = {run.task_arn: run.started_at for run in trial.lab.ecs.runs.of_family(CLUSTER, FAMILY)}
    runs = {task: began[task] for task in job.launches if task in began}
    return [
        f"{write.subject[0][-8:]} was started though its schedule had started the next run"
        for write in trial.writes_of("RunTask")
        if write.subject and write.subject[0] in runs
        if any(runs[write.subject[0]] < other < write.at - FRESH_SECONDS for other in runs.values())
    ]


def what_is_spared_gets_no_successor(trial: Trial) -> list[str]:
    """Nothing is started beside a task of which AWS has said that it is not stopped after all."""
    job = trial.scene.job
    if job is None or trial.lambdas.dead_letters or any(trial.dice.fired[one] for one in EVENTS_AMISS):
        return []
    ends = {run.task_arn: run.stopped_at for run in trial.lab.ecs.runs.of_family(CLUSTER, FAMILY)}
    broken = []
    for write in trial.writes_of("RunTask"):
        stopped = str(write.change["target"]["stopped_task"]) if write.change else ""
        spared_at, ended = job.spared.get(stopped), ends.get(stopped)
        lives = ended is None or write.at < ended
        if spared_at is not None and lives and write.at > spared_at + FRESH_SECONDS:
            broken.append(f"{stopped[-8:]} got a successor though AWS let it run")
    return broken


def what_is_spared_and_stops_later_is_answered(trial: Trial) -> list[str]:
    """A task that AWS stops after all, though it had withdrawn a notice of it, has a Change of its own."""
    job = trial.scene.job
    if job is None or trial.lambdas.dead_letters or any(trial.dice.fired[one] for one in EVENTS_AMISS):
        return []
    ends = {run.task_arn: run.stopped_at for run in trial.lab.ecs.runs.of_family(CLUSTER, FAMILY)}
    answered = {
        change["target"]["stopped_task"]
        for change in trial.changes
        if change["kind"] == "restart" and change["outcome"] != "notice_withdrawn"
    }
    return [
        f"nobody answered the stop of {task[-8:]}, which AWS had let run before"
        for task, spared_at in job.spared.items()
        if task in job.taken and (ends.get(task) or 0.0) > spared_at and task not in answered
    ]


def restarts_are_of_the_revision_asked_for(trial: Trial) -> list[str]:
    """A restart is of the revision that stopped, or of the team's newest where the policy follows that."""
    job = trial.scene.job
    if job is None:
        return []
    released = _releases(trial)
    broken = []
    for write in trial.writes_of("RunTask"):
        if not write.change:
            continue
        asked, stopped = str(write.request["taskDefinition"]), str(write.change["base"]["task_definition"])
        newest = max((arn for at, arn in released if at <= write.at), key=_number, default=stopped)
        if asked != stopped and (job.kind != FOLLOWED or asked not in {arn for _, arn in released}):
            broken.append(f"{write.request['startedBy']} started {asked}, not {stopped}")
        if _number(asked) > _number(newest) or _number(asked) < _number(stopped):
            broken.append(f"{write.request['startedBy']} started {asked} after {stopped}")
        decided_at = epoch(write.change["created_at"]) - FRESH_SECONDS
        known = [arn for at, arn in released if at < decided_at and not trial.record.jumped]
        if job.kind == FOLLOWED and known and _number(asked) < max(map(_number, known)):
            broken.append(f"{write.request['startedBy']} started {asked} though a newer one was out")
    return broken


def jobs_get_the_memory_they_were_killed_for(trial: Trial) -> list[str]:
    """After a kill for memory a job gets more of it, twice at most, and no start of its lineage has less."""
    job = trial.scene.job
    if job is None or job.kind != HUNGRY:
        return []
    broken, raised = [], dict[str, set[int]]()
    runs = {run.task_arn: run.memory_mib for run in trial.lab.ecs.runs.of_family(CLUSTER, FAMILY)}
    for write in trial.writes_of("RunTask"):
        if not write.change or not write.subject:
            continue
        before = runs.get(str(write.change["target"]["stopped_task"]))
        asked = _memory_mib(write)
        plan = job.plans.get(str(write.change["target"]["stopped_task"]))
        killed = plan is not None and plan.reason is not None
        if before is not None and killed and asked <= before:
            broken.append(f"{write.subject[0][-8:]} was killed at {before} MiB and got {asked}")
        raised.setdefault(write.subject[0], set()).add(asked)
    return broken + [
        f"{root[-8:]} got {sorted(sizes)} MiB" for root, sizes in raised.items() if len(sizes) > 2
    ]


def _memory_mib(write: Write) -> int:
    overrides: dict[str, Any] = write.request.get("overrides", {})
    return int(overrides.get("memory", 1024))


def _releases(trial: Trial) -> list[tuple[float, str]]:
    """Return when the team registered each revision of the job."""
    found = trial.lab.ecs.world.families.get(FAMILY, [])
    return [(one.registered_at, one.arn) for one in found]


def _number(arn: str) -> int:
    return int(arn.rpartition(":")[2])
