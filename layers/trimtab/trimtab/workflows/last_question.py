"""The last questions before a task is started again: does one of its lineage live, is it still wanted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from trimtab.decisions.restart.history import LINEAGE_STARTED, SCHEDULED_BY
from trimtab.model.change import Change, Kind
from trimtab.model.decision import Refuse, Wait
from trimtab.model.policy import StandaloneRule
from trimtab.model.restart_policy import Copies, StartBy
from trimtab.ports import World
from trimtab.workflows.start_ahead import is_there_still

STILL_STOPPING: Final = timedelta(minutes=1)


def may_be_started(
    taken: Change, rule: StandaloneRule, lineage: Sequence[Change], world: World
) -> Refuse | Wait | None:
    """Ask ECS what a restart would meet; None when nothing speaks against it.

    ``lineage`` are the Changes of its workload, of which none was carried out since they were read.
    """
    return _alive(taken, rule, lineage, world) or _next_run(taken, rule, world)


def cluster_of(taken: Change) -> str:
    """Return the ARN of the cluster of a lineage."""
    return taken.workload.replace(":task/", ":cluster/").rpartition("/")[0]


def _alive(
    taken: Change, rule: StandaloneRule, lineage: Sequence[Change], world: World
) -> Refuse | Wait | None:
    """A lineage has one task at most: neither the one that stopped nor one of ours may still live."""
    stopped = taken.target.stopped_task or taken.workload
    changes = [
        change
        for change in lineage
        if change.kind is Kind.RESTART and change.id != taken.id and "task" in change.applied
    ]
    others = [change.applied["task"] for change in changes]
    asked = list(dict.fromkeys([*others[-10:], stopped]))
    described = world.tasks.describe(cluster_of(taken), asked)
    if (no := is_there_still(taken, described)) is not None:
        return no
    live = [task for task in described if task.last_status != "STOPPED"]
    # What overlaps may live on for a while after the next one was started: it has been answered.
    answered = {change.target.stopped_task for change in changes if rule.copies is Copies.OVERLAP}
    if any(task.task_arn not in (stopped, *answered) for task in live):
        return Refuse("lineage_lives", "Another task of its lineage runs; it is answered when it stops.")
    if live and rule.copies is Copies.AT_MOST_ONE:
        told = "ECS still shows the task that is to be started again as not stopped."
        return Wait(world.clock.now() + STILL_STOPPING, "still_stopping", told)
    return None


def _next_run(taken: Change, rule: StandaloneRule, world: World) -> Refuse | None:
    """A scheduled task is not started again once its schedule has started the next run."""
    schedule, begun = taken.evidence.get(SCHEDULED_BY), taken.evidence.get(LINEAGE_STARTED)
    if rule.start_by is not StartBy.NEXT_RUN or not schedule or not begun:
        return None
    since = datetime.fromisoformat(str(begun))
    newer = [
        task
        for task in world.tasks.started_by(cluster_of(taken), str(schedule))
        if task.family == taken.name
        and task.task_arn != taken.workload
        and task.created_at is not None
        and task.created_at > since
    ]
    if not newer:
        return None
    return Refuse("next_run_started", f"{schedule} has started its next run: the one that stopped is over.")
