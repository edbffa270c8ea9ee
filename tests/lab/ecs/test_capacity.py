import pytest

from tests.lab.ecs.scene import ASG, DAY, HOUR, MINUTE, ON_DEMAND, SPOT
from trimtab_lab.ecs import Plan

ON_EC2 = {"launchType": "EC2", "networkConfiguration": None}


def test_a_dry_spot_pool_is_told_as_an_error_action_and_a_message(scene):
    scene.ecs.pools.set_supply("FARGATE_SPOT", 0)
    scene.create(capacityProviderStrategy=SPOT)
    scene.run_for(MINUTE)

    event = scene.actions("SERVICE_TASK_PLACEMENT_FAILURE")[0]
    assert event["detail"] | {"createdAt": ""} == {
        "eventType": "ERROR",
        "eventName": "SERVICE_TASK_PLACEMENT_FAILURE",
        "clusterArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/prod",
        "capacityProviderArns": ["arn:aws:ecs:eu-west-1:111122223333:capacity-provider/FARGATE_SPOT"],
        "reason": "RESOURCE:FARGATE",
        "createdAt": "",
    }
    assert event["resources"] == ["arn:aws:ecs:eu-west-1:111122223333:service/prod/web"]
    assert "Capacity is unavailable at this time" in scene.messages()[0]


def test_ecs_tries_again_ever_more_rarely_and_never_turns_to_another_pool(scene):
    scene.ecs.pools.set_supply("FARGATE_SPOT", 0)
    strategy = [*SPOT, {"capacityProvider": "FARGATE", "weight": 1}]
    scene.create(count=4, capacityProviderStrategy=strategy)
    scene.run_for(DAY)

    assert {task["capacityProviderName"] for task in scene.tasks()} == {"FARGATE"}
    assert scene.service()["runningCount"] == 2
    failures = scene.actions("SERVICE_TASK_PLACEMENT_FAILURE")
    assert 96 < len(failures) < 110


def test_returning_supply_is_found_at_the_next_try(scene):
    scene.ecs.pools.set_supply("FARGATE_SPOT", 0)
    scene.create(capacityProviderStrategy=SPOT)
    scene.run_for(HOUR)
    scene.ecs.pools.set_supply("FARGATE_SPOT", None)
    scene.run_for(20 * MINUTE)

    assert scene.service()["runningCount"] == 2


def test_a_shift_to_on_demand_ends_the_shortage(scene):
    scene.ecs.pools.set_supply("FARGATE_SPOT", 1)
    scene.create(capacityProviderStrategy=SPOT)
    scene.run_for(HOUR)
    scene.update(capacityProviderStrategy=ON_DEMAND, forceNewDeployment=True)
    scene.run_for(5 * MINUTE)

    service = scene.service()
    assert service["runningCount"] == 2
    assert [d["rolloutState"] for d in service["deployments"]] == ["COMPLETED"]


def test_run_task_without_capacity_answers_with_failures(scene):
    scene.ecs.pools.set_supply("FARGATE", 1)

    answer = scene.run(count=3)
    assert len(answer["tasks"]) == 1
    assert len(answer["failures"]) == 2
    assert answer["failures"][0]["reason"].startswith("Capacity is unavailable at this time.")


def test_a_spot_interruption_warns_two_minutes_ahead(scene):
    scene.create(count=1, capacityProviderStrategy=SPOT)
    scene.run_for(5 * MINUTE)
    arn = scene.tasks()[0]["taskArn"]
    scene.events.clear()
    scene.ecs.interrupt_spot(arn)
    notice = scene.events[0]
    scene.run_for(119)
    still = scene.task(arn)["lastStatus"]
    scene.run_for(60)

    detail = notice["detail"]
    assert notice["detail-type"] == "ECS Task State Change"
    assert (detail["lastStatus"], detail["desiredStatus"]) == ("RUNNING", "STOPPED")
    assert (detail["stopCode"], detail["stoppedReason"]) == (
        "SpotInterruption",
        "Your Spot Task was interrupted.",
    )
    assert still == "RUNNING"
    task = scene.task(arn)
    assert task["lastStatus"] == "STOPPED"
    assert 120 <= (task["executionStoppedAt"] - task["stoppingAt"]).total_seconds() < 125


def test_a_replacement_is_started_at_the_notice(scene):
    scene.create(count=1, capacityProviderStrategy=SPOT)
    scene.run_for(5 * MINUTE)
    scene.ecs.interrupt_spot(1.0)
    scene.run_for(100)

    assert scene.service()["runningCount"] == 2


def test_a_share_of_a_pool_can_be_interrupted(scene):
    scene.create(count=10, capacityProviderStrategy=SPOT)
    scene.create("steady", count=5)
    scene.run_for(5 * MINUTE)

    hit = scene.ecs.interrupt_spot(0.3)
    assert len(hit) == 3
    assert all(scene.task(arn)["capacityProviderName"] == "FARGATE_SPOT" for arn in hit)


def test_a_task_that_ends_within_its_notice_keeps_the_notices_reason(scene):
    scene.ecs.behave("web", Plan(run_seconds=100, start_seconds=10))
    arn = scene.run(launchType=None, capacityProviderStrategy=SPOT)["tasks"][0]["taskArn"]
    scene.run_for(60)
    scene.ecs.interrupt_spot(arn)
    scene.run_for(5 * MINUTE)

    task = scene.task(arn)
    assert task["stopCode"] == "SpotInterruption"
    assert task["containers"][0]["exitCode"] == 0
    assert (task["executionStoppedAt"] - task["startedAt"]).total_seconds() == 100


def test_instances_give_and_take_resources(scene):
    arn = scene.ecs.add_container_instance("prod", cpu_units=2048, memory_mib=4096)
    scene.register_for_ec2("big", cpu=1024, memory=1536)
    scene.create("big", taskDefinition="big", count=2, **ON_EC2)
    scene.run_for(5 * MINUTE)

    def remaining():
        listed = scene.call("ListContainerInstances", cluster="prod")["containerInstanceArns"]
        assert listed == [arn]
        instance = scene.call("DescribeContainerInstances", cluster="prod", containerInstances=listed)
        rows = instance["containerInstances"][0]["remainingResources"]
        return {row["name"]: row["integerValue"] for row in rows if "integerValue" in row}

    full = remaining()
    scene.update("big", desiredCount=1)
    scene.run_for(5 * MINUTE)
    assert full == {"CPU": 0, "MEMORY": 1024}
    assert remaining() == {"CPU": 1024, "MEMORY": 2560}


@pytest.mark.parametrize(
    ("cpu", "memory", "reason"), [(1024, 900, "RESOURCE:CPU"), (400, 900, "RESOURCE:MEMORY")]
)
def test_a_full_cluster_says_what_is_missing_and_where(scene, cpu, memory, reason):
    instance = scene.ecs.add_container_instance("prod", cpu_units=1024, memory_mib=1024)
    scene.register_for_ec2("big", cpu=cpu, memory=memory)
    scene.create("big", taskDefinition="big", count=2, **ON_EC2)
    scene.run_for(MINUTE)

    detail = scene.actions("SERVICE_TASK_PLACEMENT_FAILURE")[0]["detail"]
    assert detail["reason"] == reason
    assert detail["containerInstanceArns"] == [instance]
    assert instance.rpartition("/")[2] in scene.messages("big")[0]
    failure = scene.run(taskDefinition="big", launchType="EC2", networkConfiguration=None)["failures"][0]
    assert failure == {"arn": instance, "reason": reason}


def test_new_capacity_is_used_at_once(scene):
    scene.ecs.add_container_instance("prod", cpu_units=1024, memory_mib=1024)
    scene.register_for_ec2("big", cpu=1024, memory=900)
    scene.create("big", taskDefinition="big", count=2, **ON_EC2)
    scene.run_for(HOUR)
    scene.ecs.add_container_instance("prod", cpu_units=1024, memory_mib=1024)
    scene.run_for(MINUTE)

    assert scene.service("big")["runningCount"] == 2


def test_run_task_on_a_cluster_without_instances_is_an_error(scene):
    scene.register_for_ec2("big")

    error = scene.refused("RunTask", cluster="prod", taskDefinition="big", launchType="EC2")
    assert error.message == "No Container Instances were found in your cluster."


def test_a_lost_host_takes_its_tasks_along(scene):
    instance = scene.ecs.add_container_instance("prod")
    scene.register_for_ec2("big")
    arn = scene.run(taskDefinition="big", launchType="EC2", networkConfiguration=None)["tasks"][0]["taskArn"]
    scene.run_for(2 * MINUTE)
    machine = scene.ecs.world.clusters["prod"].instances[instance].ec2_instance_id
    scene.ecs.terminate_host(instance)
    scene.run_for(2 * MINUTE)

    task = scene.task(arn)
    assert task["stoppedReason"] == f"Host EC2 (instance {machine}) terminated."
    assert "exitCode" not in task["containers"][0]
    assert scene.told("ECS Container Instance State Change", status="INACTIVE")


def test_a_drained_host_hands_service_tasks_over_and_keeps_standalone_ones(scene):
    first = scene.ecs.add_container_instance("prod")
    scene.register_for_ec2("big")
    scene.create("big", taskDefinition="big", count=2, **ON_EC2)
    alone = scene.run(taskDefinition="big", launchType="EC2", networkConfiguration=None)["tasks"][0]
    scene.run_for(5 * MINUTE)
    second = scene.ecs.add_container_instance("prod")
    scene.ecs.drain_host(first)
    scene.run_for(10 * MINUTE)

    assert {task["containerInstanceArn"] for task in scene.tasks("big")} == {second}
    assert scene.task(alone["taskArn"])["lastStatus"] == "RUNNING"
    assert "DRAINING" in scene.tasks("big", status="STOPPED")[0]["stoppedReason"]


def test_tasks_spread_over_zones_or_pack_as_asked(scene):
    for zone in ("a", "b"):
        scene.ecs.add_container_instance("prod", availability_zone=f"eu-west-1{zone}")
    scene.register_for_ec2("small", cpu=128, memory=256)
    scene.create("spread", taskDefinition="small", count=4, **ON_EC2)
    scene.run_for(5 * MINUTE)
    pack = [{"type": "binpack", "field": "memory"}]
    scene.create("packed", taskDefinition="small", count=4, placementStrategy=pack, **ON_EC2)
    scene.run_for(5 * MINUTE)

    zones = [task["availabilityZone"] for task in scene.tasks("spread")]
    assert zones.count("eu-west-1a") == 2
    assert len({task["containerInstanceArn"] for task in scene.tasks("packed")}) == 1


def test_awsvpc_tasks_on_ec2_are_bounded_by_network_interfaces(scene):
    scene.ecs.add_container_instance("prod", enis=1)
    scene.register("net", requiresCompatibilities=["EC2"])
    network = {"awsvpcConfiguration": {"subnets": ["subnet-aaa"]}}
    scene.create("net", taskDefinition="net", count=2, launchType="EC2", networkConfiguration=network)
    scene.run_for(5 * MINUTE)

    assert scene.service("net")["runningCount"] == 1
    assert scene.actions("SERVICE_TASK_PLACEMENT_FAILURE")[0]["detail"]["reason"] == "RESOURCE:ENI"


def test_providers_in_use_stay_with_their_cluster(scene):
    scene.create(capacityProviderStrategy=SPOT)
    scene.run_for(MINUTE)

    error = scene.refused(
        "PutClusterCapacityProviders", cluster="prod", capacityProviders=["FARGATE"],
        defaultCapacityProviderStrategy=[],
    )  # fmt: skip
    assert error.code == "ResourceInUseException"


def test_putting_providers_replaces_the_whole_list(scene):
    answer = scene.call(
        "PutClusterCapacityProviders", cluster="prod", capacityProviders=["FARGATE"],
        defaultCapacityProviderStrategy=ON_DEMAND,
    )  # fmt: skip

    assert answer["cluster"]["capacityProviders"] == ["FARGATE"]
    assert answer["cluster"]["defaultCapacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE", "weight": 1, "base": 0}
    ]


def test_fargate_providers_are_always_there_and_others_are_made(scene):
    scene.call("CreateCapacityProvider", name="asg-a", autoScalingGroupProvider=ASG)

    answer = scene.call("DescribeCapacityProviders", capacityProviders=["FARGATE", "asg-a", "ghost"])
    assert [p["name"] for p in answer["capacityProviders"]] == ["FARGATE", "asg-a"]
    assert answer["failures"] == [{"arn": "ghost", "reason": "MISSING"}]
