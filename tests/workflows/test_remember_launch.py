"""How a task was launched is pieced together from what tells of it, in either order."""

from dataclasses import replace

import pytest

from tests.doubles.world import Crash, DiesAfter
from tests.samples import NOW, a_crash, a_definition, a_task, minutes
from trimtab.model.change import Kind, State
from trimtab.model.launch import LaunchRequest
from trimtab.model.orchestrator import Orchestrator
from trimtab.model.run_task_call import RunTaskCall
from trimtab.model.service import StrategyItem
from trimtab.model.tags import Mode
from trimtab.workflows.remember_launch import hear_of_run_task
from trimtab.workflows.restart_stopped_task import restart_stopped_task

JOB = a_definition(3, "nightly", 512, 1024, containerDefinitions=[{"name": "job", "essential": True}])
ROOT = a_task().task_arn
NIGHTLY = "arn:aws:ecs:eu-west-1:111122223333:task-definition/nightly"
ASKED = LaunchRequest(
    subnets=("subnet-1", "subnet-2"), security_groups=("sg-1",), assign_public_ip=False, tags={"asked": "yes"}
)
CALL = RunTaskCall(
    "shop", "nightly:3", f"{NIGHTLY}:3", started_by="cron-host", task_arns=(ROOT,), request=ASKED
)
FAILED = replace(CALL, started_by="events-rule/nightly", task_arns=(), failures=("RESOURCE:MEMORY",))


@pytest.fixture(autouse=True)
def definition(scene):
    scene.ecs.has(JOB)


def hear(scene, task):
    scene.ecs.has(task)
    return restart_stopped_task(task, "event-1", scene.world)


def call(scene, said=CALL):
    return hear_of_run_task(said, "event-2", scene.world)


@pytest.mark.parametrize("first", ["call", "task"])
def test_a_restart_has_what_the_call_asked_for_whichever_was_told_first(scene, first):
    steps = [lambda: call(scene), lambda: hear(scene, a_task())]
    for step in steps if first == "call" else steps[::-1]:
        step()
    hear(scene, a_crash())
    scene.minutes(1)

    ((_, recipe, _),) = scene.ecs.started
    assert (recipe.subnets, recipe.assign_public_ip) == (ASKED.subnets, False)
    assert recipe.tags == {"asked": "yes"}
    assert recipe.overrides == a_task().overrides


def test_a_task_that_nobody_saw_running_is_launched_by_the_record_of_its_call(scene):
    call(scene)
    hear(scene, a_crash())
    scene.minutes(1)

    ((_, recipe, _),) = scene.ecs.started
    assert (recipe.subnets, recipe.security_groups) == (ASKED.subnets, ASKED.security_groups)


def test_what_is_launched_by_a_record_keeps_the_tags_that_ecs_still_knows(scene):
    call(scene, replace(CALL, request=replace(ASKED, tags={})))
    scene.ecs.task_tags[a_crash().task_arn] = {"team": "data"}
    hear(scene, a_crash())
    scene.minutes(1)

    ((_, recipe, _),) = scene.ecs.started
    assert recipe.tags == {"team": "data"}


def test_a_record_without_the_network_is_not_enough(scene):
    call(scene, replace(CALL, request=LaunchRequest(tags={"asked": "yes"})))
    hear(scene, a_crash())
    scene.minutes(1)

    assert scene.the_change(kind=Kind.RESTART).outcome == "launch_unknown"


def test_what_was_not_recovered_is_named_in_the_change(scene):
    hear(scene, a_task(capacity_provider_name="FARGATE_SPOT"))
    hear(scene, a_crash(capacity_provider_name="FARGATE_SPOT"))
    scene.minutes(1)

    applied = scene.the_change(kind=Kind.RESTART).applied
    assert applied["not_recovered"] == "weights of the capacity provider strategy"


def test_what_was_not_recovered_is_named_although_the_applier_was_lost_after_it_started_the_task(scene):
    hear(scene, a_task(capacity_provider_name="FARGATE_SPOT"))
    hear(scene, a_crash(capacity_provider_name="FARGATE_SPOT"))
    scene.clock.forward(minutes=1)
    restart = scene.the_change(kind=Kind.RESTART)
    with pytest.raises(Crash):
        scene.apply(restart, replace(scene.world, deployer=DiesAfter(scene.world.deployer, "run")))
    scene.minutes(5)

    restart = scene.now(restart)
    assert len(scene.ecs.started) == 1
    assert restart.state in (State.DEPLOYING, State.WATCHING)
    assert restart.applied["not_recovered"] == "weights of the capacity provider strategy"


def test_what_the_record_recovers_is_no_longer_named(scene):
    strategy = (StrategyItem("FARGATE", 1, 1), StrategyItem("FARGATE_SPOT", 3))
    hear(scene, a_task(capacity_provider_name="FARGATE_SPOT"))
    call(scene, replace(CALL, request=replace(ASKED, capacity_provider_strategy=strategy)))
    hear(scene, a_crash(capacity_provider_name="FARGATE_SPOT"))
    scene.minutes(1)

    ((_, recipe, change),) = scene.ecs.started
    assert recipe.capacity_provider_strategy == strategy
    assert "not_recovered" not in scene.now(change).applied


def test_overrides_of_containers_that_the_definition_does_not_have_are_not_sent(scene):
    injected = {"containerOverrides": [{"name": "job", "cpu": 1}, {"name": "sidecar-of-aws", "cpu": 2}]}
    hear(scene, a_task(overrides=injected))
    hear(scene, a_crash(overrides=injected))
    scene.minutes(1)

    ((_, recipe, _),) = scene.ecs.started
    assert recipe.overrides == {"containerOverrides": [{"name": "job", "cpu": 1}]}


@pytest.mark.parametrize(
    "said",
    [
        {"task_definition": "other:1"},
        {"started_by": "trimtab/1"},
        {"group": "service:x"},
        {"cluster": "AWSBatch-1"},
    ],
)
def test_calls_that_start_nothing_of_ours_to_start_again_are_not_kept(scene, said):
    call(scene, replace(CALL, **said))

    assert scene.control.requests == {}


def test_a_scheduled_run_that_never_started_is_told_once(scene):
    for _ in range(3):
        call(scene, FAILED)

    alert = scene.the_change(kind=Kind.ALERT)
    assert (alert.reason, alert.state) == ("scheduled_run_failed", State.NEEDS_HUMAN)
    assert (alert.workload, alert.name, alert.mode) == (NIGHTLY, "nightly", "apply")
    assert (
        "events-rule/nightly could not run nightly:3: RESOURCE:MEMORY. Nothing was started" in alert.sentence
    )


@pytest.mark.parametrize(
    "said",
    [
        {"started_by": "alice"},
        {"started_by": "airflow"},
        {"failures": (), "error_code": "ThrottlingException"},
        {"failures": (), "task_arns": (ROOT,)},
    ],
)
def test_who_was_told_or_tries_again_needs_no_alert(scene, said):
    call(scene, replace(FAILED, **said))

    assert scene.found(kind=Kind.ALERT) == []


def test_a_family_that_is_not_declared_is_told_of_where_the_stack_observes_by_default(scene):
    other = replace(FAILED, task_definition="other", task_definition_arn=f"{NIGHTLY}-other", error_code="X")
    call(scene, other)
    assert scene.found(kind=Kind.ALERT) == []

    hear_of_run_task(other, "event-3", replace(scene.world, default_mode=Mode.OBSERVE))

    assert scene.the_change(kind=Kind.ALERT).mode == "observe"


def retried_by(scene, **pattern):
    scene.control.policy = replace(scene.control.policy, orchestrators=(Orchestrator(**pattern),))


@pytest.mark.parametrize(
    "pattern", [{"started_by": "cron-*"}, {"tag": "queue=*"}, {"group": "family:night*"}]
)
def test_what_the_policy_says_somebody_else_retries_is_left_alone(scene, pattern):
    retried_by(scene, **pattern)
    scene.ecs.task_tags[ROOT] = {"queue": "a"}
    hear(scene, a_task())
    verdict = hear(scene, a_crash())
    scene.minutes(2)

    assert verdict.reason == "retried_by_other_orchestrator"
    assert (scene.ecs.started, scene.found(kind=Kind.RESTART)) == ([], [])
    assert scene.stops.kept[ROOT].owner == "other_orchestrator"


def test_a_task_with_the_tag_of_an_orchestrator_is_left_alone(scene):
    scene.ecs.task_tags[ROOT] = {"dagster/run_id": "1"}
    hear(scene, a_task())

    assert hear(scene, a_crash()).reason == "retried_by_other_orchestrator"


def test_an_orchestrator_that_the_policy_names_after_the_decision_stops_the_start(scene):
    hear(scene, a_task())
    hear(scene, a_crash(stopped_at=NOW - minutes(1)))
    retried_by(scene, started_by="cron-host")
    scene.minutes(2)

    assert scene.ecs.started == []
    assert scene.the_change(kind=Kind.RESTART).outcome == "retried_by_another"
