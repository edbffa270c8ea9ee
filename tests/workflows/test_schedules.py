"""Tasks of schedules: launched again as their target says, and missed when they never started."""

from dataclasses import replace

import pytest

from tests.samples import CLUSTER, a_crash, a_definition, a_task
from trimtab.model.change import Kind
from trimtab.model.launch import FailedRuns, LaunchRequest, ScheduledRun
from trimtab.model.policy import Policy, StandaloneRule
from trimtab.model.tags import Mode
from trimtab.workflows.restart_stopped_task import restart_stopped_task
from trimtab.workflows.take_inventory import inventory_fleet

JOB = a_definition(3, "nightly", 512, 1024, containerDefinitions=[{"name": "job", "essential": True}])
TASKS = "arn:aws:ecs:eu-west-1:111122223333:task-definition"
OF_RULE = {"started_by": "events-rule/at-night"}
OF_SCHEDULE = {"started_by": "chronos-schedule/5f2d"}
ASKED = LaunchRequest(subnets=("subnet-1", "subnet-2"), security_groups=("sg-1", "sg-2"))


@pytest.fixture(autouse=True)
def definition(scene):
    scene.ecs.has(JOB)


def runs(family="nightly", request=ASKED, name="a", cluster=CLUSTER):
    schedule = f"arn:aws:scheduler:eu-west-1:111122223333:schedule/night/{name}"
    return ScheduledRun(schedule, cluster, f"{TASKS}/{family}", request)


def hear(scene, task):
    scene.ecs.has(task)
    return restart_stopped_task(task, "event-1", scene.world)


def launched(scene):
    scene.minutes(1)
    ((_, recipe, _),) = scene.ecs.started
    return recipe


@pytest.mark.parametrize("seen_running", [True, False])
@pytest.mark.parametrize("owner", [OF_RULE, OF_SCHEDULE])
def test_a_scheduled_task_is_started_again_as_its_target_says(scene, owner, seen_running):
    scene.schedules.rules["at-night"] = [runs("other"), runs()]
    scene.schedules.groups["night"] = [runs("other"), runs()]
    if seen_running:
        hear(scene, a_task(**owner))
    hear(scene, a_crash(**owner))

    recipe = launched(scene)
    assert (recipe.subnets, recipe.security_groups) == (ASKED.subnets, ASKED.security_groups)
    assert recipe.overrides == a_task().overrides


def test_a_scheduled_task_that_never_had_an_interface_is_started_by_its_target(scene):
    scene.schedules.rules["at-night"] = [runs()]
    hear(scene, a_crash(subnet_id=None, network_interface_id=None, **OF_RULE))

    assert launched(scene).subnets == ASKED.subnets


def test_two_schedules_that_ask_differently_tell_nothing(scene):
    scene.schedules.groups["night"] = [runs(), runs(request=replace(ASKED, subnets=("subnet-1", "subnet-9")))]
    hear(scene, a_task(**OF_SCHEDULE))
    hear(scene, a_crash(**OF_SCHEDULE))

    assert launched(scene).subnets == ("subnet-1",)


def test_two_schedules_that_ask_alike_are_as_good_as_one(scene):
    scene.schedules.groups["night"] = [runs(), runs(name="b"), runs(cluster=CLUSTER.replace("shop", "test"))]
    hear(scene, a_task(**OF_SCHEDULE))

    assert scene.control.recipes[a_task().task_arn].subnets == ASKED.subnets


@pytest.mark.parametrize(
    "task", [a_task(task_definition_arn=f"{TASKS}/other:1", **OF_RULE), a_task(), a_task(group="service:x")]
)
def test_schedules_are_read_for_declared_families_that_a_schedule_started_and_no_others(scene, task):
    hear(scene, task)

    assert scene.schedules.asked == []


def test_a_rule_that_could_not_run_its_task_is_told_once_a_day(scene):
    scene.schedules.rules["at-night"] = [runs()]
    scene.schedules.failures = [FailedRuns("at-night", False, 2)]

    for _ in range(3):
        counts = inventory_fleet(scene.world)

    alert = scene.the_change(kind=Kind.ALERT)
    assert counts["failed_schedules"] == 1
    assert (alert.reason, alert.workload, alert.name) == (
        "scheduled_run_failed",
        f"{TASKS}/nightly",
        "nightly",
    )
    assert "EventBridge rule at-night could not run nightly: 2 failures were counted" in alert.sentence


def test_a_group_of_one_schedule_is_told_to_the_owner_of_its_family(scene):
    scene.schedules.groups["night"] = [runs(), runs("undeclared")]
    scene.schedules.failures = [FailedRuns("night", True, 1)]

    inventory_fleet(scene.world)

    assert scene.the_change(kind=Kind.ALERT).workload == f"{TASKS}/nightly"


def test_a_group_of_several_is_told_as_a_group_since_its_metric_names_no_schedule(scene):
    rules = [StandaloneRule(family=f"job-{n}") for n in range(7)]
    scene.control.policy = Policy(1, (), tuple(rules))
    scene.schedules.groups["night"] = [runs(f"job-{n}", name=f"{n}") for n in range(7)]
    scene.schedules.failures = [FailedRuns("night", True, 1)]

    inventory_fleet(scene.world)

    alert = scene.the_change(kind=Kind.ALERT)
    assert alert.workload == "arn:aws:scheduler:eu-west-1:111122223333:schedule-group/night"
    assert "job-0, job-1, job-2, job-3, job-4 and 2 more" in alert.sentence


@pytest.mark.parametrize(("mode", "alerts"), [(Mode.OFF, 0), (Mode.OBSERVE, 1)])
def test_a_family_that_is_not_declared_is_told_of_where_the_stack_observes(scene, mode, alerts):
    scene.schedules.rules["at-night"] = [runs("undeclared")]
    scene.schedules.failures = [FailedRuns("at-night", False, 2)]

    inventory_fleet(replace(scene.world, default_mode=mode))

    assert len(scene.found(kind=Kind.ALERT)) == alerts
