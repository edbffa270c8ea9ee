import pytest

from tests.samples import NOW
from trimtab.adapters.application_autoscaling import ApplicationAutoscaling, read_policy
from trimtab.model.scaling import Follows

ROLE = "arn:aws:iam::111122223333:role/r"


def a_target(name):
    return {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/shop/{name}",
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": 1,
        "MaxCapacity": 9,
        "RoleARN": ROLE,
        "CreationTime": NOW,
    }


def a_policy(kind="TargetTrackingScaling", **said):
    return {
        "PolicyARN": "arn:aws:autoscaling:eu-west-1:111122223333:scalingPolicy:1",
        "PolicyName": "p",
        "ServiceNamespace": "ecs",
        "ResourceId": "service/shop/orders",
        "ScalableDimension": "ecs:service:DesiredCount",
        "PolicyType": kind,
        "CreationTime": NOW,
        f"{kind}PolicyConfiguration": said,
    }


def predefined(metric):
    return a_policy(TargetValue=60.0, PredefinedMetricSpecification={"PredefinedMetricType": metric})


def customized(metric, namespace):
    said = {"MetricName": metric, "Namespace": namespace, "Statistic": "Average"}
    return a_policy(TargetValue=60.0, CustomizedMetricSpecification=said)


def expression(*metrics):
    queries = [
        {"Id": f"m{n}", "MetricStat": {"Metric": {"MetricName": metric, "Namespace": space}, "Stat": "Sum"}}
        for n, (metric, space) in enumerate(metrics)
    ]
    whole = [*queries, {"Id": "e", "Expression": "m0 / m1"}]
    return a_policy(TargetValue=60.0, CustomizedMetricSpecification={"Metrics": whole})


@pytest.mark.parametrize(
    ("policy", "follows"),
    [
        (predefined("ECSServiceAverageCPUUtilization"), Follows.CPU),
        (predefined("ECSServiceAverageCPUUtilizationHighResolution"), Follows.CPU),
        (predefined("ECSServiceAverageMemoryUtilization"), Follows.MEMORY),
        (predefined("ALBRequestCountPerTarget"), Follows.REQUESTS),
        (predefined("SomethingNew"), Follows.CUSTOM),
        (customized("CPUUtilization", "AWS/ECS"), Follows.CPU),
        (customized("MemoryUtilized", "ECS/ContainerInsights"), Follows.MEMORY),
        (customized("RequestCountPerTarget", "AWS/ApplicationELB"), Follows.REQUESTS),
        (customized("CPUUtilization", "Shop"), Follows.CUSTOM),
        (customized("BacklogPerTask", "Shop"), Follows.CUSTOM),
        (expression(("Messages", "AWS/SQS"), ("RunningTaskCount", "ECS/ContainerInsights")), Follows.CUSTOM),
        (expression(("Messages", "AWS/SQS"), ("CPUUtilization", "AWS/ECS")), Follows.CPU),
        (a_policy(TargetValue=1.0), Follows.CUSTOM),
        (a_policy("StepScaling", AdjustmentType="ChangeInCapacity"), Follows.STEPS),
        (a_policy("SomethingNew"), Follows.STEPS),
    ],
)
def test_a_policy_tells_what_it_goes_by(policy, follows):
    read = read_policy(policy)

    assert (read.follows, read.forecast, read.acts) == (follows, False, True)


@pytest.mark.parametrize(("mode", "acts"), [("ForecastAndScale", True), ("ForecastOnly", False)])
def test_a_forecast_acts_or_only_shows(mode, acts):
    pair = {"PredefinedMetricType": "ECSServiceCPUUtilization"}
    said = [{"TargetValue": 50.0, "PredefinedMetricPairSpecification": pair}]

    read = read_policy(a_policy("PredictiveScaling", MetricSpecifications=said, Mode=mode))

    assert (read.follows, read.target, read.forecast, read.acts) == (Follows.CPU, 50.0, True, acts)


def test_a_forecast_on_metrics_of_its_own_goes_by_a_custom_metric():
    said = [{"TargetValue": 5.0, "CustomizedLoadMetricSpecification": {"MetricDataQueries": []}}]

    assert read_policy(a_policy("PredictiveScaling", MetricSpecifications=said)).follows is Follows.CUSTOM


def test_every_page_is_read(stubbed):
    client, stubber = stubbed("application-autoscaling")
    for name, more in (("orders", {"NextToken": "n"}), ("carts", {})):
        stubber.add_response("describe_scalable_targets", {"ScalableTargets": [a_target(name)], **more})
    one = predefined("ECSServiceAverageCPUUtilization")
    for policy, more in ((one, {"NextToken": "n"}), (a_policy("StepScaling"), {})):
        stubber.add_response("describe_scaling_policies", {"ScalingPolicies": [policy], **more})
    stubber.add_response("describe_scheduled_actions", {"ScheduledActions": []})

    found = ApplicationAutoscaling(client).scaling()

    assert found.keys() == {"shop/orders", "shop/carts"}
    assert [policy.follows for policy in found["shop/orders"].policies] == [Follows.CPU, Follows.STEPS]
    assert found["shop/carts"].policies == ()


def test_a_policy_whose_alarms_may_not_be_read_does_not_hide_those_of_others(stubbed):
    client, stubber = stubbed("application-autoscaling")
    both = [a_target("orders"), a_target("carts")]
    stubber.add_response("describe_scalable_targets", {"ScalableTargets": both})
    stubber.add_client_error("describe_scaling_policies", "FailedResourceAccessException")
    answer = {"ScalingPolicies": [predefined("ECSServiceAverageCPUUtilization")]}
    stubber.add_response("describe_scaling_policies", answer)
    stubber.add_client_error("describe_scaling_policies", "FailedResourceAccessException")
    stubber.add_response("describe_scheduled_actions", {"ScheduledActions": []})

    found = ApplicationAutoscaling(client).scaling()

    follows = {name: [policy.follows for policy in one.policies] for name, one in found.items()}
    assert follows == {"shop/orders": [Follows.CPU], "shop/carts": [Follows.STEPS]}
