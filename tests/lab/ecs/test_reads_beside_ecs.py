import pytest

from tests.lab.ecs.scene import MINUTE
from trimtab_lab.api_error import ApiError, NotModelled
from trimtab_lab.autoscaling import Autoscaling
from trimtab_lab.ec2 import Ec2


def interface_of(task: dict) -> str:
    details = {item["name"]: item["value"] for item in task["attachments"][0]["details"]}
    return details["networkInterfaceId"]


def test_the_interface_of_a_running_task_shows_how_it_was_launched(scene):
    Ec2(scene.lab, scene.ecs)
    arn = scene.run()["tasks"][0]["taskArn"]
    scene.run_for(2 * MINUTE)
    task = scene.task(arn)

    answer = scene.call_of("ec2", "DescribeNetworkInterfaces", NetworkInterfaceIds=[interface_of(task)])

    found = answer["NetworkInterfaces"][0]
    assert [group["GroupId"] for group in found["Groups"]] == ["sg-web"]
    assert found["SubnetId"] in ("subnet-aaa", "subnet-bbb", "subnet-ccc")
    assert found["AvailabilityZone"] == task["availabilityZone"]
    assert "PublicIp" in found["Association"]


def test_a_task_without_public_address_has_no_association(scene):
    Ec2(scene.lab, scene.ecs)
    network = {"awsvpcConfiguration": {"subnets": ["subnet-aaa"], "assignPublicIp": "DISABLED"}}
    scene.run(networkConfiguration=network)
    scene.run_for(2 * MINUTE)

    found = scene.call_of("ec2", "DescribeNetworkInterfaces")["NetworkInterfaces"][0]
    assert "Association" not in found


def test_the_interface_is_gone_with_the_task(scene):
    Ec2(scene.lab, scene.ecs)
    arn = scene.run()["tasks"][0]["taskArn"]
    scene.run_for(2 * MINUTE)
    interface = interface_of(scene.task(arn))
    scene.call("StopTask", cluster="prod", task=arn)
    scene.run_for(2 * MINUTE)

    with pytest.raises(ApiError) as caught:
        scene.call_of("ec2", "DescribeNetworkInterfaces", NetworkInterfaceIds=[interface])
    assert caught.value.code == "InvalidNetworkInterfaceID.NotFound"


def test_interfaces_are_found_by_known_filters_only(scene):
    Ec2(scene.lab, scene.ecs)
    scene.run(count=3)
    scene.run_for(2 * MINUTE)

    def found(name, value):
        rule = [{"Name": name, "Values": [value]}]
        return scene.call_of("ec2", "DescribeNetworkInterfaces", Filters=rule)["NetworkInterfaces"]

    assert len(found("group-id", "sg-web")) == 3
    assert found("group-id", "sg-other") == []
    with pytest.raises(NotModelled):
        found("description", "x")


def test_subnets_lie_in_the_zones_in_which_tasks_run(scene):
    Ec2(scene.lab, scene.ecs)
    arn = scene.run()["tasks"][0]["taskArn"]
    scene.run_for(2 * MINUTE)
    task = scene.task(arn)
    details = {item["name"]: item["value"] for item in task["attachments"][0]["details"]}

    answer = scene.call_of("ec2", "DescribeSubnets", SubnetIds=[details["subnetId"]])
    assert answer["Subnets"][0]["AvailabilityZone"] == task["availabilityZone"]


def test_scalable_targets_and_their_policies_are_read_back(scene):
    autoscaling = Autoscaling(scene.lab)
    autoscaling.register_target("prod", "web", 2, 10)
    autoscaling.register_target("prod", "api", 1, 4)
    autoscaling.track("prod", "web", "ECSServiceAverageCPUUtilization", 60.0)

    def read(operation, **request):
        return scene.call_of("application-autoscaling", operation, ServiceNamespace="ecs", **request)

    one = read("DescribeScalableTargets", ResourceIds=["service/prod/web"])["ScalableTargets"]
    first = read("DescribeScalableTargets", MaxResults=1)
    policies = read("DescribeScalingPolicies", ResourceId="service/prod/web")["ScalingPolicies"]
    assert [(t["MinCapacity"], t["MaxCapacity"]) for t in one] == [(2, 10)]
    assert len(first["ScalableTargets"]) == 1
    assert "NextToken" in first
    assert policies[0]["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 60.0
