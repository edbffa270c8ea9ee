import pytest

from trimtab.decisions.service_action import judge_service_action
from trimtab.model.service_action import ServiceAction
from trimtab.model.verdict import Action, Cause, Owner

ORDERS = "arn:aws:ecs:eu-west-1:111122223333:service/shop/orders"
SPOT_FIRST = ("FARGATE_SPOT", "FARGATE")


def judge(reason=None, providers=(), pools=SPOT_FIRST, name="SERVICE_TASK_PLACEMENT_FAILURE", kind="ERROR"):
    action = ServiceAction(ORDERS, name, kind, reason=reason, capacity_provider_names=providers)
    return judge_service_action(action, pools)


def test_a_service_without_spot_capacity_moves_to_its_next_pool():
    verdict = judge("RESOURCE:FARGATE", ("FARGATE_SPOT",))

    assert (verdict.action, verdict.cause) == (Action.SHIFT_CAPACITY, Cause.CAPACITY)
    assert "moves it to FARGATE" in verdict.sentence


def test_a_service_in_its_last_pool_has_nowhere_to_go():
    assert judge("RESOURCE:FARGATE", ("FARGATE",)).reason == "no_other_pool"
    assert judge("RESOURCE:FARGATE").action is Action.ALERT


@pytest.mark.parametrize("reason", ["RESOURCE:CPU", "RESOURCE:MEMORY", "RESOURCE:ENI", "RESOURCE:GPU"])
def test_a_full_ec2_cluster_is_left_only_when_another_pool_is_configured(reason):
    assert judge(reason).action is Action.ALERT
    assert judge(reason, ("asg",), ("asg", "FARGATE")).action is Action.SHIFT_CAPACITY
    assert judge(reason, ("asg",)).action is Action.ALERT


@pytest.mark.parametrize("pools", [(), ("FARGATE_SPOT",), ("FARGATE_SPOT", "FARGATE_SPOT"), ("FARGATE",)])
def test_no_pool_is_invented(pools):
    assert judge("RESOURCE:FARGATE", ("FARGATE_SPOT",), pools).action is Action.ALERT


@pytest.mark.parametrize(
    "reason",
    ["ATTRIBUTE", "AGENT", "LOCATION", "You've reached the limit on the number of vCPUs you can use"],
)
def test_what_other_capacity_cannot_help_is_told_to_a_person(reason):
    verdict = judge(reason, ("FARGATE_SPOT",))

    assert (verdict.action, verdict.cause) == (Action.ALERT, Cause.CONFIGURATION)


@pytest.mark.parametrize("reason", [None, "", "SOMETHING NEW"])
def test_a_placement_failure_without_a_known_reason_moves_nothing(reason):
    verdict = judge(reason, ("FARGATE_SPOT",))

    assert (verdict.action, verdict.cause) == (Action.ALERT, Cause.UNKNOWN)


@pytest.mark.parametrize(
    ("name", "kind", "action", "cause"),
    [
        ("SERVICE_STEADY_STATE", "INFO", Action.RECORD, Cause.STATE),
        ("CAPACITY_PROVIDER_STEADY_STATE", "INFO", Action.IGNORE, Cause.STATE),
        ("SERVICE_TASK_START_IMPAIRED", "WARN", Action.ALERT, Cause.UNKNOWN),
        ("SERVICE_TASK_CONFIGURATION_FAILURE", "ERROR", Action.ALERT, Cause.CONFIGURATION),
        ("ECS_OPERATION_THROTTLED", "ERROR", Action.LEAVE_TO_SERVICE, Cause.INFRASTRUCTURE),
        ("VPC_LATTICE_TARGET_UNHEALTHY", "WARN", Action.LEAVE_TO_SERVICE, Cause.HEALTH),
        ("SOMETHING_NEW", "INFO", Action.IGNORE, Cause.STATE),
        ("SOMETHING_NEW", "ERROR", Action.ALERT, Cause.UNKNOWN),
    ],
)
def test_an_action_that_is_no_placement_failure_is_told_by_its_name(name, kind, action, cause):
    verdict = judge(name=name, kind=kind)

    assert (verdict.action, verdict.cause, verdict.owner) == (action, cause, Owner.SERVICE)
