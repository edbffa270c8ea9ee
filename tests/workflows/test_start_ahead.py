"""A notice says that a standalone task will be stopped: what may overlap is started before."""

from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

import pytest

from tests.samples import NOW, a_crash, a_definition, a_task, minutes
from trimtab.model.change import Kind, State
from trimtab.model.change_window import ChangeWindow, Freeze
from trimtab.model.health import HealthNotice
from trimtab.model.policy import Policy, StandaloneRule
from trimtab.model.restart_policy import Copies
from trimtab.model.tags import Mode
from trimtab.workflows.restart_stopped_task import announce_retirement, restart_stopped_task

JOB = a_definition(3, "nightly", 512, 1024, containerDefinitions=[{"name": "job", "essential": True}])
ROOT = a_task().task_arn
OVERLAP = StandaloneRule(family="nightly", copies=Copies.OVERLAP)
RETIRED_AT = NOW + minutes(60)


@pytest.fixture
def job(scene):
    """A running task of a family whose tasks may overlap."""
    scene.control.policy = Policy(1, (), (OVERLAP,))
    task = a_task(capacity_provider_name="FARGATE_SPOT", launch_type=None)
    scene.ecs.has(JOB, task)
    return task


def hear(scene, task, event="event"):
    scene.ecs.has(task)
    return restart_stopped_task(task, event, scene.world)


def warned(scene, task):
    """Let AWS take the Spot capacity of a task back, in two minutes."""
    notice = replace(
        task,
        desired_status="STOPPED",
        stop_code="SpotInterruption",
        stopped_reason="Your Spot Task was interrupted.",
        stopping_at=scene.clock.now(),
    )
    hear(scene, notice, "notice")
    return notice


def stopped(scene, task, **said):
    now = scene.clock.now()
    ended = replace(task, last_status="STOPPED", stopped_at=now, execution_stopped_at=now, **said)
    hear(scene, ended, "stopped")
    return ended


def announce(scene, **said):
    told = {"event_type_code": "AWS_ECS_TASK_PATCHING_RETIREMENT", "service": "ECS", "task_arns": (ROOT,)}
    announce_retirement(HealthNotice(**{**told, "start_time": RETIRED_AT, **said}), scene.world)


def retired(scene, task):
    reason = "ECS is performing maintenance on the underlying infrastructure hosting the task"
    return stopped(
        scene, task, desired_status="STOPPED", stop_code=None,
        stopped_reason=reason, stopping_at=scene.clock.now() - minutes(1),
    )  # fmt: skip


def restart(scene):
    return scene.the_change(kind=Kind.RESTART)


def test_on_a_spot_notice_the_next_task_starts_while_the_old_one_has_two_minutes_left(scene, job):
    warned(scene, job)
    scene.deliver()

    assert len(scene.ecs.started) == 1
    assert restart(scene).evidence["announced_by"] == "spot_notice"
    assert (restart(scene).rule, restart(scene).target.stopped_task) == ("spot_reclaimed", ROOT)


def test_the_stop_that_was_announced_is_answered_by_what_was_started_ahead(scene, job):
    notice = warned(scene, job)
    scene.minutes(1)
    for _ in range(2):
        stopped(scene, notice)
        scene.minutes(2)

    assert len(scene.ecs.started) == 1
    assert restart(scene).state is State.DEPLOYING
    assert scene.stops.kept[ROOT].decided == "deploying"


def test_the_same_notice_told_twice_starts_one_task(scene, job):
    warned(scene, job)
    scene.minutes(1)
    warned(scene, job)
    scene.minutes(1)

    assert len(scene.ecs.started) == 1


def test_where_there_may_be_one_copy_only_a_notice_makes_sure_of_the_launch_and_starts_nothing(scene, job):
    scene.control.policy = Policy(1, (), (replace(OVERLAP, copies=Copies.AT_MOST_ONE),))
    notice = warned(scene, job)
    announce(scene)
    scene.minutes(2)
    assert scene.control.has_recipe(ROOT)
    assert scene.found() == []

    stopped(scene, notice)
    scene.minutes(1)

    assert len(scene.ecs.started) == 1


def test_what_is_not_declared_or_only_observed_is_not_started_ahead(scene, job):
    scene.control.policy = Policy(1, (), ())
    warned(scene, job)
    scene.control.policy = Policy(1, (), (replace(OVERLAP, mode=Mode.OBSERVE),))
    warned(scene, job)

    assert scene.found() == []


def test_a_notice_of_a_task_that_somebody_else_starts_again_is_theirs(scene, job):
    warned(scene, replace(job, started_by="AWS Step Functions"))
    announce_retirement(
        HealthNotice("AWS_ECS_TASK_PATCHING_RETIREMENT", "ECS", services=(("shop", "orders"),)), scene.world
    )

    assert scene.found() == []


def test_a_retired_task_is_followed_at_the_time_that_the_notice_names(scene, job):
    announce(scene)
    announce(scene)
    scene.minutes(59)
    assert scene.ecs.started == []

    scene.minutes(2)

    assert len(scene.ecs.started) == 1
    assert restart(scene).evidence["announced_by"] == "retirement_announced"


def test_a_task_that_is_retired_before_its_time_is_followed_at_once_by_the_same_change(scene, job):
    announce(scene)
    scene.minutes(10)
    for _ in range(2):
        retired(scene, job)
        scene.minutes(1)

    assert len(scene.ecs.started) == 1
    assert restart(scene).state is State.DEPLOYING


def test_a_task_that_did_its_work_before_its_retirement_is_not_started_again(scene, job):
    announce(scene)
    scene.minutes(10)
    done = a_crash(exit_code=0, stopped_at=scene.clock.now())
    hear(scene, replace(done, capacity_provider_name="FARGATE_SPOT"))
    scene.minutes(52)

    assert scene.ecs.started == []
    assert (restart(scene).state, restart(scene).outcome) == (State.REFUSED, "ended_before")


def test_a_task_of_which_nothing_is_known_at_its_time_is_not_started_again(scene, job):
    announce(scene)
    del scene.ecs.known_tasks[ROOT]
    scene.minutes(62)

    assert scene.ecs.started == []
    assert restart(scene).outcome == "task_gone"


def test_a_crash_before_the_retirement_has_an_answer_of_its_own(scene, job):
    announce(scene)
    scene.minutes(10)
    crash = a_crash(stopped_at=scene.clock.now())
    for _ in range(2):
        hear(scene, crash)
        scene.minutes(2)

    ahead, own = sorted(scene.found(kind=Kind.RESTART), key=lambda change: change.created_at)
    assert (ahead.state, ahead.outcome) == (State.SUPERSEDED, "stopped_otherwise")
    assert (own.state, own.evidence["cause_class"]) == (State.DEPLOYING, "application")
    assert len(scene.ecs.started) == 1


def test_a_retirement_that_is_called_off_starts_nothing(scene, job):
    announce(scene)
    announce(scene, status_code="closed")
    scene.minutes(62)

    assert scene.ecs.started == []
    assert (restart(scene).state, restart(scene).outcome) == (State.SUPERSEDED, "notice_withdrawn")


def test_a_task_whose_retirement_was_called_off_and_that_crashes_later_is_started_again(scene, job):
    announce(scene)
    announce(scene, status_code="closed")
    scene.minutes(90)
    crash = a_crash(stopped_at=scene.clock.now())
    for _ in range(2):
        hear(scene, crash)
        scene.minutes(2)

    withdrawn, own = sorted(scene.found(kind=Kind.RESTART), key=lambda change: change.created_at)
    assert (withdrawn.state, withdrawn.outcome) == (State.SUPERSEDED, "notice_withdrawn")
    assert (own.state, own.evidence["cause_class"]) == (State.DEPLOYING, "application")
    assert len(scene.ecs.started) == 1


def test_within_a_freeze_nothing_is_started_ahead_and_the_stop_is_answered(scene, job):
    freeze = Freeze(RETIRED_AT - minutes(5), RETIRED_AT + minutes(5), "a holiday")
    scene.control.policy = Policy(1, (), (OVERLAP,), freezes=(freeze,))
    announce(scene)
    scene.minutes(62)
    assert scene.found() == []

    retired(scene, job)
    scene.minutes(1)

    assert len(scene.ecs.started) == 1


def test_many_retirements_at_once_are_no_storm(scene, job):
    tasks = [replace(job, task_arn=f"{ROOT}{n}", subnet_id="subnet-1") for n in range(8)]
    scene.ecs.has(*tasks)
    announce(scene, task_arns=tuple(task.task_arn for task in tasks))
    scene.minutes(63)

    assert len(scene.ecs.started) == 8
    assert scene.found(kind=Kind.ALERT) == []


def test_what_was_started_ahead_and_dies_is_followed_while_the_old_one_still_runs(scene, job):
    warned(scene, job)
    scene.minutes(1)
    (task_arn, _, change), *_ = scene.ecs.started
    new = replace(scene.ecs.known_tasks[task_arn], started_by=f"trimtab/{change.id}", started_at=NOW)
    hear(scene, a_crash(task_arn.rpartition("/")[2], started_by=new.started_by, stopped_at=scene.clock.now()))
    scene.minutes(2)

    assert len(scene.ecs.started) == 2


def test_a_lineage_goes_on_although_a_task_that_was_followed_ahead_still_runs(scene, job):
    hear(scene, job)
    hear(scene, a_crash(stopped_at=scene.clock.now()))
    scene.minutes(1)
    first = runs(scene)
    warned(scene, first)
    scene.minutes(1)
    second = runs(scene)

    stopped(
        scene, second, desired_status="STOPPED", stopped_reason="Host EC2 (instance i-1) terminated.",
        stop_code="TerminationNotice", stopping_at=scene.clock.now() - minutes(1),
    )  # fmt: skip
    scene.minutes(2)

    assert scene.ecs.known_tasks[first.task_arn].last_status == "RUNNING"
    assert len(scene.ecs.started) == 3


def runs(scene):
    """Let the task run that was started last."""
    task_arn, _, change = scene.ecs.started[-1]
    task = replace(scene.ecs.known_tasks[task_arn], last_status="RUNNING", started_by=f"trimtab/{change.id}")
    hear(scene, task)
    return task


def test_a_retired_task_is_followed_when_the_last_window_of_its_family_opens_before(scene, job):
    # NOW is 04:05 on a Monday; the host is retired at 05:05, the window is open from 04:30 to 04:45
    window = ChangeWindow(frozenset(range(7)), time(4, 30), time(4, 45), ZoneInfo("UTC"))
    scene.control.policy = Policy(1, (), (replace(OVERLAP, windows=(window,)),))
    announce(scene)
    scene.minutes(24)
    assert scene.ecs.started == []

    scene.minutes(2)

    assert len(scene.ecs.started) == 1


def test_ahead_of_the_stop_of_a_task_of_ours_whose_start_is_not_noted_yet_nothing_is_started(scene, job):
    ours = replace(job, started_by="trimtab/lor4be")
    announced = HealthNotice(
        event_type_code="AWS_ECS_TASK_PATCHING_RETIREMENT", service="ECS", task_arns=(ROOT,), start_time=NOW
    )
    scene.ecs.has(ours)
    warned(scene, ours)
    announce_retirement(announced, scene.world)

    assert scene.found(kind=Kind.RESTART) == []


def test_a_late_stop_of_what_was_followed_ahead_twice_starts_no_job_again_that_is_done(scene, job):
    announce(scene)
    scene.minutes(62)
    first = runs(scene)
    warned(scene, first)
    scene.minutes(1)
    second = runs(scene)
    stopped(scene, second, containers=a_crash(exit_code=0).containers)
    scene.minutes(2)

    retired(scene, job)
    scene.minutes(2)

    assert [one.outcome for one in scene.found(kind=Kind.RESTART)].count("followed") == 1
    assert len(scene.ecs.started) == 2
