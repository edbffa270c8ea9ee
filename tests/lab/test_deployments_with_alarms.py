"""Services behind a load balancer, whose deployments watch alarms on what it counts."""

import pytest

from trimtab_lab.account import make_lab
from trimtab_lab.demand import Pattern

GROUP = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/1"
WHERE = [
    {"Name": "LoadBalancer", "Value": "app/shop/50dc6c495c0c9188"},
    {"Name": "TargetGroup", "Value": "targetgroup/web/1"},
]
NETWORK = {
    "awsvpcConfiguration": {
        "subnets": ["subnet-1"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "DISABLED",
    }
}
CPU_UNITS = 700
HOUR = 3600


class Shop:
    """One task of 2 vCPU at a third of its CPU; its process serves no more than half of it."""

    def __init__(self, rollback=True):
        self.lab = make_lab(1)
        self.call("ecs", "CreateCluster", clusterName="prod")
        self.lab.usage.set("prod", "web", Pattern(1, CPU_UNITS, 500, noise_ratio=0))
        self.lab.load_balancers.front("prod", "web", GROUP, turns_away_above_ratio=0.5)
        self.call(
            "cloudwatch", "PutMetricAlarm", AlarmName="errors", Namespace="AWS/ApplicationELB",
            MetricName="HTTPCode_Target_5XX_Count", Dimensions=WHERE, Statistic="Sum", Period=300,
            EvaluationPeriods=1, Threshold=10, ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )  # fmt: skip
        self.call(
            "ecs", "CreateService", cluster="prod", serviceName="web", taskDefinition=self.revision(2048),
            desiredCount=1, launchType="FARGATE", networkConfiguration=NETWORK,
            loadBalancers=[{"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}],
            deploymentConfiguration={
                "alarms": {"alarmNames": ["errors"], "enable": True, "rollback": rollback}
            },
        )  # fmt: skip
        self.lab.clock.run_for(HOUR)

    def call(self, api, operation, **request):
        return self.lab.call(api, operation, request)

    def revision(self, cpu_units):
        return self.call(
            "ecs", "RegisterTaskDefinition", family="web", cpu=str(cpu_units), memory="4096",
            networkMode="awsvpc", requiresCompatibilities=["FARGATE"],
            containerDefinitions=[{"name": "app", "image": "web:1"}],
        )["taskDefinition"]["taskDefinitionArn"]  # fmt: skip

    def deploy(self, cpu_units):
        arn = self.revision(cpu_units)
        self.call("ecs", "UpdateService", cluster="prod", service="web", taskDefinition=arn)
        return arn

    @property
    def service(self):
        return self.call("ecs", "DescribeServices", cluster="prod", services=["web"])["services"][0]

    @property
    def alarm(self):
        return self.lab.cloudwatch.alarms.state("errors")

    def total(self, metric):
        now = self.lab.clock.now
        return sum(
            self.call(
                "cloudwatch", "GetMetricData", StartTime=now - HOUR, EndTime=now,
                MetricDataQueries=[{"Id": "m", "MetricStat": {
                    "Metric": {"Namespace": "AWS/ApplicationELB", "MetricName": metric, "Dimensions": WHERE},
                    "Period": 300, "Stat": "Sum",
                }}],
            )["MetricDataResults"][0]["Values"]
        )  # fmt: skip


def test_requests_follow_the_demand_and_all_are_served_where_the_size_holds_it():
    shop = Shop()

    assert shop.total("RequestCount") == pytest.approx(12 * 3 * CPU_UNITS, rel=0.1)
    assert shop.total("HTTPCode_Target_5XX_Count") == 0
    assert shop.alarm == "OK"


def test_a_size_too_small_for_its_demand_turns_requests_away_and_the_alarm_fires():
    shop = Shop()
    shop.lab.cloudwatch.alarms.history.clear()
    shop.call("cloudwatch", "SetAlarmState", AlarmName="errors", StateValue="ALARM", StateReason="a test")
    shop.deploy(1024)
    shop.lab.clock.run_for(2 * HOUR)

    failed = shop.total("HTTPCode_Target_5XX_Count") / shop.total("RequestCount")
    mean = shop.total("TargetResponseTime") / shop.total("RequestCount")

    assert failed == pytest.approx(1 - 512 / CPU_UNITS, rel=0.02)
    assert mean == pytest.approx(0.05 + failed * (2.0 - 0.05), rel=0.02)
    assert [state for _, _, state in shop.lab.cloudwatch.alarms.history] == ["ALARM", "OK", "ALARM"]


def test_ecs_goes_back_when_an_alarm_fires_during_a_roll_out():
    shop = Shop()
    before = shop.service["taskDefinition"]
    shop.deploy(1024)
    shop.lab.clock.run_for(HOUR)

    told = [event["message"] for event in shop.service["events"]]
    record = shop.call("ecs", "ListServiceDeployments", cluster="prod", service="web")["serviceDeployments"]

    assert shop.service["taskDefinition"] == before
    assert any(text.endswith("deployment failed: alarm detected.") for text in told)
    assert any("rolling back to deployment" in text for text in told)
    assert record[0]["status"] == "ROLLBACK_SUCCESSFUL"
    assert shop.alarm == "OK"


def test_without_a_rollback_the_deployment_fails_and_stays():
    shop = Shop(rollback=False)
    ours = shop.deploy(1024)
    shop.lab.clock.run_for(HOUR)

    (primary,) = (one for one in shop.service["deployments"] if one["status"] == "PRIMARY")

    assert (primary["taskDefinition"], primary["rolloutState"]) == (ours, "FAILED")


def test_a_deployment_that_begins_while_an_alarm_fires_watches_none():
    shop = Shop()
    shop.call("cloudwatch", "SetAlarmState", AlarmName="errors", StateValue="ALARM", StateReason="a test")
    ours = shop.deploy(1024)
    shop.lab.clock.run_for(HOUR)

    assert shop.alarm == "ALARM"
    assert shop.service["taskDefinition"] == ours
    assert shop.service["deployments"][0]["rolloutState"] == "COMPLETED"


def test_a_deployment_bakes_for_as_long_as_its_alarm_looks_back():
    shop = Shop()
    shop.deploy(2048)
    seen = []
    for _ in range(60):
        shop.lab.clock.run_for(15)
        seen.append((len(shop.service["deployments"]), shop.service["deployments"][0]["rolloutState"]))

    assert seen.count((1, "IN_PROGRESS")) == 300 / 15
    assert seen[-1] == (1, "COMPLETED")


def test_an_alarm_without_points_says_what_its_gaps_are_to_mean():
    lab = make_lab(1)
    for name, gaps in (("quiet", "notBreaching"), ("loud", "breaching"), ("mute", "missing")):
        lab.call("cloudwatch", "PutMetricAlarm", {
            "AlarmName": name, "Namespace": "shop", "MetricName": "errors", "Statistic": "Sum",
            "Period": 60, "EvaluationPeriods": 3, "Threshold": 1, "TreatMissingData": gaps,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        })  # fmt: skip
    lab.clock.run_for(300)

    states = {name: lab.cloudwatch.alarms.state(name) for name in ("quiet", "loud", "mute")}

    assert states == {"quiet": "OK", "loud": "ALARM", "mute": "INSUFFICIENT_DATA"}
