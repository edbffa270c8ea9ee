"""Watching a task that was started again, until it has lived for a while or done its work."""

from datetime import timedelta
from typing import Final

from trimtab.decisions.owner import owner_of
from trimtab.decisions.stopped_task import judge_task
from trimtab.model.change import Change, State, Turn
from trimtab.model.duration import spoken
from trimtab.model.task import Task
from trimtab.model.verdict import Cause
from trimtab.ports import World
from trimtab.workflows.answer_stop import policy_says_done
from trimtab.workflows.close_change import close

POLL: Final = timedelta(minutes=5)
START_DEADLINE: Final = timedelta(minutes=10)


def settle_restart(change: Change, world: World) -> None:
    """Bring a restart one step on: its task runs, has run, ended its work, or stopped again."""
    now = world.clock.now()
    task_arn = change.applied.get("task", "")
    found = world.tasks.describe(task_arn.rsplit(":task/", 1)[-1].split("/")[0], [task_arn])
    task = found[0] if found else None
    if task and task.last_status == "STOPPED" and _finished(task, world):
        _finish_restart(change, world)
    elif task is None or task.last_status == "STOPPED":
        told = "The task that was started stopped again; its own stop is judged by itself."
        close(change, State.FAILED, "stopped_again", told, world)
    elif change.state is State.DEPLOYING and task.last_status == "RUNNING":
        until = now + timedelta(seconds=change.watch_seconds)
        world.changes.move(change, State.WATCHING, Turn.SETTLE, until, now, "running", "Its task runs.")
    elif change.state is State.WATCHING and now >= change.due_at:
        told = f"Its task ran for {spoken(timedelta(seconds=change.watch_seconds))}."
        close(change, State.SUCCEEDED, "alive", told, world)
    elif change.state is State.DEPLOYING and now - change.times[State.DEPLOYING] >= START_DEADLINE:
        told = f"Its task does not run after {spoken(START_DEADLINE)}. A person has to look."
        close(change, State.NEEDS_HUMAN, "never_ran", told, world)
    elif now >= change.due_at:
        world.changes.wait(change, Turn.SETTLE, now + POLL, "starting", "Its task is starting.")


def _finished(task: Task, world: World) -> bool:
    """Tell whether a stopped task had done its work: a short job ends before its watch does.

    Besides exit code 0 that is what the policy takes for it.
    """
    verdict = judge_task(task, owner_of(task), None)
    if verdict.cause is Cause.SUCCESS:
        return True
    _, policy = world.control.switch_and_policy()
    rule = policy.standalone_rule(task.cluster_name, task.family or "") if policy else None
    return rule is not None and policy_says_done(task, verdict, rule)


def _finish_restart(change: Change, world: World) -> None:
    now = world.clock.now()
    if change.state is State.DEPLOYING:
        change = world.changes.move(change, State.WATCHING, Turn.SETTLE, now, now)
    close(change, State.SUCCEEDED, "finished", "Its task did its work and ended.", world)
