"""Rows 13 to 15 for jobs: what may pass is waited for, what cannot is told."""

from dataclasses import replace

import pytest

from tests.scenarios.account import SPOT
from tests.scenarios.ends import refused, restarted
from trimtab_lab.ecs.behaviour import Plan

PULL = "CannotPullContainerError: "
INIT = "ResourceInitializationError: "
TIMED_OUT = PULL + "pull image manifest has been retried 5 time(s): dial tcp 10.0.0.1:443: i/o timeout"
NOT_FOUND = PULL + "registry.example/nightly:v1: not found"
SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"
DENIED = INIT + f"AccessDeniedException: not authorized to perform GetSecretValue on resource: {SECRET_ARN}"
IN_ONE_SUBNET = {"awsvpcConfiguration": {"subnets": ["subnet-0a11"], "securityGroups": ["sg-0c33"]}}
HALF_AN_HOUR, HOUR = 1800.0, 3600.0
NETWORK_TEXTS = {
    "pull_timed_out": TIMED_OUT,
    "preparation_timed_out": INIT + "unable to pull secrets: context deadline exceeded",
    "network_interface": "Unexpected EC2 error while attempting to Create Network Interface",
    "start_failed_without_text": "Task failed to start",
}


@pytest.mark.parametrize("rule", NETWORK_TEXTS)
def test_row_13_a_job_that_the_network_kept_from_starting_is_started_again_after_a_while(account, rule):
    first = account.launch_running("nightly")
    account.lab.ecs.crash(first, 1)
    account.will("nightly", Plan(start_failure=NETWORK_TEXTS[rule]))
    account.run(HALF_AN_HOUR)

    (_, failed), (at, _) = account.starts()
    stopped_at = account.stopped_at(account.stops()[1]["task_arn"])
    assert failed["taskDefinition"].endswith("nightly:1")
    assert at - stopped_at >= 60
    end = account.end()
    assert (end.running, end.wrote) == ({"nightly": 1}, ("RunTask nightly",) * 2)
    assert end.kept == ("nightly: exited_non_zero, planned", f"nightly: {rule}, planned")
    assert end.changes == ("restart nightly: failed, stopped_again", "restart nightly: succeeded, alive")


def test_row_13_jobs_of_one_subnet_that_lose_the_network_together_wait_for_the_one_that_goes_first(account):
    lost = [account.launch("nightly", networkConfiguration=IN_ONE_SUBNET) for _ in range(6)]
    account.run(300)
    for arn in lost:
        account.lab.ecs.stop(arn, "TaskFailedToStart", TIMED_OUT)
    account.run(HOUR)

    first, second, *_ = [at for at, _ in account.starts()]
    assert second - first >= 120
    end = account.end()
    assert end.changes.count("alert network: needs_human, storm") == 1
    assert end.changes.count("restart nightly: succeeded, alive") == 6
    assert (end.running, end.wrote) == ({"nightly": 6}, ("RunTask nightly",) * 6)


def test_row_13_a_network_that_stays_away_is_given_up_and_told(account):
    first = account.launch_running("nightly")
    account.lab.ecs.crash(first, 1)
    account.lab.ecs.behave("nightly", Plan(start_failure=TIMED_OUT))
    account.run(2 * HOUR)

    end = account.end()
    assert end.running == {}
    assert end.wrote == ("RunTask nightly",) * 5
    assert end.kept[-1] == "nightly: pull_timed_out, attempts_used_up"
    assert end.changes.count("alert nightly: needs_human, starts_fail") == 1
    assert end.changes[-1] == "restart nightly: refused, attempts_used_up"


@pytest.mark.parametrize(
    ("rule", "text", "named"),
    [("image_missing", NOT_FOUND, "registry.example/nightly:v1"), ("secret_denied", DENIED, SECRET_ARN)],
)
def test_row_14_a_job_that_cannot_start_as_configured_is_told_with_what_is_missing(
    account, rule, text, named
):
    account.launch_running("nightly", Plan(start_failure=text))
    account.run(HALF_AN_HOUR)

    (change,) = account.changes()
    assert named in change["sentence"]
    assert account.end() == refused("nightly", rule, "needs_a_person")


def test_row_14_a_probe_that_the_policy_allows_is_one(account):
    first = account.launch_running("probed")
    account.lab.ecs.crash(first, 1)
    account.lab.ecs.behave("probed", Plan(start_failure=NOT_FOUND))
    account.run(HOUR)

    assert account.end().wrote == ("RunTask probed",) * 2
    assert account.end().running == {}
    assert account.end().changes[-1] == "restart probed: refused, attempts_used_up"


def test_row_15_a_job_waits_for_capacity_and_starts_when_there_is_some(account):
    first = account.launch_running("nightly")
    account.lab.ecs.pools.set_supply("FARGATE", 0)
    account.lab.ecs.crash(first)
    account.run(HALF_AN_HOUR)
    waiting = account.end()
    account.lab.ecs.pools.set_supply("FARGATE", None)
    account.run(HALF_AN_HOUR)

    assert waiting.running == {}
    assert waiting.changes == ("restart nightly: planned, not_placed",)
    end = account.end()
    assert set(end.wrote) == {"RunTask nightly"}
    assert replace(end, wrote=end.wrote[:1]) == restarted("nightly", "exited_non_zero")


def test_row_15_a_job_without_capacity_tries_the_next_provider_of_the_policy(account):
    first = account.launch_running("roaming", **SPOT)
    account.lab.ecs.pools.set_supply("FARGATE_SPOT", 0)
    account.lab.ecs.interrupt_spot(first)
    account.run(HALF_AN_HOUR)

    (again,) = account.tasks_of("roaming")
    assert again.capacity_provider == "FARGATE"
    end = account.end()
    assert replace(end, wrote=end.wrote[:1]) == restarted("roaming", "spot_reclaimed")


def test_row_15_a_stop_for_want_of_capacity_is_started_again(account):
    first = account.launch_running("nightly")
    account.lab.ecs.stop(first, "TaskFailedToStart", "Capacity is unavailable at this time. Please try again")
    account.run(HALF_AN_HOUR)

    assert account.end() == restarted("nightly", "no_capacity")
