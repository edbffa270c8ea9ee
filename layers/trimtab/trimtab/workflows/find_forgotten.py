"""Standalone tasks that were seen running, whose stop nobody saw, and that ECS has forgotten since."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from trimtab.decisions.owner import owner_of
from trimtab.model.launch import LiveTask
from trimtab.model.stop import stop_of
from trimtab.model.task import Task
from trimtab.model.verdict import Action, Cause, Verdict
from trimtab.ports import World
from trimtab.workflows.record_restart import Decided, decide_on_stop, keep
from trimtab.workflows.remember_launch import declared

REMEMBERED: Final = timedelta(hours=1)
"""ECS shows a stopped task at least so long. Source: ECS API Reference, DescribeTasks (read 2026-11-22)."""

STOPS_LOOKED_AT: Final = 200
UNSEEN: Final = "stop_unseen"


def find_forgotten(lives: Sequence[LiveTask], listed: Collection[str], world: World) -> int:
    """Tell of each of ``lives`` that has ended unseen; return how many there were.

    ``listed`` are the tasks that ECS has listed since. What is listed as stopped is answered like any stop.
    """
    now = world.clock.now()
    unlisted = [
        live for live in lives if live.task.task_arn not in listed and now - live.seen_at >= REMEMBERED
    ]
    found = 0
    for live in _not_described(unlisted, world):
        if not _is_archived(live, world):
            _tell(live.task, world)
            found += 1
        world.control.forget_live(live.task.task_arn)
    return found


def forget_ended(task: Task, live: Collection[str], world: World) -> None:
    """Forget that a task ran whose stop has been answered."""
    if task.task_arn in live and task.last_status == "STOPPED" and world.stops.is_archived(task):
        world.control.forget_live(task.task_arn)


def _not_described(unlisted: Sequence[LiveTask], world: World) -> list[LiveTask]:
    """Return those that ECS does not know: a list may lack what is there."""
    known = set[str]()
    for cluster in {live.task.cluster_arn for live in unlisted}:
        arns = [live.task.task_arn for live in unlisted if live.task.cluster_arn == cluster]
        known |= {task.task_arn for task in world.tasks.describe(cluster, arns)}
    return [live for live in unlisted if live.task.task_arn not in known]


def _is_archived(live: LiveTask, world: World) -> bool:
    """Tell whether the stop was answered, and only its mark was left."""
    task = live.task
    stops = world.stops.newest(task.cluster_name, None, task.family or "", live.seen_at, STOPS_LOOKED_AT)
    return any(stop.task_arn == task.task_arn for stop in stops)


def _tell(task: Task, world: World) -> None:
    """Archive the stop, and record that it is not started again unasked."""
    stopped = replace(task, last_status="STOPPED", desired_status="STOPPED")
    family = (task.task_definition_arn or "").rpartition("/")[2]
    told = (
        f"A task of {family} ran, and ECS no longer knows it: it stopped more than an hour ago, and nobody "
        "saw how it ended. It may have done its work, so Trimtab does not start it again unasked."
    )
    verdict = Verdict(UNSEEN, Cause.UNKNOWN, Action.ALERT, owner_of(task), UNSEEN, told)
    remembered = world.control.remembered(task, world.clock.now())
    policy = remembered.policy
    rule = declared(policy, task.cluster_name, task.family) if policy else None
    decided = Decided(UNSEEN, told)
    if rule is not None:
        decided = decide_on_stop(stopped, verdict, rule, remembered, "inventory", world)
    stop = stop_of(stopped, verdict, decided.code, decided.sentence, world.clock.now())
    keep(stop, decided.change, world)
    world.telemetry.note("stop unseen", task_arn=task.task_arn, family=task.family or "")
