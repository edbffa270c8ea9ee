"""Amazon ECS through our ports.

moto where it behaves like ECS. Stubber where it does not: moto drops strategies, never pages, takes any
number of names in one describe, lists definitions in ascending order only, ignores client tokens, gives
a service no createdAt, and knows no failures.
"""

import copy
from dataclasses import replace
from datetime import timedelta
from traceback import format_exception

import boto3
import pytest

from tests.samples import (
    ARN,
    CLUSTER,
    NOW,
    ON_DEMAND,
    ORDERS,
    a_change,
    a_definition,
    a_service,
    a_task,
    revision,
)
from trimtab.adapters import ecs_task_definitions
from trimtab.adapters.ecs_deployer import RUN_TASK_PARAMETERS, EcsDeployer, run_task_request
from trimtab.adapters.ecs_services import EcsServices, read_service, read_strategy, read_tags, write_strategy
from trimtab.adapters.ecs_task_definitions import EcsTaskDefinitions
from trimtab.adapters.ecs_tasks import EcsTasks
from trimtab.model.change import Target
from trimtab.model.errors import DeniedError, LaunchError, RejectedError, ThrottledError, UnreadableError
from trimtab.model.launch import Recipe
from trimtab.model.service import RolloutPlan, StrategyItem
from trimtab.model.task_definition import DESCRIBE_ONLY_FIELDS
from trimtab.model.task_size import TaskSize

DEPLOYMENT = {
    "id": "ecs-svc/1",
    "status": "PRIMARY",
    "taskDefinition": revision(1),
    "createdAt": NOW,
    "runningCount": 1,
    "desiredCount": 2,
    "rolloutState": "IN_PROGRESS",
    "rolloutStateReason": "in progress.",
    "failedTasks": 3,
    "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
}
DESCRIBED = {
    "serviceArn": ORDERS,
    "serviceName": "orders",
    "clusterArn": CLUSTER,
    "status": "ACTIVE",
    "taskDefinition": revision(1),
    "desiredCount": 2,
    "runningCount": 1,
    "pendingCount": 1,
    "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 3, "base": 1}],
    "deploymentController": {"type": "CODE_DEPLOY"},
    "schedulingStrategy": "DAEMON",
    "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 200},
    "deployments": [DEPLOYMENT],
    "createdAt": NOW,
    "tags": [{"key": "trimtab:mode", "value": "apply"}],
}
LEAST = {k: DESCRIBED[k] for k in DESCRIBED if k not in (
    "capacityProviderStrategy", "deploymentController", "schedulingStrategy", "deploymentConfiguration",
    "deployments", "tags",
)}  # fmt: skip


def test_a_service_is_read_in_our_words():
    service = read_service(DESCRIBED)

    assert (service.cluster, service.name, service.desired_count) == ("shop", "orders", 2)
    assert service.capacity_provider_strategy == (StrategyItem("FARGATE_SPOT", 3, 1),)
    assert (service.deployment_controller, service.scheduling_strategy) == ("CODE_DEPLOY", "DAEMON")
    assert (service.minimum_healthy_percent, service.launch_type) == (50, None)
    assert service.tags == {"trimtab:mode": "apply"}
    primary = service.primary
    assert (primary.rollout_state, primary.failed_tasks) == ("IN_PROGRESS", 3)
    assert primary.capacity_provider_strategy == ON_DEMAND


def test_what_ecs_leaves_out_has_its_default():
    service = read_service(LEAST)

    assert (service.deployment_controller, service.scheduling_strategy) == ("ECS", "REPLICA")
    assert (service.minimum_healthy_percent, service.capacity_provider_strategy) == (100, ())
    assert (service.tags, service.deployments) == ({}, ())


def test_strategies_and_tags_come_back_as_they_were():
    strategy = (StrategyItem("FARGATE_SPOT", 3, 1), StrategyItem("asg", 1))

    assert read_strategy(write_strategy(strategy)) == strategy
    assert read_tags([{"key": "empty"}]) == {"empty": ""}


@pytest.fixture
def ecs(aws):
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="shop")
    ecs.register_task_definition(
        family="orders",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="1024",
        memory="4096",
        containerDefinitions=[{"name": "app", "image": "orders:1", "memory": 4096, "essential": True}],
        tags=[{"key": "team", "value": "orders"}],
    )
    return ecs


BLUE, GREEN = (f"arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/{x}/1" for x in ("b", "g"))
HOOK = {"hookTargetArn": "arn:aws:lambda:eu-west-1:111122223333:function:check", "roleArn": "r" * 20}
NATIVE = {
    **{key: value for key, value in LEAST.items() if key != "deploymentConfiguration"},
    "healthCheckGracePeriodSeconds": 90,
    "loadBalancers": [
        {
            "targetGroupArn": BLUE,
            "containerName": "app",
            "containerPort": 8080,
            "advancedConfiguration": {"alternateTargetGroupArn": GREEN, "productionListenerRule": "r"},
        }
    ],
    "deploymentConfiguration": {
        "strategy": "CANARY",
        "maximumPercent": 150,
        "minimumHealthyPercent": 100,
        "bakeTimeInMinutes": 20,
        "canaryConfiguration": {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 30},
        "alarms": {"alarmNames": ["errors", "latency"], "enable": True, "rollback": True},
        "lifecycleHooks": [
            {**HOOK, "lifecycleStages": ["POST_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT"]},
            {
                "targetType": "PAUSE",
                "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"],
                "timeoutConfiguration": {"timeoutInMinutes": 45, "action": "ROLLBACK"},
            },
        ],
    },
}


def read_of(stubbed, **said):
    """Read a service whose shape boto3's own model of ECS has checked."""
    client, stubber = stubbed("ecs")
    stubber.add_response("describe_services", {"services": [{**NATIVE, **said}]})
    return EcsServices(client, print).describe(ORDERS)


def test_how_a_native_deployment_goes_is_read_in_our_words(stubbed):
    service = read_of(stubbed)

    assert service.plan == RolloutPlan(
        strategy="CANARY",
        maximum_percent=150,
        bake_minutes=20,
        step_percent=5.0,
        step_bake_minutes=30,
        hook_minutes=(
            ("POST_SCALE_UP", 1440),
            ("POST_TEST_TRAFFIC_SHIFT", 1440),
            ("PRE_PRODUCTION_TRAFFIC_SHIFT", 45),
        ),
    )
    assert (service.health_check_grace_seconds, service.load_balanced) == (90, True)
    assert service.target_groups == (BLUE, GREEN)
    assert service.alarms == ("errors", "latency")


def test_the_steps_of_a_linear_deployment_are_read_and_alarms_that_are_off_are_none(stubbed):
    linear = {"stepPercent": 20.0, "stepBakeTimeInMinutes": 6}
    service = read_of(
        stubbed,
        deploymentConfiguration={
            "strategy": "LINEAR",
            "linearConfiguration": linear,
            "alarms": {"alarmNames": ["errors"], "enable": False, "rollback": False},
        },
    )

    assert service.plan == RolloutPlan("LINEAR", step_percent=20.0, step_bake_minutes=6)
    assert service.alarms == ()


def test_a_service_that_says_nothing_of_its_deployments_rolls_and_has_no_signals():
    service = read_service(LEAST)

    assert service.plan == RolloutPlan()
    assert (service.load_balanced, service.target_groups, service.alarms) == (False, (), ())


def test_a_service_is_described_with_its_tags(stubbed):
    client, stubber = stubbed("ecs")
    asked = {"cluster": "shop", "services": [ORDERS], "include": ["TAGS"]}
    stubber.add_response("describe_services", {"services": [DESCRIBED]}, asked)

    assert EcsServices(client, print).describe(ORDERS) == read_service(DESCRIBED)


@pytest.mark.parametrize("where", ["shop/other", "elsewhere/orders"])
def test_a_service_ecs_does_not_know_is_none(ecs, where):
    assert EcsServices(ecs, print).describe(f"{ARN}:service/{where}") is None


def test_every_service_of_every_cluster_is_yielded_though_ecs_describes_ten_at_a_time(stubbed):
    client, stubber = stubbed("ecs")
    names = [f"{ARN}:service/shop/s{n}" for n in range(23)]
    stubber.add_response("list_clusters", {"clusterArns": [CLUSTER], "nextToken": "more"})
    stubber.add_response("list_clusters", {"clusterArns": []}, {"nextToken": "more"})
    page = {"cluster": CLUSTER, "maxResults": 100}
    stubber.add_response("list_services", {"serviceArns": names[:20], "nextToken": "more"}, page)
    stubber.add_response("list_services", {"serviceArns": names[20:]}, {**page, "nextToken": "more"})
    for some in (names[:10], names[10:20], names[20:]):
        stubber.add_response(
            "describe_services",
            {"services": [{**LEAST, "serviceArn": arn} for arn in some]},
            {"cluster": CLUSTER, "services": some, "include": ["TAGS"]},
        )

    assert [s.arn for s in EcsServices(client, print).all(())] == names


EXTERNAL = {
    k: v for k, v in {**LEAST, "deploymentController": {"type": "EXTERNAL"}}.items() if k != "taskDefinition"
}


def test_a_service_whose_task_definition_lies_in_task_sets_is_read_without_one():
    service = read_service(EXTERNAL)

    assert (service.task_definition, service.deployment_controller) == ("", "EXTERNAL")


def test_a_service_that_cannot_be_read_is_told_and_hides_no_other(stubbed):
    client, stubber = stubbed("ecs")
    names = [f"{ARN}:service/shop/s{n}" for n in range(3)]
    shown = [{**LEAST, "serviceArn": arn} for arn in names]
    del shown[1]["clusterArn"]
    stubber.add_response("list_services", {"serviceArns": names})
    stubber.add_response("describe_services", {"services": shown})
    told = []

    found = [s.arn for s in EcsServices(client, told.append).all(("shop",))]

    assert found == [names[0], names[2]]
    (fault,) = told
    assert names[1] in str(fault)


def test_one_service_that_cannot_be_read_is_never_taken_for_one_that_is_gone(stubbed):
    client, stubber = stubbed("ecs")
    stubber.add_response("describe_services", {"services": [{"serviceArn": ORDERS}]})

    with pytest.raises(UnreadableError, match="left alone"):
        EcsServices(client, print).describe(ORDERS)


def test_services_that_nobody_wants_are_not_described(stubbed):
    client, stubber = stubbed("ecs")
    names = [f"{ARN}:service/shop/s{n}" for n in range(4)]
    stubber.add_response("list_services", {"serviceArns": names})
    asked = {"cluster": "shop", "services": names[2:], "include": ["TAGS"]}
    stubber.add_response(
        "describe_services", {"services": [{**LEAST, "serviceArn": a} for a in names[2:]]}, asked
    )

    found = EcsServices(client, print).all(("shop",), lambda arn: arn in names[2:])

    assert [s.arn for s in found] == names[2:]


def test_only_the_named_clusters_are_looked_at(stubbed):
    client, stubber = stubbed("ecs")
    stubber.add_response("list_services", {"serviceArns": []}, {"cluster": "shop", "maxResults": 100})

    assert list(EcsServices(client, print).all(("shop",))) == []


def test_trouble_with_ecs_is_never_taken_for_a_missing_service(stubbed):
    client, stubber = stubbed("ecs")
    stubber.add_client_error("describe_services", "ThrottlingException", http_status_code=400)

    with pytest.raises(Exception, match="ThrottlingException"):
        EcsServices(client, print).describe(ORDERS)


def test_a_revision_is_described_with_its_tags_and_read_once(ecs):
    definitions = EcsTaskDefinitions(ecs)

    found = definitions.describe("orders:1")

    assert (found.family, found.revision, found.size) == ("orders", 1, TaskSize(1024, 4096))
    assert found.tags == {"team": "orders"}
    assert definitions.describe("orders:1") is found


def test_the_revisions_that_are_kept_in_memory_are_bounded(stubbed, monkeypatch):
    monkeypatch.setattr(ecs_task_definitions, "KNOWN_MAX", 2)
    client, stubber = stubbed("ecs")
    definitions = EcsTaskDefinitions(client)
    for number in (1, 2, 3, 1):
        fields = {"taskDefinitionArn": revision(number), "family": "orders", "revision": number}
        asked = {"taskDefinition": revision(number), "include": ["TAGS"]}
        stubber.add_response("describe_task_definition", {"taskDefinition": fields}, asked)

    for number in (1, 2, 2, 3, 3, 1):
        assert definitions.describe(revision(number)).arn == revision(number)

    assert len(definitions._known) == 2


def test_a_revision_ecs_does_not_know_is_none(ecs):
    assert EcsTaskDefinitions(ecs).describe("orders:9") is None


def test_a_resized_revision_differs_from_its_base_in_nothing_but_sizes_and_our_tag(ecs):
    base = EcsTaskDefinitions(ecs).describe("orders:1")

    arn = EcsDeployer(ecs, ecs).register_resized(base, TaskSize(512, 2048), a_change())

    new = EcsTaskDefinitions(ecs).describe(arn)
    assert (new.revision, new.size) == (2, TaskSize(512, 2048))
    assert new.tags == {"team": "orders", "trimtab:change": "resize1"}
    sizeless = [_without_sizes(d.fields) for d in (base, new)]
    assert sizeless[0] == sizeless[1]


def _without_sizes(fields):
    kept = {k: v for k, v in copy.deepcopy(dict(fields)).items() if k not in DESCRIBE_ONLY_FIELDS}
    for holder in (kept, *kept["containerDefinitions"]):
        holder.pop("cpu", None), holder.pop("memory", None)
    return kept


def test_tags_that_aws_keeps_for_itself_are_not_sent_back(stubbed):
    client, stubber = stubbed("ecs")
    base = a_definition(tags={"team": "orders", "aws:cloudformation:stack-name": "shop"})
    expected = {
        **base.resized(TaskSize(512, 1024)),
        "tags": [{"key": "team", "value": "orders"}, {"key": "trimtab:change", "value": "resize1"}],
    }
    answer = {"taskDefinition": {"taskDefinitionArn": revision(2)}}
    stubber.add_response("register_task_definition", answer, expected)

    assert EcsDeployer(client, client).register_resized(base, TaskSize(512, 1024), a_change()) == revision(2)


def test_what_an_earlier_try_registered_is_found_by_its_tag_and_size(ecs):
    base = EcsTaskDefinitions(ecs).describe("orders:1")
    deployer = EcsDeployer(ecs, ecs)
    arn = deployer.register_resized(base, TaskSize(512, 2048), a_change())

    assert deployer.find_registered(base, TaskSize(512, 2048), a_change()) == arn
    assert deployer.find_registered(base, TaskSize(256, 512), a_change()) is None
    assert deployer.find_registered(base, TaskSize(512, 2048), a_change(id="other")) is None


def test_a_mark_is_set_on_a_revision_and_leaves_its_other_tags(ecs):
    base = EcsTaskDefinitions(ecs).describe("orders:1")
    deployer = EcsDeployer(ecs, ecs)
    arn = deployer.register_resized(base, TaskSize(512, 2048), a_change())

    deployer.mark_orphan(arn, a_change(id="tag1"))

    marked = next(one for one in EcsTaskDefinitions(ecs).newest("orders") if one.arn == arn)
    assert marked.tags == {**base.tags, "trimtab:change": "resize1", "trimtab:orphan": "tag1"}


def test_the_newest_revisions_are_searched_first(stubbed):
    client, stubber = stubbed("ecs")
    listing = {"familyPrefix": "orders", "sort": "DESC", "maxResults": 10}
    stubber.add_response("list_task_definitions", {"taskDefinitionArns": [revision(8)]}, listing)
    fields = {"taskDefinitionArn": revision(8), **a_definition().resized(TaskSize(512, 1024))}
    tags = [{"key": "trimtab:change", "value": "resize1"}]
    stubber.add_response("describe_task_definition", {"taskDefinition": fields, "tags": tags})

    found = EcsDeployer(client, client).find_registered(a_definition(), TaskSize(512, 1024), a_change())

    assert found == revision(8)


UPDATED = {
    "service": {**DESCRIBED, "deployments": [{**DEPLOYMENT, "status": "ACTIVE", "id": "old"}, DEPLOYMENT]}
}


def test_a_revision_is_put_in_force_with_nothing_else(stubbed):
    client, stubber = stubbed("ecs")
    only = {"cluster": CLUSTER, "service": ORDERS, "taskDefinition": revision(2)}
    stubber.add_response("update_service", UPDATED, only)

    assert EcsDeployer(client, client).deploy(a_service(), revision(2)) == "ecs-svc/1"


def test_a_shift_is_a_forced_deployment_with_nothing_else(stubbed):
    client, stubber = stubbed("ecs")
    only = {
        "cluster": CLUSTER,
        "service": ORDERS,
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}],
        "forceNewDeployment": True,
    }
    stubber.add_response("update_service", UPDATED, only)

    assert EcsDeployer(client, client).shift(a_service(), ON_DEMAND) == "ecs-svc/1"


def a_recipe(**said):
    told = {
        "task_arn": a_task().task_arn,
        "cluster": CLUSTER,
        "task_definition": revision(3, "nightly"),
        "group": "family:nightly",
        "launch_type": "FARGATE",
        "capacity_provider_strategy": (),
        "platform_version": "1.4.0",
        "subnets": ("subnet-1",),
        "security_groups": ("sg-1",),
        "assign_public_ip": True,
        "enable_execute_command": False,
        "tags": {"team": "data", "aws:ecs:clusterName": "shop"},
        "overrides": {"containerOverrides": [{"name": "job", "command": ["run"]}]},
    }
    return Recipe(**{**told, **said})


RESTART = a_change(id="restart1", workload=a_task().task_arn, target=Target(attempt=1))


def test_a_recipe_is_launched_as_it_was():
    assert run_task_request(a_recipe(), RESTART) == {
        "cluster": CLUSTER,
        "taskDefinition": revision(3, "nightly"),
        "count": 1,
        "startedBy": "trimtab/restart1",
        "clientToken": run_task_request(a_recipe(), RESTART)["clientToken"],
        "enableExecuteCommand": False,
        "tags": [{"key": "team", "value": "data"}, {"key": "trimtab:change", "value": "restart1"}],
        "group": "family:nightly",
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-1"],
                "securityGroups": ["sg-1"],
                "assignPublicIp": "ENABLED",
            }
        },
        "overrides": {"containerOverrides": [{"name": "job", "command": ["run"]}]},
    }


def test_a_strategy_takes_the_place_of_the_launch_type():
    request = run_task_request(a_recipe(capacity_provider_strategy=ON_DEMAND), RESTART)

    assert request["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
    assert "launchType" not in request


def test_what_was_not_recovered_is_not_made_up():
    request = run_task_request(
        a_recipe(subnets=(), group=None, launch_type="EC2", platform_version=None, overrides={}), RESTART
    )

    absent = {"networkConfiguration", "group", "platformVersion", "overrides"}
    assert not absent & set(request)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ([], [{"name": "job", "memory": 768}]),
        (
            [{"name": "log", "cpu": 64}, {"name": "job", "command": ["run"], "memory": 256}],
            [{"name": "log", "cpu": 64}, {"name": "job", "command": ["run"], "memory": 768}],
        ),
    ],
)
def test_a_containers_raised_limit_is_put_in_beside_what_it_was_launched_with(given, sent):
    raised = replace(RESTART, target=replace(RESTART.target, container_limit=("job", 768)))

    request = run_task_request(a_recipe(overrides={"containerOverrides": given}), raised)

    assert request["overrides"] == {"containerOverrides": sent}


def test_a_start_at_another_provider_is_no_repeat_of_the_one_that_found_no_room():
    token = run_task_request(a_recipe(), RESTART)["clientToken"]
    moved = run_task_request(a_recipe(), replace(RESTART, applied={"provider": "FARGATE"}))["clientToken"]

    assert token != moved
    assert run_task_request(a_recipe(), RESTART)["clientToken"] == token


def test_overrides_of_injected_containers_are_left_out_and_the_size_of_the_raise_put_in():
    recipe = a_recipe(
        overrides={
            "containerOverrides": [
                {"name": "job"},
                {"name": "aws-guardduty-agent-x1", "environment": []},
                {"name": "log", "cpu": 64},
            ],
            "inferenceAcceleratorOverrides": [],
            "cpu": "256",
            "taskRoleArn": "arn:aws:iam::111122223333:role/r",
        }
    )
    raised = a_change(target=Target(size=TaskSize(512, 2048), attempt=1))

    assert run_task_request(recipe, raised)["overrides"] == {
        "containerOverrides": [{"name": "log", "cpu": 64}],
        "cpu": "512",
        "memory": "2048",
        "taskRoleArn": "arn:aws:iam::111122223333:role/r",
    }


def test_the_token_is_that_of_lineage_and_attempt():
    def token(**said):
        return run_task_request(
            a_recipe(), a_change(**{"workload": "t", "target": Target(attempt=1), **said})
        )

    assert token()["clientToken"] == token(id="other")["clientToken"]
    assert token(fence=1)["clientToken"] == token(fence=2)["clientToken"]  # another applier, the same try
    assert token()["clientToken"] != token(target=Target(attempt=2))["clientToken"]
    assert token()["clientToken"] != token(workload="u")["clientToken"]
    assert len(token()["clientToken"]) <= 64


def test_placement_and_how_tags_spread_are_sent_as_they_were_asked_for():
    spread = ({"type": "spread", "field": "instanceId"},)
    recipe = a_recipe(
        launch_type="EC2",
        placement_strategy=spread,
        propagate_tags="TASK_DEFINITION",
        enable_ecs_managed_tags=True,
    )

    request = run_task_request(recipe, RESTART)

    assert request["placementStrategy"] == list(spread)
    assert (request["propagateTags"], request["enableECSManagedTags"]) == ("TASK_DEFINITION", True)
    assert "placementConstraints" not in request
    assert set(request) <= RUN_TASK_PARAMETERS


def test_a_request_that_differs_from_an_earlier_one_under_its_token_goes_on_with_what_that_started(stubbed):
    client, stubber = stubbed("ecs")
    arn = a_task("earlier").task_arn
    stubber.add_client_error(
        "run_task", "ConflictException", http_status_code=400, modeled_fields={"resourceIds": [arn]}
    )

    assert EcsDeployer(client, client).run(a_recipe(), RESTART) == arn


def test_the_started_task_is_named(stubbed):
    client, stubber = stubbed("ecs")
    stubber.add_response("run_task", {"tasks": [{"taskArn": "arn:t"}], "failures": []})

    assert EcsDeployer(client, client).run(a_recipe(), RESTART) == "arn:t"


@pytest.mark.parametrize(
    ("failures", "told"),
    [([{"reason": "RESOURCE:MEMORY"}], "RESOURCE:MEMORY"), ([], "gave no reason"), ([{}], "no reason")],
)
def test_a_launch_that_placed_nothing_says_ecs_reason(stubbed, failures, told):
    client, stubber = stubbed("ecs")
    stubber.add_response("run_task", {"tasks": [], "failures": failures})

    with pytest.raises(LaunchError, match=told):
        EcsDeployer(client, client).run(a_recipe(), RESTART)


def test_a_pool_without_capacity_is_no_refusal(stubbed):
    client, stubber = stubbed("ecs")
    text = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
    stubber.add_client_error("run_task", "ClientException", text, http_status_code=400)

    with pytest.raises(LaunchError, match="Capacity is unavailable"):
        EcsDeployer(client, client).run(a_recipe(), RESTART)


WRITES = {
    "register_task_definition": lambda d: d.register_resized(a_definition(), TaskSize(512, 1024), a_change()),
    "update_service": lambda d: d.deploy(a_service(), revision(2)),
    "run_task": lambda d: d.run(a_recipe(), RESTART),
}


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize(
    ("code", "text", "status", "error"),
    [
        ("ThrottlingException", "Rate exceeded", 400, ThrottledError),
        ("ClientException", "Too many concurrent attempts to create a new revision", 400, ThrottledError),
        ("InvalidParameterException", "TaskDefinition is inactive", 400, RejectedError),
        ("AccessDeniedException", "not authorized", 400, DeniedError),
        ("ExpiredTokenException", "The security token is expired", 400, ThrottledError),
        ("UnrecognizedClientException", "The security token is invalid", 400, ThrottledError),
        ("RequestExpired", "Request has expired", 400, ThrottledError),
        ("ServiceNotActiveException", "not active", 400, RejectedError),
    ],
)
def test_a_write_that_aws_did_not_carry_out_says_whether_to_try_again(
    stubbed, operation, code, text, status, error
):
    client, stubber = stubbed("ecs")
    stubber.add_client_error(operation, code, text, http_status_code=status)

    with pytest.raises(error, match=text):
        WRITES[operation](EcsDeployer(client, client))


SECRET = "canary-7f3a"


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ({"name": "job", "newThing": {"PASSWORD": SECRET}}, "overrides.containerOverrides[0].newThing"),
        ({"name": "job", "command": SECRET}, "overrides.containerOverrides[0].command"),
        ({"name": "job", "environment": [{"name": "PASSWORD", "value": [SECRET]}]}, "environment[0].value"),
    ],
)
def test_a_request_that_the_sdk_itself_refuses_is_told_by_its_names_and_never_by_its_values(override, named):
    client = boto3.client("ecs", region_name="eu-west-1")
    recipe = a_recipe(overrides={"containerOverrides": [override]})

    with pytest.raises(RejectedError) as caught:
        EcsDeployer(client, client).run(recipe, RESTART)

    assert named in str(caught.value)
    assert SECRET not in "".join(format_exception(caught.value))


@pytest.mark.parametrize("operation", WRITES)
def test_a_write_whose_outcome_nobody_knows_is_neither(stubbed, operation):
    client, stubber = stubbed("ecs")
    stubber.add_client_error(operation, "ServerException", "internal", http_status_code=500)

    with pytest.raises(Exception, match="ServerException") as caught:
        WRITES[operation](EcsDeployer(client, client))

    assert not isinstance(caught.value, RejectedError | ThrottledError | LaunchError)


def described(task_id, group="family:nightly", status="RUNNING"):
    return {
        "taskArn": f"{ARN}:task/shop/{task_id}",
        "clusterArn": CLUSTER,
        "lastStatus": status,
        "group": group,
        "cpu": "256",
        "memory": "512",
        "startedAt": NOW - timedelta(hours=1),
        "attachments": [
            {
                "type": "ElasticNetworkInterface",
                "details": [
                    {"name": "subnetId", "value": "subnet-1"},
                    {"name": "networkInterfaceId", "value": "eni-1"},
                ],
            }
        ],
    }


def test_tasks_are_read_a_hundred_at_a_time(stubbed):
    client, stubber = stubbed("ecs")
    arns = [f"{ARN}:task/shop/t{n}" for n in range(101)]
    for some in (arns[:100], arns[100:]):
        answer = {"tasks": [described(arn.rsplit("/")[-1]) for arn in some]}
        stubber.add_response("describe_tasks", answer, {"cluster": "shop", "tasks": some})

    tasks = EcsTasks(client).describe("shop", arns)

    assert [task.task_arn for task in tasks] == arns
    assert (tasks[0].subnet_id, tasks[0].network_interface_id, tasks[0].cpu_units) == (
        "subnet-1",
        "eni-1",
        256,
    )


def test_tasks_of_services_are_passed_over(stubbed):
    client, stubber = stubbed("ecs")
    mine, theirs, over = (
        described("mine"),
        described("theirs", "service:orders"),
        described("over", status="STOPPED"),
    )
    listing = {"cluster": "shop", "desiredStatus": "RUNNING"}
    stubber.add_response("list_tasks", {"taskArns": [mine["taskArn"]], "nextToken": "m"}, listing)
    stubber.add_response("list_tasks", {"taskArns": [theirs["taskArn"]]}, {**listing, "nextToken": "m"})
    stubber.add_response(
        "list_tasks", {"taskArns": [over["taskArn"]]}, {"cluster": "shop", "desiredStatus": "STOPPED"}
    )
    stubber.add_response("describe_tasks", {"tasks": [mine, theirs, over]})

    found = [task.task_id for task in EcsTasks(client).of_no_service(("shop",))]

    assert found == ["mine", "over"]


def test_tags_of_a_task_ecs_has_forgotten_are_none(stubbed):
    client, stubber = stubbed("ecs")
    asked = {"cluster": CLUSTER, "tasks": ["arn:t"], "include": ["TAGS"]}
    stubber.add_response("describe_tasks", {"tasks": [], "failures": [{"reason": "MISSING"}]}, asked)
    stubber.add_response("describe_tasks", {"tasks": [{"tags": [{"key": "a", "value": "b"}]}]}, asked)
    tasks = EcsTasks(client)

    assert tasks.tags(CLUSTER, "arn:t") == {}
    assert tasks.tags(CLUSTER, "arn:t") == {"a": "b"}


def test_what_we_started_is_found_running_or_stopped(stubbed):
    client, stubber = stubbed("ecs")
    for status, arns in (("RUNNING", []), ("STOPPED", [described("s")["taskArn"]])):
        asked = {"cluster": CLUSTER, "startedBy": "trimtab/restart1", "desiredStatus": status}
        stubber.add_response("list_tasks", {"taskArns": arns}, asked)
    stubber.add_response("describe_tasks", {"tasks": [described("s", status="STOPPED")]})

    assert [t.task_id for t in EcsTasks(client).started_by(CLUSTER, "trimtab/restart1")] == ["s"]


def test_tasks_of_a_cluster_that_is_gone_are_forgotten_too(aws):
    assert EcsTasks(aws("ecs")).describe("elsewhere", [a_task().task_arn]) == []
