"""Retirements, deployments, container instances and recorded calls."""

import pytest

from trimtab.decisions.container_instance import judge_container_instance
from trimtab.decisions.deployment_event import judge_deployment_event
from trimtab.decisions.retirement import judge_retirement
from trimtab.decisions.run_task_call import judge_run_task_call
from trimtab.model.container_instance import ContainerInstanceState
from trimtab.model.deployment_event import DeploymentEvent
from trimtab.model.health import HealthNotice
from trimtab.model.run_task_call import RunTaskCall
from trimtab.model.verdict import Action, Cause, Owner

RETIRED = "AWS_ECS_TASK_PATCHING_RETIREMENT"
TASK = "arn:aws:ecs:eu-west-1:111122223333:task/jobs/0a"


def deployment(name, kind="INFO", reason=None):
    return judge_deployment_event(DeploymentEvent("arn:service/shop/orders", name, "ecs-svc/1", kind, reason))


@pytest.mark.parametrize(
    ("notice", "task_owner", "action", "owner"),
    [
        (HealthNotice(RETIRED, "ECS", task_arns=(TASK,)), Owner.STANDALONE, Action.PREPARE, Owner.STANDALONE),
        (HealthNotice(RETIRED, "ECS", task_arns=(TASK,)), Owner.BATCH, Action.IGNORE, Owner.BATCH),
        (
            HealthNotice(RETIRED, "ECS", services=(("shop", "orders"),)),
            Owner.STANDALONE,
            Action.LEAVE_TO_SERVICE,
            Owner.SERVICE,
        ),
        (HealthNotice(RETIRED, "ECS"), Owner.STANDALONE, Action.ALERT, Owner.UNKNOWN),
    ],
)
def test_a_retirement_is_prepared_for_where_nobody_else_replaces(notice, task_owner, action, owner):
    verdict = judge_retirement(notice, task_owner)

    assert (verdict.action, verdict.cause, verdict.owner) == (action, Cause.RETIREMENT, owner)


def test_another_health_notice_is_not_ours():
    verdict = judge_retirement(HealthNotice("AWS_ECS_OPERATIONAL_ISSUE", "ECS"), Owner.STANDALONE)

    assert verdict.action is Action.IGNORE


@pytest.mark.parametrize(
    ("name", "kind", "reason", "action", "told"),
    [
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", "INFO", None, Action.RECORD, "deployment_freezes_changes"),
        (
            "SERVICE_DEPLOYMENT_IN_PROGRESS",
            "INFO",
            "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.",
            Action.RECORD,
            "rollback_freezes_changes",
        ),
        ("SERVICE_DEPLOYMENT_COMPLETED", "INFO", None, Action.RECORD, "state_settles_changes"),
        ("SERVICE_DEPLOYMENT_FAILED", "ERROR", None, Action.ALERT, "deployment_failed"),
        ("SOMETHING_NEW", "INFO", None, Action.IGNORE, "nothing_to_do"),
        ("SOMETHING_NEW", "ERROR", None, Action.ALERT, "cause_unknown"),
    ],
)
def test_a_deployment_is_told_by_its_name(name, kind, reason, action, told):
    verdict = deployment(name, kind, reason)

    assert (verdict.action, verdict.reason) == (action, told)


@pytest.mark.parametrize("connected", [True, False, None])
def test_an_agent_that_reconnects_is_no_failure(connected):
    state = ContainerInstanceState("arn:instance", "arn:cluster", "ACTIVE", connected)

    assert judge_container_instance(state).action is Action.IGNORE


def test_a_launch_is_remembered_when_the_task_runs_and_not_when_it_is_asked_for():
    verdict = judge_run_task_call(RunTaskCall("jobs", "report:7"), Owner.STANDALONE)

    assert (verdict.action, verdict.cause) == (Action.IGNORE, Cause.STARTING)
