"""Container Insights: what tasks use, in units, by family, where a cluster has switched it on."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from tests.lab.measured import NETWORK, Flat, Measured
from trimtab_lab.ecs.behaviour import Plan

HOUR = 3600.0


@pytest.fixture
def measured(account, client) -> Measured:
    return Measured(account, client)


def switch(measured, value="enabled"):
    settings = [{"name": "containerInsights", "value": value}]
    return measured.ecs.update_cluster_settings(cluster="prod", settings=settings)


def launch(measured, seconds, memory=512):
    """Run a standalone task of the family ``orders`` for a while, and let three hours pass."""
    measured.account.ecs.behave("orders", Plan(run_seconds=seconds))
    arn = measured.register(cpu=256, memory=memory)
    measured.ecs.run_task(
        cluster="prod", taskDefinition=arn, launchType="FARGATE", networkConfiguration=NETWORK
    )
    measured.account.clock.run_for(3 * HOUR)


def told(measured, metric, stat, **named):
    dimensions = {"ClusterName": "prod", **(named or {"TaskDefinitionFamily": "orders"})}
    now = measured.account.clock.today()
    query = {
        "Id": "q",
        "MetricStat": {
            "Metric": {
                "Namespace": "ECS/ContainerInsights", "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            },
            "Period": 300, "Stat": stat,
        },
    }  # fmt: skip
    answer = measured.cloudwatch.get_metric_data(
        MetricDataQueries=[query],
        ScanBy="TimestampAscending",
        StartTime=now - timedelta(hours=12),
        EndTime=now,
    )
    return answer["MetricDataResults"][0]["Values"]


def test_a_standalone_task_is_measured_in_units_for_as_long_as_it_runs(measured):
    switch(measured)
    measured.account.usage.set("prod", "orders", Flat(cpu_units=128, memory_mib=300, burst=1.5))
    launch(measured, HOUR)

    memory = told(measured, "MemoryUtilized", "Maximum")
    assert 11 <= len(memory) <= 13
    assert set(memory) == {450.0}
    assert set(told(measured, "CpuUtilized", "Average")) == {128.0}
    assert set(told(measured, "CpuReserved", "Average")) == {256.0}
    assert set(told(measured, "MemoryReserved", "Average")) == {512.0}


def test_where_it_is_off_there_is_nothing(measured):
    measured.account.usage.set("prod", "orders", Flat(memory_mib=300))
    launch(measured, HOUR)

    assert told(measured, "MemoryUtilized", "Maximum") == []


def test_tasks_of_services_are_measured_under_their_family_too(measured):
    switch(measured)
    measured.start(Flat(cpu_units=256, memory_mib=200), tasks=2, cpu=256, memory=512)
    measured.account.clock.run_for(HOUR)

    assert set(told(measured, "CpuUtilized", "Average")[1:]) == {128.0}


def test_the_mean_of_what_tasks_of_two_sizes_reserved_is_that_of_none(measured):
    switch(measured)
    measured.account.ecs.behave("orders", Plan(run_seconds=HOUR))
    for memory in (512, 1024):
        arn = measured.register(cpu=256, memory=memory)
        measured.ecs.run_task(
            cluster="prod", taskDefinition=arn, launchType="FARGATE", networkConfiguration=NETWORK
        )
    measured.account.clock.run_for(3 * HOUR)

    assert 768.0 in told(measured, "MemoryReserved", "Average")


def test_metrics_of_families_are_listed(measured):
    switch(measured)
    launch(measured, HOUR)

    listed = measured.cloudwatch.list_metrics(
        Namespace="ECS/ContainerInsights", MetricName="MemoryUtilized",
        Dimensions=[{"Name": "TaskDefinitionFamily"}],
    )["Metrics"]  # fmt: skip
    assert [one["Dimensions"] for one in listed] == [
        [{"Name": "ClusterName", "Value": "prod"}, {"Name": "TaskDefinitionFamily", "Value": "orders"}]
    ]


def test_a_setting_that_is_none_is_refused(measured):
    with pytest.raises(ClientError):
        switch(measured, "on")
    assert switch(measured, "enhanced")["cluster"]["settings"][0]["value"] == "enhanced"


@pytest.mark.parametrize("level", ["enabled", "enhanced"])
def test_single_containers_are_measured_only_with_enhanced_observability(measured, level):
    switch(measured, level)
    measured.account.usage.insights.split("prod", "orders", {"app": 0.75, "proxy": 0.25})
    measured.start(Flat(cpu_units=200, memory_mib=400), cpu=256, memory=512)
    measured.account.clock.run_for(HOUR)

    app = told(measured, "ContainerMemoryUtilized", "Maximum", ServiceName="orders", ContainerName="app")
    proxy = told(measured, "ContainerCpuUtilized", "Average", ServiceName="orders", ContainerName="proxy")
    assert (set(app), set(proxy)) == (({300.0}, {50.0}) if level == "enhanced" else (set(), set()))
    assert (
        told(measured, "ContainerMemoryReserved", "Average", ServiceName="orders", ContainerName="app") == []
    )
