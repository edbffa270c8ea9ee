import pytest

from tests.lab.ecs.scene import ASG, MINUTE, NETWORK, ON_DEMAND, SPOT
from trimtab_lab.api_error import NotModelled


@pytest.fixture
def both(scene):
    """A cluster that has Fargate and an Auto Scaling group's provider, with a service on Fargate."""
    scene.call("CreateCapacityProvider", name="asg-a", autoScalingGroupProvider=ASG)
    scene.call(
        "PutClusterCapacityProviders", cluster="prod", defaultCapacityProviderStrategy=[],
        capacityProviders=["FARGATE", "FARGATE_SPOT", "asg-a"],
    )  # fmt: skip
    scene.register("any", requiresCompatibilities=None)
    for _ in range(2):
        scene.ecs.add_container_instance("prod", capacity_provider="asg-a", enis=8)
    return scene


@pytest.mark.parametrize(
    ("change", "deploys"),
    [
        ({"desiredCount": 3}, False),
        ({"taskDefinition": "web:1"}, False),
        ({"taskDefinition": "web:2"}, True),
        ({"forceNewDeployment": True}, True),
        ({"networkConfiguration": NETWORK}, False),
        ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-zzz"]}}}, True),
        ({"platformVersion": "1.4.0"}, True),
        ({"loadBalancers": [{"targetGroupArn": "tg", "containerName": "app", "containerPort": 80}]}, True),
        ({"deploymentConfiguration": {"maximumPercent": 150}}, False),
        ({"healthCheckGracePeriodSeconds": 30}, False),
        ({"enableExecuteCommand": True}, False),
        ({"propagateTags": "SERVICE"}, False),
    ],
)
def test_only_some_changes_start_a_deployment(scene, change, deploys):
    scene.create(taskDefinition="web:1")
    scene.register()
    scene.run_for(5 * MINUTE)
    before = scene.service()["deployments"][0]["id"]

    after = scene.update(**change)["deployments"][0]["id"]
    assert (after != before) is deploys


def test_a_change_of_strategy_must_be_forced(scene):
    scene.create(capacityProviderStrategy=SPOT)
    scene.run_for(5 * MINUTE)

    error = scene.refused("UpdateService", cluster="prod", service="web", capacityProviderStrategy=ON_DEMAND)

    assert error.code == "InvalidParameterException"
    assert "you must force a new deployment" in error.message
    assert scene.service()["capacityProviderStrategy"][0]["capacityProvider"] == "FARGATE_SPOT"


def test_a_forced_change_of_strategy_rolls_every_task(scene):
    scene.create(capacityProviderStrategy=SPOT)
    scene.run_for(5 * MINUTE)
    before = {task["taskArn"] for task in scene.tasks()}
    scene.update(capacityProviderStrategy=ON_DEMAND, forceNewDeployment=True)
    scene.run_for(5 * MINUTE)

    after = scene.tasks()
    assert not before & {task["taskArn"] for task in after}
    assert {task["capacityProviderName"] for task in after} == {"FARGATE"}


def test_the_same_strategy_again_needs_no_force(scene):
    scene.create(capacityProviderStrategy=SPOT)

    service = scene.update(
        capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]
    )
    assert len(service["deployments"]) == 1


@pytest.mark.parametrize(
    ("strategy", "text"),
    [
        ([*ON_DEMAND, {"capacityProvider": "asg-a", "weight": 1}], "cannot contain a mix"),
        ([{"capacityProvider": "FARGATE", "weight": 0}], "weights of 0"),
        ([{"capacityProvider": "FARGATE"}], "weights of 0"),
        ([{"capacityProvider": "nobody", "weight": 1}], "was not found"),
        ([{"capacityProvider": "asg-b", "weight": 1}], "not associated with the cluster"),
        (
            [
                {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
                {"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 1},
            ],
            "only one provider with a base",
        ),
    ],
)  # fmt: skip
def test_strategies_that_cannot_be_are_refused(both, strategy, text):
    both.call("CreateCapacityProvider", name="asg-b", autoScalingGroupProvider=ASG)
    both.create(taskDefinition="any")

    error = both.refused(
        "UpdateService", cluster="prod", service="web", capacityProviderStrategy=strategy,
        forceNewDeployment=True,
    )  # fmt: skip
    assert error.code == "InvalidParameterException"
    assert text in error.message


def test_a_service_moves_between_fargate_and_an_auto_scaling_group(both):
    network = {"awsvpcConfiguration": {"subnets": ["subnet-aaa"]}}
    both.create(taskDefinition="any", networkConfiguration=network)
    both.run_for(5 * MINUTE)
    asg = [{"capacityProvider": "asg-a", "weight": 1}]
    both.update(capacityProviderStrategy=asg, forceNewDeployment=True)
    both.run_for(5 * MINUTE)
    on_ec2 = both.tasks()
    both.update(capacityProviderStrategy=ON_DEMAND, forceNewDeployment=True)
    both.run_for(5 * MINUTE)

    assert {(task["launchType"], task["capacityProviderName"]) for task in on_ec2} == {("EC2", "asg-a")}
    assert all("containerInstanceArn" in task for task in on_ec2)
    assert {task["launchType"] for task in both.tasks()} == {"FARGATE"}


def test_a_service_moves_from_the_ec2_launch_type_to_fargate_and_back(both):
    network = {"awsvpcConfiguration": {"subnets": ["subnet-aaa"]}}
    both.create(taskDefinition="any", launchType="EC2", networkConfiguration=network)
    both.run_for(5 * MINUTE)
    both.update(capacityProviderStrategy=ON_DEMAND, forceNewDeployment=True)
    both.run_for(5 * MINUTE)
    there = {task["launchType"] for task in both.tasks()}
    both.update(capacityProviderStrategy=[], forceNewDeployment=True)
    both.run_for(5 * MINUTE)

    assert there == {"FARGATE"}
    assert {task["launchType"] for task in both.tasks()} == {"EC2"}
    assert both.service()["launchType"] == "EC2"
    assert "platformVersion" not in both.service()


def test_a_revision_must_be_able_to_run_where_the_strategy_goes(both):
    both.register_for_ec2("old")
    both.create("old", taskDefinition="old", launchType="EC2", networkConfiguration=None)

    error = both.refused(
        "UpdateService", cluster="prod", service="old", capacityProviderStrategy=ON_DEMAND,
        forceNewDeployment=True,
    )  # fmt: skip
    assert "does not support launch_type FARGATE" in error.message


def test_placement_rules_do_not_go_along_to_fargate_unless_emptied(both):
    spread = [{"type": "spread", "field": "instanceId"}]
    asg = [{"capacityProvider": "asg-a", "weight": 1}]
    both.create(taskDefinition="any", capacityProviderStrategy=asg, placementStrategy=spread)

    error = both.refused(
        "UpdateService", cluster="prod", service="web", capacityProviderStrategy=ON_DEMAND,
        forceNewDeployment=True,
    )  # fmt: skip
    service = both.update(
        capacityProviderStrategy=ON_DEMAND,
        forceNewDeployment=True,
        placementStrategy=[],
        placementConstraints=[],
    )
    assert "Placement strategies are not supported with FARGATE" in error.message
    assert service["placementStrategy"] == []


def test_an_empty_strategy_goes_back_to_the_launch_type_of_the_creation(scene):
    scene.create(launchType="FARGATE")
    scene.update(capacityProviderStrategy=SPOT, forceNewDeployment=True)
    unforced = scene.refused("UpdateService", cluster="prod", service="web", capacityProviderStrategy=[])
    service = scene.update(capacityProviderStrategy=[], forceNewDeployment=True)

    assert "must force" in unforced.message
    assert service["launchType"] == "FARGATE"
    assert "capacityProviderStrategy" not in service


def test_an_empty_strategy_has_nothing_to_go_back_to_without_launch_type_and_default(scene):
    scene.create(capacityProviderStrategy=SPOT)

    error = scene.refused(
        "UpdateService", cluster="prod", service="web", capacityProviderStrategy=[], forceNewDeployment=True
    )
    assert error.message == "No launch type to fall back to for empty capacity provider strategy"


def test_an_empty_strategy_takes_the_clusters_default_if_the_service_never_had_a_launch_type(scene):
    scene.create(capacityProviderStrategy=SPOT)
    scene.call(
        "PutClusterCapacityProviders", cluster="prod", defaultCapacityProviderStrategy=ON_DEMAND,
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
    )  # fmt: skip

    service = scene.update(capacityProviderStrategy=[], forceNewDeployment=True)
    assert service["capacityProviderStrategy"][0]["capacityProvider"] == "FARGATE"


def test_an_inactive_revision_is_refused(scene):
    scene.create()
    scene.register()
    scene.call("DeregisterTaskDefinition", taskDefinition="web:2")

    error = scene.refused("UpdateService", cluster="prod", service="web", taskDefinition="web:2")
    assert (error.code, error.message) == ("ClientException", "TaskDefinition is inactive")


def test_a_family_alone_means_its_latest_revision_as_an_arn(scene):
    scene.create()
    arn = scene.register()

    assert scene.update(taskDefinition="web")["taskDefinition"] == arn


def test_a_refused_update_changes_nothing(scene):
    scene.create()
    scene.refused("UpdateService", cluster="prod", service="web", desiredCount=9, taskDefinition="ghost:1")

    assert scene.service()["desiredCount"] == 2


@pytest.mark.parametrize(
    ("controller", "change", "refused"),
    [
        ("CODE_DEPLOY", {"desiredCount": 3}, False),
        ("CODE_DEPLOY", {"taskDefinition": "web"}, True),
        ("CODE_DEPLOY", {"forceNewDeployment": True}, True),
        ("CODE_DEPLOY", {"capacityProviderStrategy": SPOT, "forceNewDeployment": True}, True),
        ("EXTERNAL", {"desiredCount": 3}, False),
        ("EXTERNAL", {"taskDefinition": "web"}, True),
    ],
)
def test_other_controllers_keep_deployments_to_themselves(scene, controller, change, refused):
    scene.create(deploymentController={"type": controller})

    if refused:
        error = scene.refused("UpdateService", cluster="prod", service="web", **change)
        assert error.code == "InvalidParameterException"
        assert f"{controller} deployment controller" in error.message
    else:
        assert scene.update(**change)["desiredCount"] == 3


def test_what_is_not_simulated_is_said_loudly(scene):
    with pytest.raises(NotModelled, match="BLUE_GREEN"):
        scene.create(deploymentConfiguration={"strategy": "BLUE_GREEN"})
    scene.create()
    with pytest.raises(NotModelled, match="memberOf"):
        scene.register_for_ec2("big")
        rules = [{"type": "memberOf", "expression": "x"}]
        scene.run(
            taskDefinition="big", launchType="EC2", networkConfiguration=None, placementConstraints=rules
        )
    with pytest.raises(NotModelled, match="referenceId"):
        scene.run(referenceId="x")


def test_tasks_on_managed_instances_wait_for_instances_that_are_added(scene):
    launch = {
        "ec2InstanceProfileArn": "arn:aws:iam::111122223333:instance-profile/ecs",
        "networkConfiguration": {"subnets": ["subnet-aaa"]},
    }
    provider = {
        "infrastructureRoleArn": "arn:aws:iam::111122223333:role/infra",
        "instanceLaunchTemplate": launch,
    }
    scene.call("CreateCapacityProvider", name="mi", cluster="prod", managedInstancesProvider=provider)

    described = scene.call("DescribeCapacityProviders", capacityProviders=["mi"])["capacityProviders"][0]
    assert (described["type"], described["cluster"].rpartition("/")[2]) == ("MANAGED_INSTANCES", "prod")
    scene.call(
        "RegisterTaskDefinition", family="mi", cpu="256", memory="512", networkMode="awsvpc",
        requiresCompatibilities=["MANAGED_INSTANCES"],
        containerDefinitions=[{"name": "app", "image": "registry.example/app:v1"}],
    )  # fmt: skip
    strategy = [{"capacityProvider": "mi", "weight": 1}]
    scene.create(taskDefinition="mi", desiredCount=1, launchType=None, capacityProviderStrategy=strategy)
    scene.run_for(120)
    assert scene.service()["runningCount"] == 0
    scene.ecs.add_container_instance("prod", 8192, 30720, capacity_provider="mi")
    scene.run_for(600)
    assert scene.service()["runningCount"] == 1
