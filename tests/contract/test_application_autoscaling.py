"""How a service is scaled, as people say it to AWS and as Trimtab reads it."""

import pytest

from trimtab.adapters.application_autoscaling import ApplicationAutoscaling
from trimtab.model.scaling import Follows, Scaling

TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/prod/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


@pytest.fixture
def scaling(aws):
    """A client, with a service that scales between 2 and 10 tasks."""
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="prod")
    if aws.name == "moto":  # which wants the service to be there
        containers = [{"name": "app", "image": "i", "memory": 512}]
        ecs.register_task_definition(family="web", containerDefinitions=containers)
        ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=2)
    client = aws.client("application-autoscaling")
    client.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=10)
    return client


def track(scaling, name, target, **metric):
    scaling.put_scaling_policy(
        **TARGET,
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={"TargetValue": target, **metric},
    )


def read(scaling):
    return ApplicationAutoscaling(scaling).scaling()["prod/web"]


def test_a_target_without_policies_has_its_bounds(scaling):
    assert read(scaling) == Scaling(2, 10)


def test_a_target_on_cpu_is_read_with_its_figure(scaling):
    metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
    track(scaling, "cpu", 60.0, PredefinedMetricSpecification=metric)

    (policy,) = read(scaling).policies

    assert (policy.name, policy.follows, policy.target) == ("cpu", Follows.CPU, 60.0)
    assert policy.created_at.tzinfo is not None


def test_a_target_on_a_metric_of_its_own_is_read_with_its_name(scaling):
    metric = {"MetricName": "BacklogPerTask", "Namespace": "Shop", "Statistic": "Average"}
    track(scaling, "backlog", 100.0, CustomizedMetricSpecification=metric)

    (policy,) = read(scaling).policies

    assert (policy.follows, policy.metric) == (Follows.CUSTOM, "BacklogPerTask")


def test_steps_go_by_alarms(scaling):
    steps = [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}]
    said = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps}
    scaling.put_scaling_policy(
        **TARGET, PolicyName="steps", PolicyType="StepScaling", StepScalingPolicyConfiguration=said
    )

    (policy,) = read(scaling).policies

    assert (policy.follows, policy.target) == (Follows.STEPS, None)


def test_a_schedule_is_seen(scaling):
    scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="night",
        Schedule="cron(0 22 * * ? *)",
        ScalableTargetAction={"MinCapacity": 0, "MaxCapacity": 0},
    )

    assert read(scaling).scheduled


def test_a_policy_needs_a_target(aws):
    aws.skip_on("moto", "moto takes policies for targets that nobody registered")
    client = aws.client("application-autoscaling")

    with pytest.raises(client.exceptions.ObjectNotFoundException):
        track(client, "cpu", 60.0, PredefinedMetricSpecification={"PredefinedMetricType": "x"})
