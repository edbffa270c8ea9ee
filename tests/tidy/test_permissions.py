import pytest

from tests.tidy import permissions
from tests.tidy.stack import (
    actions,
    camel,
    features,
    of_type,
    role_statements,
    statements,
    translated,
    written,
)
from trimtab.model import keys

CHECKS = [
    permissions.writes_on_everything,
    permissions.wildcard_actions,
    permissions.deciders_that_change_ecs,
    permissions.shared_roles,
    permissions.missing_denials,
    permissions.unbounded_ecs_writes,
    permissions.unconditional_ecs_writes,
]


def _allow(resources, role, action, resource="*", **more):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(statement)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_role_of_the_stack_is_in_order(check):
    assert list(check(translated())) == []


def test_a_write_on_every_resource_is_found():
    resources = written()
    _allow(resources, "AnnounceChangeRole", ["sns:Publish", "ecs:ListTasks"])

    assert list(permissions.writes_on_everything(resources)) == [
        "AnnounceChangeRole may sns:Publish on every resource"
    ]


def test_a_write_on_every_resource_is_found_behind_a_condition_and_in_a_list():
    resources = written()
    policy = resources["ApplyChangeWritePolicy"]["Properties"]["PolicyDocument"]
    policy["Statement"][-1]["Fn::If"][1]["Resource"] = ["arn:aws:iam::111122223333:role/a", "*"]

    assert list(permissions.writes_on_everything(resources)) == [
        "ApplyChangeRole may iam:PassRole on every resource"
    ]


def test_a_wildcard_action_is_found():
    resources = written()
    _allow(resources, "SettleChangeRole", "ecs:Describe*")

    assert list(permissions.wildcard_actions(resources)) == ["SettleChangeRole is allowed ecs:Describe*"]


@pytest.mark.parametrize("action", ["ecs:StopTask", "ecs:UpdateService", "iam:PassRole", "ssm:PutParameter"])
def test_a_decider_that_may_change_ecs_is_found(action):
    resources = written()
    _allow(resources, "TakeInventoryRole", action, "arn:aws:ecs:*:*:task/*")

    assert list(permissions.deciders_that_change_ecs(resources)) == [f"TakeInventoryFunction may {action}"]


def test_two_functions_under_one_role_are_found():
    resources = written()
    resources["SettleChangeFunction"]["Properties"]["Role"] = {"Fn::GetAtt": ["ApplyChangeRole", "Arn"]}

    assert list(permissions.shared_roles(resources)) == ["SettleChangeFunction runs as ApplyChangeRole"]


def test_a_denial_that_is_gone_or_conditional_is_found():
    resources = written()
    (denial,) = [s for s in role_statements(resources, "ApplyChangeFunction") if s["Sid"] == "NeverThese"]
    denial["Action"].remove("ecs:ExecuteCommand")

    assert list(permissions.missing_denials(resources)) == ["ecs:ExecuteCommand is not denied"]

    denial["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}

    assert len(list(permissions.missing_denials(resources))) == len(permissions.NEVER)


@pytest.mark.parametrize(
    ("sid", "operator", "complaint"),
    [
        ("UpdateTaggedServicesOfListedClusters", "StringEquals", "trimtab:mode"),
        ("UpdateTaggedServicesOfListedClusters", "ForAllValues:ArnLike", "ecs:capacity-provider"),
        (
            "RegisterRevisionsWithinTheCaps",
            "NumericLessThanEqualsIfExists",
            "ecs:task-cpu, ecs:task-memory",
        ),
        ("RegisterRevisionsWithinTheCaps", "StringEqualsIfExists", "ecs:privileged"),
        ("RunTasksInListedClusters", "ArnLike", "ecs:cluster"),
        ("TagWhatItCreates", "StringEquals", "any tag"),
    ],
)
def test_a_write_to_ecs_that_lost_a_condition_is_found(sid, operator, complaint):
    resources = written()
    (statement,) = [s for s in role_statements(resources, "ApplyChangeFunction") if s.get("Sid") == sid]
    del statement["Condition"][operator]

    (found,) = permissions.unbounded_ecs_writes(resources)

    assert complaint in found


def test_a_write_to_ecs_in_an_installation_that_only_observes_is_found():
    resources = written()
    del resources["ApplyChangeWritePolicy"]["Condition"]

    found = list(permissions.unconditional_ecs_writes(resources))

    assert "ApplyChangeWritePolicy lets ApplyChangeRole ecs:UpdateService in every installation" in found


@pytest.mark.parametrize("feature", features())
def test_a_function_may_write_the_kinds_of_control_items_that_the_keys_module_grants_it(feature):
    kinds = permissions.control_kinds(written(), camel(feature) + "Function")

    assert kinds == {kind for kind, writers in keys.WRITERS.items() if feature in writers}


def test_writing_control_items_of_any_kind_is_found():
    resources = written()
    _allow(resources, "SettleChangeRole", "dynamodb:PutItem", {"Fn::GetAtt": ["ControlTable", "Arn"]})

    assert "*" in permissions.control_kinds(resources, "SettleChangeFunction")


def test_only_the_applier_may_open_what_the_key_seals_outside_a_queue_or_topic():
    openers = {
        role
        for role, statement in statements(written())
        if statement["Effect"] == "Allow"
        and "kms:Decrypt" in actions(statement)
        and "kms:ViaService" not in statement.get("Condition", {}).get("StringEquals", {})
    }

    assert openers == {"ApplyChangeRole"}


def test_what_failed_is_kept_longer_than_it_may_wait_and_no_longer_than_a_long_weekend():
    queues = of_type(written(), "AWS::SQS::Queue")
    source = queues.pop("StoppedTasksQueue")["MessageRetentionPeriod"]

    assert {queue["MessageRetentionPeriod"] for queue in queues.values()} == {4 * 86_400}
    assert source < 4 * 86_400
