"""Rows 1 to 3 of the verdict table: what is no stop yet, no news, or no message at all."""

from dataclasses import replace

import pytest

from tests.scenarios.account import NETWORK, OVERRIDES, SPOT, small_account
from tests.scenarios.ends import left_alone, refused, restarted
from tests.scenarios.look import End
from trimtab_lab.ecs.behaviour import Plan

CRASH = Plan(run_seconds=200, exit_code=1)
HALF_AN_HOUR, HOUR = 1800.0, 3600.0


def test_row_1_a_stop_told_twice_and_late_again_starts_one_task():
    with small_account(lambda trigger, event: (0.0, 1.0, 400.0)) as account:
        first = account.launch_running("nightly", CRASH)
        account.run(HALF_AN_HOUR)
        stopped = account.event_of(first, "STOPPED")
        account.run(2 * HOUR)
        account.tell(stopped)
        account.run(HALF_AN_HOUR)

        assert account.end() == restarted("nightly", "exited_non_zero")


def test_row_1_a_state_from_before_the_stop_changes_nothing_after_it(account):
    first = account.launch_running("nightly", CRASH)
    account.run(HALF_AN_HOUR)

    account.tell(account.event_of(first, "RUNNING"))
    account.run(HALF_AN_HOUR)

    assert account.end() == restarted("nightly", "exited_non_zero")


def test_row_1_a_stop_of_two_hours_ago_is_kept_and_not_answered():
    lost = ["take_inventory/Open", "take_inventory/Fleet", "TaskStoppedRule"]
    with small_account(lambda trigger, event: () if trigger in lost else (0.0,)) as account:
        first = account.launch_running("nightly", CRASH)
        account.run(2 * HOUR)
        lost.clear()
        account.tell(account.event_of(first, "STOPPED"))
        account.run(HALF_AN_HOUR)

        assert account.end() == refused("nightly", "exited_non_zero", "too_late")


def test_row_1_a_stop_whose_event_was_lost_is_found_and_answered():
    with small_account(lambda trigger, event: () if trigger == "TaskStoppedRule" else (0.0,)) as account:
        account.launch_running("nightly", CRASH)
        account.run(HALF_AN_HOUR)

        assert account.end() == restarted("nightly", "exited_non_zero")


@pytest.mark.parametrize(
    "cut",
    [{"clusterArn": None}, {"containers": "none"}, {"stoppedAt": "yesterday"}],
    ids=["no-cluster", "containers-of-another-type", "no-time"],
)
def test_row_1_a_stop_that_cannot_be_read_is_dead_lettered_and_starts_nothing(account, cut):
    alive = account.launch_running("nightly")
    seen = account.event_of(alive, "RUNNING")

    account.tell(seen, lastStatus="STOPPED", desiredStatus="STOPPED", **cut)
    account.run(HOUR)

    assert account.end() == End(running={"nightly": 1}, dead_letters=1)


def test_row_1_what_somebody_else_sends_in_the_words_of_ecs_is_not_heard(account):
    alive = account.launch_running("nightly")

    account.tell(account.event_of(alive, "RUNNING"), source="com.example", lastStatus="STOPPED")
    account.run(HALF_AN_HOUR)

    assert account.end() == End(running={"nightly": 1})


def test_row_2_the_launch_of_a_declared_job_is_remembered_sealed_and_of_no_other(account):
    account.launch_running("nightly")
    account.launch_running("undeclared")

    (recipe,) = account.control("recipe")
    assert recipe["security_groups"] == ["sg-0c33"]
    assert "DAY" not in str(recipe)
    assert account.end() == End(running={"nightly": 1, "undeclared": 1})


def test_row_2_a_task_on_its_way_up_is_nothing_to_act_on(account):
    account.launch("nightly", Plan(start_seconds=900))
    account.run(600)

    assert account.control("recipe") == []
    assert account.end() == End()


def test_row_3_a_spot_notice_starts_nothing_before_the_task_has_stopped(account):
    first = account.launch_running("nightly", **SPOT)
    account.lab.ecs.interrupt_spot(first)
    account.run(HALF_AN_HOUR)

    ((at, again),) = account.starts()
    assert at >= account.stopped_at(first)
    assert again["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]
    assert account.end() == restarted("nightly", "spot_reclaimed")


def test_row_3_a_spot_notice_of_a_job_that_may_overlap_starts_the_next_before_the_stop(account):
    first = account.launch_running("hurried", **SPOT)
    account.lab.ecs.interrupt_spot(first)
    account.run(HALF_AN_HOUR)

    ((at, _),) = account.starts()
    assert at < account.stopped_at(first)
    end = restarted("hurried", "spot_reclaimed")
    assert account.end() == replace(end, kept=("hurried: spot_reclaimed, watching",))


def test_row_3_a_task_that_is_only_told_to_stop_is_waited_for(account):
    first = account.launch_running("nightly", Plan(stop_seconds=25))
    account.lab.ecs.retire(first)
    account.run(20)

    assert account.lab.ecs.task(first).last_status != "STOPPED"
    assert account.end() == End()
    account.run(HALF_AN_HOUR)
    ((at, again),) = account.starts()
    assert at >= account.stopped_at(first)
    assert again["overrides"] == OVERRIDES
    assert (
        again["networkConfiguration"]["awsvpcConfiguration"].items()
        >= {
            "securityGroups": NETWORK["awsvpcConfiguration"]["securityGroups"],
            "assignPublicIp": "DISABLED",
        }.items()
    )
    assert account.end() == restarted("nightly", "retired")


def test_row_3_a_spot_notice_of_a_service_is_left_to_its_scheduler(account):
    task = account.tasks_of("web")[0]
    account.lab.ecs.interrupt_spot(task.arn)
    account.run(HALF_AN_HOUR)

    assert account.end() == left_alone("web", "spot_reclaimed", "leave_to_service")
