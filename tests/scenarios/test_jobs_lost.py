"""Rows 11 and 18 for jobs: what AWS takes away is started again elsewhere, announced or not."""

from dataclasses import replace
from email.utils import formatdate

import pytest

from tests.scenarios.account import MACHINES, NETWORK, SPOT, SUBNETS
from tests.scenarios.ends import restarted
from tests.scenarios.look import End
from trimtab_lab.ecs.behaviour import Plan

HALF_AN_HOUR, HOUR = 1800.0, 3600.0
LOST = {
    "retired": ("ServiceSchedulerInitiated", "ECS is performing maintenance on the underlying infrastructure"
                " hosting the task"),
    "infrastructure_health": ("InfrastructureHealth", "Container instance is unhealthy"),
    "aws_internal_error": ("TaskFailedToStart", "InternalError: unable to make progress"),
    "container_runtime": ("TaskFailedToStart", "DockerTimeoutError: Could not transition to started"),
    "host_lost": ("TerminationNotice", "Host EC2 (instance i-0123456789abcdef0) terminated."),
}  # fmt: skip


def run_task_record(task_arn):
    revision = "arn:aws:ecs:eu-west-1:111122223333:task-definition/nightly:1"
    return {
        "requestParameters": {
            "cluster": "prod",
            "taskDefinition": "nightly",
            "launchType": "FARGATE",
            "networkConfiguration": NETWORK,
        },
        "responseElements": {
            "tasks": [{
                "taskArn": task_arn,
                "clusterArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/prod",
                "taskDefinitionArn": revision,
            }],
            "failures": [],
        },
    }  # fmt: skip


def notice(account, *tasks, status="open", after_seconds=1200):
    at = account.lab.clock.now + after_seconds
    account.lab.bus.put(
        "aws.health",
        "AWS Health Event",
        list(tasks),
        {
            "eventArn": "arn:aws:health:eu-west-1::event/ECS/AWS_ECS_TASK_PATCHING_RETIREMENT/1",
            "service": "ECS",
            "eventTypeCode": "AWS_ECS_TASK_PATCHING_RETIREMENT",
            "eventTypeCategory": "scheduledChange",
            "statusCode": status,
            "startTime": formatdate(at, usegmt=True),
            "affectedEntities": [{"entityValue": task} for task in tasks],
        },
    )


@pytest.mark.parametrize("code", [0, 1, 137, 143])
@pytest.mark.parametrize("rule", ["retired", "infrastructure_health"])
def test_row_11_a_job_whose_infrastructure_was_lost_starts_again_whatever_its_exit_code(account, rule, code):
    first = account.launch_running("nightly", Plan(stop_exit_code=code))
    account.lab.ecs.stop(first, *LOST[rule])
    account.run(HALF_AN_HOUR)

    assert account.end() == restarted("nightly", rule)


@pytest.mark.parametrize("rule", ["aws_internal_error", "container_runtime", "host_lost"])
def test_row_11_a_job_that_aws_could_not_keep_starts_again(account, rule):
    first = account.launch_running("nightly")
    account.lab.ecs.stop(first, *LOST[rule])
    account.run(HALF_AN_HOUR)

    assert account.end() == restarted("nightly", rule)


def test_row_11_a_job_on_a_terminated_host_starts_again_on_another(account):
    account.register("nightly", networkMode="bridge", requiresCompatibilities=["EC2"])
    account.will("nightly")
    hosts = [account.lab.ecs.add_container_instance("prod", capacity_provider=MACHINES) for _ in range(2)]
    answer = account.call("RunTask", cluster="prod", taskDefinition="nightly", launchType="EC2")
    host = answer["tasks"][0]["containerInstanceArn"]
    account.run(300)

    account.lab.ecs.terminate_host(host)
    account.run(HALF_AN_HOUR)

    (again,) = account.tasks_of("nightly")
    assert again.instance is not None and again.instance.arn in set(hosts) - {host}
    assert account.end() == restarted("nightly", "host_lost")


def test_row_11_a_lost_job_starts_in_the_other_subnet_where_the_call_named_two(account):
    first = account.launch("nightly")
    told = {"eventSource": "ecs.amazonaws.com", "eventName": "RunTask", "awsRegion": "eu-west-1"}
    account.lab.bus.put("aws.ecs", "AWS API Call via CloudTrail", [], {**told, **run_task_record(first)})
    account.run(300)
    lost_in = account.lab.ecs.task(first).eni.subnet_id

    account.lab.ecs.retire(first)
    account.run(HALF_AN_HOUR)

    (again,) = account.tasks_of("nightly")
    assert {lost_in, again.eni.subnet_id} == set(SUBNETS)
    assert account.end() == restarted("nightly", "retired")


def test_row_11_spot_capacity_taken_twice_in_a_row_moves_the_job_to_the_next_provider(account):
    first = account.launch_running("roaming", **SPOT)
    account.lab.ecs.interrupt_spot(first)
    account.run(400)
    (second,) = account.tasks_of("roaming")
    account.lab.ecs.interrupt_spot(second.arn)
    account.run(HALF_AN_HOUR)

    providers = [again["capacityProviderStrategy"][0]["capacityProvider"] for _, again in account.starts()]
    assert providers == ["FARGATE_SPOT", "FARGATE"]
    assert account.end().running == {"roaming": 1}
    assert len(account.stops()) == 2


def test_row_11_a_job_that_is_lost_again_and_again_is_given_up_after_ten_restarts(account):
    account.launch_running("nightly")
    for _ in range(11):
        account.lab.ecs.retire(account.tasks_of("nightly")[0].arn)
        account.run(400)
    account.run(HALF_AN_HOUR)

    end = account.end()
    assert end.running == {}
    assert end.wrote == ("RunTask nightly",) * 10
    assert end.kept[-1] == "nightly: retired, attempts_used_up"
    assert end.told.count("restart nightly: refused") == 1


def test_row_18_an_announced_retirement_of_a_job_that_may_overlap_starts_the_next_in_time(account):
    first = account.launch_running("hurried")
    account.run(300)
    notice(account, first)
    account.run(1500)
    account.lab.ecs.retire(first)
    account.run(HALF_AN_HOUR)

    ((at, _),) = account.starts()
    assert at < account.stopped_at(first)
    end = restarted("hurried", "retired")
    assert account.end() == replace(end, kept=("hurried: retired, watching",))


def test_row_18_an_announced_retirement_of_any_other_job_waits_for_its_stop(account):
    first = account.launch_running("nightly")
    notice(account, first)
    account.run(1500)
    announced = account.end()
    account.lab.ecs.retire(first)
    account.run(HALF_AN_HOUR)

    assert announced == End(running={"nightly": 1})
    assert account.end() == restarted("nightly", "retired")


def test_row_18_a_retirement_that_was_called_off_starts_nothing(account):
    first = account.launch_running("hurried")
    notice(account, first)
    account.run(60)
    notice(account, first, status="closed")
    account.run(HOUR)

    assert account.end() == End(
        running={"hurried": 1},
        changes=("restart hurried: superseded, notice_withdrawn",),
        told=("restart hurried: planned", "restart hurried: superseded"),
    )


def test_row_18_a_job_that_is_done_before_its_retirement_is_not_done_again(account):
    first = account.launch_running("hurried", Plan(run_seconds=600))
    notice(account, first)
    account.run(HOUR)

    assert account.end() == End(
        changes=("restart hurried: refused, ended_before",),
        kept=("hurried: exited_zero, ignore",),
        told=("restart hurried: planned", "restart hurried: refused"),
    )


def test_row_18_a_retirement_of_a_service_is_left_to_its_scheduler(account):
    notice(account, "prod|web")
    account.run(HALF_AN_HOUR)

    assert account.end() == End()
