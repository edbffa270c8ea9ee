"""The policy of restarts, lived: exits, quarantine, providers, subnets, schedules, one task at a time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.doubles.world import Crash, DiesAfter
from tests.samples import ARN, NOW, a_crash, a_definition, a_task, minutes, revision
from trimtab.model.change import Kind, State
from trimtab.model.policy import Policy, StandaloneRule
from trimtab.model.restart_policy import CapacityTries, Classes, Exit, StartBy, Then
from trimtab.model.service import StrategyItem
from trimtab.model.task import Container
from trimtab.workflows.restart_stopped_task import restart_stopped_task
from trimtab.workflows.take_inventory import inventory_open

JOB = a_definition(3, "nightly", 512, 1024, containerDefinitions=[{"name": "job", "essential": True}])
ROOT = a_task().task_arn
FAMILY = f"{ARN}:task-definition/nightly"


@pytest.fixture
def job(scene):
    """A standalone task of a declared family that runs and was seen running."""
    scene.ecs.has(JOB, a_task())
    hear(scene, a_task())
    return a_task()


def hear(scene, task, event="event-1"):
    scene.ecs.has(task)
    return restart_stopped_task(task, event, scene.world)


def under(scene, **said):
    scene.control.policy = Policy(2, (), (StandaloneRule(family="nightly", **said),))


def stops(scene, number=None, lived=10.0, **said):
    """Let the first task, or one of ours, stop after so many seconds of running."""
    at = scene.clock.now()
    told = {
        "started_at": at - timedelta(seconds=lived + 1),
        "execution_stopped_at": at - timedelta(seconds=1),
        "stopping_at": at,
        "stopped_at": at,
    }
    if number is None:
        stop = a_crash(**{**told, **said})
    else:
        change = scene.ecs.started[number - 1][2]
        stop = a_crash(f"start-{number}", **{**told, "started_by": f"trimtab/{change.id}", **said})
    hear(scene, stop)
    return stop


def newest(scene):
    return max(scene.found(kind=Kind.RESTART), key=lambda change: change.created_at)


def test_a_job_that_fails_alike_twice_at_once_is_left_alone_in_every_lineage(scene, job):
    stops(scene)
    scene.minutes(1)
    stops(scene, 1)
    assert newest(scene).outcome == "same_failure_again"

    scene.minutes(30)
    other = replace(job, task_arn=f"{ARN}:task/shop/next")
    hear(scene, other)
    hear(scene, _crash_of(scene, "next"))

    assert newest(scene).outcome == "revision_quarantined"
    assert len(scene.ecs.started) == 1


def _crash_of(scene, task_id, **said):
    at = scene.clock.now()
    ended = {"started_at": at - minutes(5), "execution_stopped_at": at, "stopped_at": at}
    return a_crash(task_id, stopping_at=at + timedelta(seconds=1), **ended, **said)


@pytest.fixture
def quarantined(scene, job):
    stops(scene)
    scene.minutes(1)
    stops(scene, 1)
    scene.minutes(30)
    hear(scene, replace(job, task_arn=f"{ARN}:task/shop/next"))


def test_a_newer_revision_of_the_team_ends_the_quarantine(scene, quarantined):
    scene.ecs.has(a_definition(4, "nightly", registeredAt=scene.clock.now()))

    hear(scene, _crash_of(scene, "next"))

    assert newest(scene).state is State.PLANNED
    scene.minutes(1)
    assert scene.ecs.started[-1][1].task_definition == revision(3, "nightly")


def test_a_revision_of_ours_or_an_older_one_ends_no_quarantine(scene, quarantined):
    ours = {"tags": {"trimtab:change": "c"}, "registeredAt": scene.clock.now()}
    scene.ecs.has(a_definition(4, "nightly", **ours), a_definition(2, "nightly", registeredAt=NOW))

    hear(scene, _crash_of(scene, "next"))

    assert newest(scene).outcome == "revision_quarantined"


def test_a_person_ends_the_quarantine(scene, quarantined):
    scene.control.cleared[FAMILY] = scene.clock.now()

    hear(scene, _crash_of(scene, "next"))

    assert newest(scene).state is State.PLANNED


def test_a_newer_revision_gives_the_tries_back_and_the_old_one_is_started(scene, job):
    stops(scene, lived=90)
    for number in (1, 2):
        scene.minutes(2)
        stops(scene, number, lived=90)
    scene.minutes(3)
    scene.ecs.has(a_definition(4, "nightly", registeredAt=scene.clock.now()))
    scene.minutes(1)

    stops(scene, 3, lived=90)

    scene.minutes(1)
    assert scene.ecs.started[-1][1].task_definition == revision(3, "nightly")
    assert len(scene.ecs.started) == 4


def test_a_family_that_follows_the_latest_is_started_on_the_newest_revision_of_the_team(scene, job):
    under(scene, follow_latest=True)
    scene.ecs.has(a_definition(4, "nightly"))

    stops(scene)
    scene.minutes(1)

    assert scene.ecs.started[0][1].task_definition == revision(4, "nightly")
    assert "on the newest revision, nightly:4" in scene.ecs.started[0][2].sentence


@pytest.mark.parametrize(("then", "outcome"), [(Then.STOP, "exit_stops"), (Then.DONE, "exit_done")])
def test_an_exit_that_the_policy_names_is_not_answered(scene, job, then, outcome):
    under(scene, exits=(Exit(then, frozenset({78})),))

    stops(scene, exit_code=78)
    scene.minutes(2)

    assert newest(scene).outcome == outcome
    assert scene.ecs.started == []


def test_a_restart_whose_task_ends_as_the_policy_calls_done_is_a_success(scene, job):
    under(scene, exits=(Exit(Then.DONE, frozenset({3})),))
    stops(scene)
    scene.minutes(1)
    change = newest(scene)

    stops(scene, 1, exit_code=3)

    assert (scene.now(change).state, scene.now(change).outcome) == (State.SUCCEEDED, "finished")
    assert len(scene.ecs.started) == 1


def test_spot_that_is_lost_twice_in_a_row_is_left_for_on_demand(scene):
    tries = CapacityTries(providers=("as-launched", "FARGATE"))
    under(scene, classes=Classes(capacity=tries))
    spot = a_task(capacity_provider_name="FARGATE_SPOT")
    scene.ecs.has(JOB, spot)
    hear(scene, spot)
    lost = {"stop_code": "SpotInterruption", "exit_code": None, "capacity_provider_name": "FARGATE_SPOT"}

    stops(scene, lived=90, **lost)
    scene.minutes(1)
    stops(scene, 1, lived=90, **lost)
    scene.minutes(1)

    providers = [recipe.capacity_provider_strategy for _, recipe, _ in scene.ecs.started]
    assert providers == [(StrategyItem("FARGATE_SPOT", 1),), (StrategyItem("FARGATE", 1),)]
    second = scene.now(scene.ecs.started[1][2])
    assert second.applied["provider"] == "FARGATE"
    assert "It is started on FARGATE." in second.sentence


def test_without_room_each_try_is_made_at_the_next_provider_after_a_longer_wait(scene, job):
    tries = CapacityTries(providers=("as-launched", "FARGATE_SPOT"))
    under(scene, classes=Classes(capacity=tries))
    scene.ecs.no_capacity = "Capacity is unavailable at this time."
    stops(scene)
    scene.minutes(1)
    waiting = newest(scene)
    assert waiting.applied["provider"] == "FARGATE_SPOT"
    assert "FARGATE_SPOT is tried next." in waiting.outcome_sentence

    scene.minutes(3)
    assert newest(scene).fence >= 2
    scene.ecs.no_capacity = None
    scene.minutes(12)

    started = scene.ecs.started[0]
    provider = scene.now(started[2]).applied["provider"]
    told = {"FARGATE_SPOT": (StrategyItem("FARGATE_SPOT", 1),), "as-launched": ()}
    assert started[1].capacity_provider_strategy == told[provider]


def test_a_provider_that_the_stack_does_not_list_is_not_tried(scene, job):
    under(scene, classes=Classes(capacity=CapacityTries(providers=("as-launched", "FARGATE_SPOT"))))
    scene.world = replace(scene.world, capacity_providers=("FARGATE",))
    scene.ecs.no_capacity = "Capacity is unavailable at this time."

    stops(scene)
    scene.minutes(3)

    assert "provider" not in newest(scene).applied


def test_want_of_capacity_is_not_waited_for_beyond_the_policys_deadline(scene, job):
    under(scene, classes=Classes(capacity=CapacityTries(3600)))
    no_room = {
        "stop_code": "TaskFailedToStart",
        "stopped_reason": "Capacity is unavailable at this time.",
        "containers": (Container("job", "STOPPED"),),
    }
    scene.ecs.no_capacity = "RESOURCE:FARGATE"
    stops(scene, **no_room)
    change = newest(scene)
    assert change.evidence["cause_class"] == "capacity"
    assert change.decide_by - change.due_at == timedelta(hours=1)

    scene.minutes(63)

    assert (scene.now(change).state, scene.now(change).outcome) == (State.EXPIRED, "not_placed")


def test_a_subnet_that_failed_is_left_out_where_the_launch_names_others(scene, job):
    recipe = scene.control.recipes[ROOT]
    scene.control.recipes[ROOT] = replace(recipe, subnets=("subnet-1", "subnet-2"))

    stops(scene, stop_code="InfrastructureHealth")
    scene.minutes(1)
    stops(scene, 1)
    scene.minutes(1)

    assert [recipe.subnets for _, recipe, _ in scene.ecs.started] == [("subnet-2",), ("subnet-1", "subnet-2")]


SCHEDULED = {"started_by": "events-rule/nightly", "created_at": NOW - minutes(30)}


@pytest.fixture
def scheduled(scene):
    scene.ecs.has(JOB, a_task(**SCHEDULED))
    hear(scene, a_task(**SCHEDULED))


def test_a_scheduled_task_is_not_started_again_once_the_next_run_has_begun(scene, scheduled):
    stops(scene, **SCHEDULED)
    scene.ecs.has(a_task("next", **{**SCHEDULED, "created_at": NOW}))

    scene.minutes(1)

    assert newest(scene).outcome == "next_run_started"
    assert scene.ecs.started == []


def test_a_lineage_of_a_schedule_ends_with_the_next_run_however_often_it_was_started(scene, scheduled):
    stops(scene, **SCHEDULED)
    scene.minutes(1)
    stops(scene, 1, lived=90)
    scene.ecs.has(a_task("next", **{**SCHEDULED, "created_at": scene.clock.now(), "last_status": "STOPPED"}))

    scene.minutes(1)

    assert newest(scene).outcome == "next_run_started"
    assert len(scene.ecs.started) == 1


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"created_at": NOW}, {"start_by": StartBy.ANY_TIME}),
        ({"created_at": NOW - minutes(60)}, {}),
        ({"created_at": NOW, "started_by": "events-rule/other"}, {}),
        ({"created_at": NOW, "task_definition_arn": revision(1, "other")}, {}),
    ],
)
def test_what_is_no_next_run_or_does_not_matter_stops_no_restart(scene, scheduled, said, rule):
    under(scene, **rule)
    stops(scene, **SCHEDULED)
    scene.ecs.has(a_task("next", **{**SCHEDULED, **said}))

    scene.minutes(1)

    assert len(scene.ecs.started) == 1


def test_while_a_task_of_the_lineage_lives_none_is_started(scene, job):
    stops(scene)
    scene.minutes(1)
    first = scene.ecs.started[0][0]
    ours = {"started_by": f"trimtab/{scene.ecs.started[0][2].id}"}
    hear(scene, _crash_of(scene, "start-1", **ours))
    scene.ecs.has(replace(scene.ecs.known_tasks[first], task_arn=f"{ROOT}-twin", last_status="RUNNING"))
    change = scene.ecs.started[0][2]
    key = (change.workload, change.id)
    moved = scene.changes.items[key]
    scene.changes.items[key] = replace(moved, applied={**moved.applied, "task": f"{ROOT}-twin"})

    scene.minutes(1)

    assert newest(scene).outcome == "lineage_lives"
    assert len(scene.ecs.started) == 1


def test_a_task_that_ecs_still_shows_as_not_stopped_is_waited_for(scene, job):
    stop = stops(scene)
    scene.ecs.has(replace(stop, last_status="DEPROVISIONING"))
    scene.minutes(1)
    assert newest(scene).outcome == "still_stopping"

    scene.ecs.has(stop)
    scene.minutes(2)

    assert len(scene.ecs.started) == 1


def test_a_start_whose_answer_was_lost_and_whose_task_died_at_once_goes_on_from_that_stop(scene, job):
    stops(scene)
    scene.clock.forward(minutes=1)
    with pytest.raises(Crash):
        scene.deliver(replace(scene.world, deployer=DiesAfter(scene.world.deployer, "run")))
    dead = stops(scene, 1, lived=5, exit_code=2)
    assert dead.task_arn not in scene.stops.kept
    assert len(scene.found(kind=Kind.RESTART)) == 1

    scene.minutes(5)
    inventory_open(scene.world)
    scene.minutes(2)

    assert [change.target.attempt for _, _, change in scene.ecs.started] == [1, 2]
    assert {change.workload for change in scene.found(kind=Kind.RESTART)} == {ROOT}
    assert scene.stops.kept[dead.task_arn].decided == "planned"


def test_a_stop_of_ours_that_no_applier_ever_confirms_is_judged_while_ecs_still_knows_it(scene, job):
    stranger = _crash_of(scene, "lost", started_by="trimtab/unknown")
    hear(scene, stranger)
    assert stranger.task_arn not in scene.stops.kept

    scene.minutes(46)
    inventory_open(scene.world)

    assert scene.stops.kept[stranger.task_arn].decided == "launch_unknown"


def test_a_stop_told_again_a_day_later_starts_nothing(scene, job):
    stop = stops(scene)
    scene.minutes(1)
    scene.clock.forward(hours=24)

    restart_stopped_task(stop, "event-of-yesterday", scene.world)
    scene.minutes(2)

    assert len(scene.ecs.started) == 1
    assert len(scene.found(kind=Kind.RESTART)) == 1
