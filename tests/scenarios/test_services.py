"""Tasks of a service: its scheduler replaces them, and Trimtab mends or tells what that does not."""

from dataclasses import replace

import pytest

from tests.scenarios.account import SPOT
from tests.scenarios.ends import TOLD_OF_A_RESTART, alerted, left_alone
from tests.scenarios.look import End
from trimtab_lab.demand import Pattern
from trimtab_lab.ecs.behaviour import Plan

TARGET_GROUP = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123456789abcdef"
UNHEALTHY = f"Service web: Task failed ELB health checks in (target-group {TARGET_GROUP})"
HALF_AN_HOUR, HOUR = 1800.0, 3600.0


def test_row_4_a_task_of_a_service_that_a_person_stopped_is_the_schedulers_business(account):
    account.call("StopTask", cluster="prod", task=account.tasks_of("web")[0].arn, reason="hung")
    account.run(HALF_AN_HOUR)

    assert account.end() == left_alone("web", "stopped_by_user", "leave_to_service")


def test_row_6_a_task_of_a_service_that_ended_without_fault_is_replaced_by_ecs(account):
    account.lab.ecs.crash(account.tasks_of("web")[0].arn, 0)
    account.run(HALF_AN_HOUR)

    assert account.end() == left_alone("web", "exited_zero", "leave_to_service")


def test_row_7_a_scale_in_that_killed_its_task_is_no_sign_of_memory(account):
    account.lab.ecs.world.behaviours.of_family("web", Plan(stop_seconds=90))
    account.deploy("v2")
    account.run(HALF_AN_HOUR)
    before = account.end()

    account.lab.ecs.scale("prod", "web", 1)
    account.run(HALF_AN_HOUR)

    (stop,) = account.stops()[2:]
    assert stop["evidence"]["exit_codes"] == "app=137"
    assert before.revision == 2
    assert account.end() == replace(
        left_alone("web", "scaled_or_deployed", "leave_to_service", 3), revision=2
    )


def test_row_7_a_deployment_that_replaces_all_tasks_is_nobodys_fault(account):
    account.deploy("v2")
    account.run(HALF_AN_HOUR)

    assert account.end() == replace(
        left_alone("web", "scaled_or_deployed", "leave_to_service", 2), revision=2
    )


def fail_health(account, times):
    for _ in range(times):
        account.lab.ecs.stop(account.tasks_of("web")[-1].arn, "ServiceSchedulerInitiated", UNHEALTHY)
        account.run(180)


UNHEALTHY_KEPT = "web: failed_health_checks, leave_to_service"


def test_row_8_health_checks_that_fail_during_a_deployment_are_its_own_business(account):
    quick = Plan(start_seconds=5)
    account.will("web", quick, Plan(start_seconds=1500), quick, quick, quick)
    account.deploy("v2", deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200})
    account.run(60)
    fail_health(account, 3)

    assert [stop["rule"] for stop in account.stops()].count("failed_health_checks") == 3
    assert (account.changes(), account.wrote(), account.lab.sns.published) == ([], (), [])


def test_row_8_health_checks_that_fail_twice_are_the_schedulers_business(account):
    fail_health(account, 2)
    account.run(HALF_AN_HOUR)

    assert account.end() == End(kept=(UNHEALTHY_KEPT,) * 2)


def test_row_8_health_checks_that_fail_thrice_are_told_once_with_their_target_group(account):
    fail_health(account, 4)
    account.run(HALF_AN_HOUR)

    (alert,) = account.changes()
    assert alert["evidence"]["most_common_rule"] == "failed_health_checks"
    assert account.stops()[0]["evidence"]["target_group_arn"] == TARGET_GROUP
    assert account.end() == alerted("web", "health_checks_fail", (UNHEALTHY_KEPT,) * 4)


def more_memory(rule):
    """One task was killed for memory, and the service runs the next revision, which has more of it."""
    return End(
        wrote=("RegisterTaskDefinition web", "UpdateService web"),
        revision=2,
        changes=("raise_memory web: succeeded, steady",),
        kept=(f"web: {rule}, planned", *("web: scaled_or_deployed, leave_to_service",) * 2),
        told=tuple(f"raise_memory web: {state}" for state in TOLD_OF_A_RESTART),
    )


def test_row_9_a_service_killed_for_memory_gets_more_of_it(account):
    account.lab.ecs.kill_for_memory(account.tasks_of("web")[0].arn)
    account.run(3 * HOUR)

    assert all(task.memory_mib > 512 for task in account.tasks_of("web"))
    assert account.end() == more_memory("out_of_memory_told")


def test_row_9_a_service_killed_with_its_memory_full_gets_more_of_it(account):
    account.lab.usage.set("prod", "web", Pattern(0, cpu_units=50, memory_mib=485, shared=False))
    account.run(HALF_AN_HOUR)
    account.lab.ecs.crash(account.tasks_of("web")[0].arn, 137)
    account.run(3 * HOUR)

    assert all(task.memory_mib > 512 for task in account.tasks_of("web"))
    assert account.end() == more_memory("out_of_memory_measured")


def test_row_10_a_service_killed_without_a_word_keeps_its_memory(account):
    account.lab.ecs.crash(account.tasks_of("web")[0].arn, 137)
    account.run(HALF_AN_HOUR)

    assert account.end() == left_alone("web", "killed_without_a_word", "leave_to_service")


def test_row_10_memory_that_is_told_without_an_exit_code_is_not_raised(account):
    task = account.tasks_of("web")[0]
    told = account.lab.ecs.task(task.arn).containers[0]
    account.lab.ecs.kill_for_memory(task.arn)
    told.exit_code = None
    account.run(HALF_AN_HOUR)

    assert account.end() == left_alone("web", "out_of_memory_without_exit_code", "leave_to_service")


def test_row_11_a_retired_task_of_a_service_is_replaced_by_ecs(account):
    account.lab.ecs.retire(account.tasks_of("web")[0].arn)
    account.run(HALF_AN_HOUR)

    assert account.end() == left_alone("web", "retired", "leave_to_service")


def test_row_14_a_service_that_cannot_start_as_configured_is_told(account):
    tell_of_service(account, "SERVICE_TASK_CONFIGURATION_FAILURE", "ERROR")
    account.run(HALF_AN_HOUR)

    assert account.end() == alerted("web", "configuration_failure")


def tell_of_service(account, name, kind, **detail):
    arn = "arn:aws:ecs:eu-west-1:111122223333:service/prod/web"
    cluster = "arn:aws:ecs:eu-west-1:111122223333:cluster/prod"
    body = {"eventType": kind, "eventName": name, "clusterArn": cluster, "createdAt": "2026-03-02T00:10:00Z"}
    account.lab.bus.put("aws.ecs", "ECS Service Action", [arn], {**body, **detail})


def test_row_15_a_service_whose_spot_capacity_ran_dry_moves_to_the_next_pool(account):
    spot_first = {"trimtab:mode": "apply", "trimtab:profile": "spot-first"}
    account.register("grid")
    account.serve("grid", spot_first, **SPOT)
    account.run(600)
    account.lab.ecs.pools.set_supply("FARGATE_SPOT", 0)
    account.lab.ecs.interrupt_spot(1.0)
    account.run(HALF_AN_HOUR)

    assert [task.capacity_provider for task in account.tasks_of("grid")] == ["FARGATE"] * 2
    assert account.end() == End(
        running={"grid": 2},
        wrote=("UpdateService grid",),
        changes=("shift grid: succeeded, steady",),
        kept=("grid: spot_reclaimed, leave_to_service",) * 2,
        told=tuple(f"shift grid: {state}" for state in TOLD_OF_A_RESTART),
    )


def test_row_16_a_service_that_cannot_start_tasks_is_told_with_its_last_stops(account):
    account.lab.ecs.behave("web", Plan(start_failure="CannotPullContainerError: web:v1: not found"))
    account.call("StopTask", cluster="prod", task=account.tasks_of("web")[0].arn)
    account.run(HOUR)

    (alert,) = account.changes()
    assert alert["reason"] == "unexplained_failure"
    assert "configuration" in alert["evidence"]["last_stops"]
    assert "web:v1" in alert["sentence"], "what is wrong is told with it, so that nothing else has to be"
    assert len(account.tasks_of("web")) == 1
    assert account.wrote() == ()


def test_row_16_a_deployment_of_the_team_that_failed_is_told(account):
    account.lab.ecs.behave_image("*:broken", Plan(run_seconds=4, exit_code=1))
    account.deploy("broken")
    account.run(HOUR)

    died = "web: exited_non_zero, leave_to_service"
    assert account.end() == End(
        changes=("alert web: needs_human, deployment_failed",),
        kept=(died, died, "web: scaled_or_deployed, leave_to_service", died),
        told=("alert web: needs_human",),
    )


def test_row_16_a_placement_that_failed_without_a_reason_changes_nothing_and_is_told(account):
    tell_of_service(account, "SERVICE_TASK_PLACEMENT_FAILURE", "ERROR")
    account.run(HALF_AN_HOUR)

    assert account.end() == End(changes=("shift web: refused, cause_unknown",), told=("shift web: refused",))


def test_row_17_a_service_that_goes_on_crashing_is_told_once(account):
    for _ in range(5):
        account.lab.ecs.crash(account.tasks_of("web")[0].arn)
        account.run(150)

    kept = ("web: exited_non_zero, leave_to_service",) * 5
    assert account.end() == alerted("web", "crash_loop", kept)


@pytest.mark.parametrize("name", ["SERVICE_STEADY_STATE", "SERVICE_DESIRED_COUNT_UPDATED"])
def test_row_19_a_state_of_a_service_is_nothing_to_act_on(account, name):
    tell_of_service(account, name, "INFO")
    account.run(HALF_AN_HOUR)

    assert account.end() == End()


def test_row_19_a_kill_for_memory_during_a_deployment_waits_for_its_end(account):
    account.will("web", Plan(start_seconds=5), Plan(start_seconds=900))
    account.deploy("v2")
    account.run(60)
    new = next(task for task in account.tasks_of("web") if task.definition.revision == 2)
    account.lab.ecs.kill_for_memory(new.arn)
    account.run(300)
    during = (account.wrote(), [change["outcome"] for change in account.changes()])
    account.run(HOUR)

    assert during == ((), ["deployment_in_progress"])
    assert account.end().wrote == ("RegisterTaskDefinition web", "UpdateService web")
    assert account.end().revision == 3
    assert {container.image for task in account.tasks_of("web") for container in task.containers} == {
        "registry.example/web:v2"
    }


def test_row_19_a_kill_for_memory_of_what_a_deployment_replaces_raises_nothing(account):
    account.lab.ecs.behave_image("*:slow", Plan(start_seconds=600))
    account.deploy("slow")
    account.run(30)
    account.lab.ecs.kill_for_memory(account.tasks_of("web")[0].arn)
    account.run(HOUR)

    kept = ("web: out_of_memory_told, old_revision", "web: scaled_or_deployed, leave_to_service")
    assert account.end() == End(revision=2, kept=kept)
