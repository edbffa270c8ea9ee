"""Rows 4, 5, 6 and 12 for jobs: what somebody wanted, looks after by himself, or has done."""

import pytest

from tests.scenarios.account import BATCH, SPOT
from tests.scenarios.ends import left_alone, restarted
from trimtab_lab.ecs.behaviour import Plan

CRASH = Plan(run_seconds=200, exit_code=1)
HALF_AN_HOUR, HOUR = 1800.0, 3600.0


def test_row_4_a_job_that_a_person_stopped_stays_stopped(account):
    first = account.launch_running("nightly")

    account.call("StopTask", cluster="prod", task=first)
    account.run(HALF_AN_HOUR)

    assert account.end() == left_alone("nightly", "stopped_by_user", "ignore")


def test_row_5_a_crashed_job_of_aws_batch_is_left_to_it(account):
    account.launch_running("nightly", CRASH, cluster=BATCH)
    account.run(HALF_AN_HOUR)

    assert account.end() == left_alone("nightly", "exited_non_zero", "ignore")


@pytest.mark.parametrize("started_by", ["AWS Step Functions", "airflow"])
def test_row_5_a_crashed_job_of_an_orchestrator_is_left_to_it(account, started_by):
    account.launch_running("nightly", CRASH, startedBy=started_by)
    account.run(HALF_AN_HOUR)

    assert account.end() == left_alone("nightly", "exited_non_zero", "ignore")


def test_row_5_a_crashed_job_whose_tag_names_an_orchestrator_of_the_policy_is_left_to_it(account):
    account.launch_running("nightly", CRASH, tags=[{"key": "pipeline:run", "value": "7"}])
    account.run(HALF_AN_HOUR)

    assert account.end() == left_alone("nightly", "exited_non_zero", "ignore")


def test_row_6_a_job_that_has_done_its_work_is_not_done_again(account):
    account.launch_running("nightly", Plan(run_seconds=200))
    account.run(HALF_AN_HOUR)

    assert account.end() == left_alone("nightly", "exited_zero", "ignore")


def test_row_6_work_done_before_a_sidecar_came_up_is_done(account):
    first = account.launch("nightly", Plan(start_seconds=600))
    account.run(60)
    for container in account.lab.ecs.task(first).containers:
        container.exit_code = 0
    account.lab.ecs.stop(first, "TaskFailedToStart", "Task failed to start")
    account.run(HALF_AN_HOUR)

    assert account.end() == left_alone("nightly", "exited_zero", "ignore")


def test_row_6_exit_zero_after_spot_capacity_was_taken_is_a_job_cut_short(account):
    first = account.launch_running("nightly", Plan(stop_exit_code=0), **SPOT)
    account.lab.ecs.interrupt_spot(first)
    account.run(HALF_AN_HOUR)

    assert account.end() == restarted("nightly", "spot_reclaimed")


def test_row_12_a_job_that_was_killed_after_it_was_told_to_stop_stays_stopped(account):
    first = account.launch_running("nightly", Plan(stop_seconds=90))
    account.lab.ecs.stop(first, "ServiceSchedulerInitiated", "Task stopped by an operator of the cluster")
    account.run(HALF_AN_HOUR)

    assert account.lab.ecs.task(first).containers[0].exit_code == 137
    assert account.end() == left_alone("nightly", "killed_after_stop", "ignore")
