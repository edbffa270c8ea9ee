"""Each function calls in the demo what its role allows, and its role allows nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.tidy.calls import permissions
from tests.tidy.iam import Permission, actions_of, deciding
from tests.tidy.stack import TEMPLATE, camel, features, role_statements, written
from trimtab_cli.demo import run
from trimtab_cli.dispatcher.template import Template
from trimtab_lab.account import Account
from trimtab_lab.bus import EventBus

SEED, DAYS = 7, 10  # by then every job has been done at least once
Grant = tuple[str, str, str]  # feature, statement, action

# What AWS does on the function's behalf, so that no call of the function shows it.
BEHIND_THE_SCENES = {
    "WriteOwnLogs",
    "WriteTraces",
    "ReceiveStoppedTasks",
    "ReadTheBell",
    "FindTheBell",
    "ReportFailedInvocations",
    "UseTheTopicsKey",
    "UseTheQueuesKey",
}
# What neither life below has to call, and when it is called.
RARE = {
    # A task of a service that is killed without a word; the demo's kernel always says why.
    ("restart_stopped_task", "ReadMemoryBeforeAKill", "cloudwatch:GetMetricData"),
    # Owners' topics are named by the policy; the demo's names none.
    ("announce_change", "TellOwners", "sns:Publish"),
    # The alarms of a service that has some; the laboratory's deployments watch none.
    ("apply_change", "ReadAlarms", "cloudwatch:DescribeAlarms"),
    # Alarms and load balancers of a watched service; the demo's services have none.
    *(
        (who, "ReadSignals", f"cloudwatch:{what}")
        for who in ("settle_change", "take_inventory")
        for what in ("DescribeAlarms", "GetMetricData", "ListMetrics")
    ),
    *(
        ("rightsize_task_definition", "ReadUsage", f"cloudwatch:{what}")
        for what in ("DescribeAlarms", "ListMetrics")
    ),
    # After the death of an applier: what had it registered, what had it started?
    ("apply_change", "ReadEcs", "ecs:ListTaskDefinitions"),
    ("apply_change", "ReadEcs", "ecs:DescribeTasks"),
    # A deployment that ECS rolled back is asked for what it went back to.
    ("apply_change", "ReadEcs", "ecs:DescribeServiceDeployments"),
    # The settler asks what a write replaced when the applier died before it could.
    ("settle_change", "ReadEcs", "ecs:ListServiceDeployments"),
    ("settle_change", "ReadEcs", "ecs:DescribeServiceDeployments"),
    ("settle_change", "ReadEcs", "ecs:DescribeServiceRevisions"),
    ("take_inventory", "ReadEcs", "ecs:ListServiceDeployments"),
    ("take_inventory", "ReadEcs", "ecs:DescribeServiceDeployments"),
    ("take_inventory", "ReadEcs", "ecs:DescribeServiceRevisions"),
    # Tick and inventory both settle, and so both give places back.
    ("take_inventory", "WriteOwnKindsOfControl", "dynamodb:UpdateItem"),
    # The jobs of the demo are started by somebody's program and not by a schedule.
    *(
        (who, "ReadSchedules", what)
        for who in ("restart_stopped_task", "take_inventory")
        for what in (
            "events:ListTargetsByRule",
            "events:ListRuleNamesByTarget",
            "scheduler:ListSchedules",
            "scheduler:GetSchedule",
        )
    ),
    # A deployment that a write covered is asked to be put back; nobody deploys in that moment here.
    ("apply_change", "RecordChanges", "dynamodb:PutItem"),
    # In one process, as here, all functions know a revision that one of them has read.
    ("apply_change", "ReadEcs", "ecs:DescribeTaskDefinition"),
    ("take_inventory", "ReadEcs", "ecs:DescribeTaskDefinition"),
    # Tick and inventory both settle what is due; which of them asks for a rollback is a matter of minutes.
    ("settle_change", "RecordChanges", "dynamodb:PutItem"),
    ("take_inventory", "RecordChanges", "dynamodb:Query"),
    # A proposed shift gives way to a newer one when a shortage lasts into the next day, or a mode is raised.
    ("shift_capacity_provider", "RecordChanges", "dynamodb:UpdateItem"),
}


def _statements(lab: Account) -> dict[str, list[dict[str, Any]]]:
    """The policy statements of every function's role, as deployed with the demo's parameters."""
    template = Template(TEMPLATE, run.PARAMETERS)
    keys = [call.request["KeyId"] for call in lab.calls if call.operation == "Encrypt"]
    template.identity.physical["Key"] = keys[0].rsplit("/", 1)[-1]
    resources = {name: resource for name, resource in written().items() if name in template.resources}
    return {
        feature: [
            template.resolve(statement, feature)
            for statement in role_statements(resources, camel(feature) + "Function")
        ]
        for feature in features()
    }


def _judged(lab: Account) -> Iterator[tuple[str, Permission, bool, list[tuple[str, str]]]]:
    """Every permission that a function needed, whether its role gives it, and by which statements."""
    statements = _statements(lab)
    for call in lab.calls:
        if call.principal in statements:
            for asked in permissions(call, lab):
                yield call.principal, asked, *deciding(statements[call.principal], asked)


def test_each_function_calls_what_its_role_allows_and_its_role_allows_nothing_else(monkeypatch):
    demo = run.live(SEED, DAYS, True, None, lambda day: None).lab
    # Again without any event and without named clusters: the inventory has to find and do everything.
    monkeypatch.setattr(EventBus, "listen", lambda bus, listener: None)
    monkeypatch.setitem(run.PARAMETERS, "Clusters", "*")
    silent = run.live(SEED, 2, True, None, lambda day: None).lab

    judged = [*_judged(demo), *_judged(silent)]

    refused = {(who, asked.action, asked.resource) for who, asked, allowed, _ in judged if not allowed}
    used = {(who, *one) for who, _, _, by in judged for one in by}
    granted = {
        (feature, *one)
        for feature, own in _statements(demo).items()
        for one in actions_of(own)
        if one[0] not in BEHIND_THE_SCENES
    }
    assert refused == set()
    assert granted - used <= RARE


SERVICE = "arn:aws:ecs:eu-west-1:111122223333:service/prod/web"
UPDATE = {
    "Sid": "Update",
    "Effect": "Allow",
    "Action": "ecs:UpdateService",
    "Resource": ["arn:*:ecs:*:*:service/prod/*"],
    "Condition": {
        "StringEquals": {"aws:ResourceTag/trimtab:mode": ["approve", "apply"]},
        "NumericLessThanEqualsIfExists": {"ecs:task-cpu": "4096"},
        "ForAllValues:ArnLike": {"ecs:capacity-provider": ["arn:*:ecs:*:*:capacity-provider/FARGATE"]},
    },
}
TAGGED = {"aws:ResourceTag/trimtab:mode": "apply"}
FARGATE = "arn:aws:ecs:eu-west-1:111122223333:capacity-provider/FARGATE"


@pytest.mark.parametrize(
    ("resource", "context", "allowed"),
    [
        (SERVICE, TAGGED, True),
        (SERVICE, {**TAGGED, "ecs:task-cpu": "4096", "ecs:capacity-provider": [FARGATE]}, True),
        (SERVICE, {}, False),
        (SERVICE, {"aws:ResourceTag/trimtab:mode": "observe"}, False),
        (SERVICE, {**TAGGED, "ecs:task-cpu": "8192"}, False),
        (SERVICE, {**TAGGED, "ecs:capacity-provider": [FARGATE, FARGATE + "_SPOT"]}, False),
        (SERVICE.replace("prod", "test"), TAGGED, False),
    ],
)
def test_a_write_outside_the_walls_is_refused(resource, context, allowed):
    answer, _ = deciding([UPDATE], Permission("ecs:UpdateService", resource, context))

    assert answer is allowed


def test_a_denial_goes_before_everything_that_allows():
    denial = {"Sid": "Never", "Effect": "Deny", "Action": "ecs:Update*", "Resource": "*"}

    answer, _ = deciding([UPDATE, denial], Permission("ecs:UpdateService", SERVICE, TAGGED))

    assert answer is False


def test_a_condition_that_is_not_modelled_is_an_error_and_no_yes():
    unknown = {**UPDATE, "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-11-22T00:00:00Z"}}}

    with pytest.raises(NotImplementedError, match="DateLessThan"):
        deciding([unknown], Permission("ecs:UpdateService", SERVICE, {"aws:CurrentTime": "now"}))
