"""Container Insights through Stubber: what is asked, and what comes of it."""

from datetime import timedelta
from math import nan

import pytest

from tests.adapters.test_cloudwatch import result
from tests.samples import NOW, a_service
from trimtab.adapters.container_insights import CONTAINERS_MAX, FAMILY_METRICS, ContainerInsights
from trimtab.model.usage import ContainerUse

NIGHTLY = ("shop", "nightly")
START = NOW - timedelta(days=1)


@pytest.fixture
def insights(stubbed):
    client, stubber = stubbed("cloudwatch")
    requests = []
    for operation in ("GetMetricData", "ListMetrics"):
        client.meta.events.register(
            f"provide-client-params.cloudwatch.{operation}", lambda params, **_: requests.append(params)
        )
    return ContainerInsights(client), stubber, requests


def listed(**dimensions):
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    return {"Namespace": "ECS/ContainerInsights", "MetricName": "MemoryUtilized", "Dimensions": named}


def of_container(name, **more):
    return listed(ClusterName="shop", ServiceName="orders", ContainerName=name, **more)


def test_containers_are_those_that_are_listed_of_the_service_and_their_highest_use_is_told(insights):
    reader, stubber, requests = insights
    task = of_container("app", TaskId="7d3c")
    stubber.add_response("list_metrics", {"Metrics": [of_container("proxy"), task, of_container("app")]})
    first = [
        result("memory0", (START, 300.0)),
        result("cpu0", (START, 90.0)),
    ]
    rest = [result("memory0", (NOW, 310.0)), result("cpu0", (NOW, 80.0)), result("memory1"), result("cpu1")]
    stubber.add_response("get_metric_data", {"MetricDataResults": first, "NextToken": "more"})
    stubber.add_response("get_metric_data", {"MetricDataResults": rest})

    found = reader.of_containers(a_service(), START, NOW)

    assert found == {"app": ContainerUse(310.0, 90.0, frozenset({START.date(), NOW.date()}))}
    assert requests[0]["Dimensions"] == [
        {"Name": "ClusterName", "Value": "shop"}, {"Name": "ServiceName", "Value": "orders"},
    ]  # fmt: skip
    asked = [
        (
            query["MetricStat"]["Metric"]["MetricName"],
            query["MetricStat"]["Stat"],
            query["MetricStat"]["Period"],
        )
        for query in requests[1]["MetricDataQueries"]
    ]
    assert asked == [
        ("ContainerMemoryUtilized", "Maximum", 3600), ("ContainerCpuUtilized", "Average", 3600),
    ] * 2  # fmt: skip


def test_without_enhanced_observability_nothing_is_asked_that_is_billed(insights):
    reader, stubber, requests = insights
    stubber.add_response("list_metrics", {"Metrics": []})

    assert reader.of_containers(a_service(), START, NOW) == {}
    assert len(requests) == 1


def test_families_are_found_over_all_pages_and_single_tasks_are_none(insights):
    reader, stubber, (requests) = insights
    family = listed(ClusterName="shop", TaskDefinitionFamily="nightly")
    task = listed(ClusterName="shop", TaskDefinitionFamily="other", TaskId="7d3c")
    elsewhere = listed(ClusterName="spare", TaskDefinitionFamily="nightly")
    for _ in range(2):
        stubber.add_response("list_metrics", {"Metrics": [family, task], "NextToken": "more"})
        stubber.add_response("list_metrics", {"Metrics": [elsewhere]})

    assert reader.families(("shop",)) == {NIGHTLY}
    assert reader.families(()) == {NIGHTLY, ("spare", "nightly")}
    assert requests[0]["Dimensions"] == [{"Name": "TaskDefinitionFamily"}]


def test_a_family_is_asked_for_in_five_series_of_units(insights):
    reader, stubber, requests = insights
    values = {
        "cpu": 200.0,
        "cpumaximum": 300.0,
        "memory": 900.0,
        "cpureserved": 1024.0,
        "memoryreserved": 2048.0,
    }
    results = [
        result(f"{name}0", (START - timedelta(minutes=5), 1.0), (NOW, values[name])) for name in values
    ]
    stubber.add_response("get_metric_data", {"MetricDataResults": results})

    ((family, points),) = reader.of_families({NIGHTLY: START}, NOW + timedelta(minutes=5))

    assert (family, points.whole) == (NIGHTLY, True)
    assert points.cpu_average == ((NOW, 200.0),)
    assert points.cpu_maximum == ((NOW, 300.0),)
    assert points.memory_maximum == ((NOW, 900.0),)
    assert points.cpu_reserved == ((NOW, 1024.0),)
    assert points.memory_reserved == ((NOW, 2048.0),)
    (request,) = requests
    asked = [
        (q["MetricStat"]["Metric"]["MetricName"], q["MetricStat"]["Stat"])
        for q in request["MetricDataQueries"]
    ]
    assert asked == list(FAMILY_METRICS.values())
    assert {q["MetricStat"]["Period"] for q in request["MetricDataQueries"]} == {300}


def test_what_was_not_told_whole_is_said(insights):
    reader, stubber, _ = insights
    results = [{**result(f"{name}0", (NOW, 1.0)), "StatusCode": "PartialData"} for name in FAMILY_METRICS]
    stubber.add_response("get_metric_data", {"MetricDataResults": results})

    ((_, points),) = reader.of_families({NIGHTLY: START}, NOW + timedelta(minutes=5))

    assert not points.whole


def test_a_family_that_has_been_read_is_not_asked_for(insights):
    reader, _, requests = insights

    assert list(reader.of_families({NIGHTLY: NOW}, NOW)) == []
    assert requests == []


def of_each(*names):
    """Return what is told of containers that all use the same."""
    return [
        result(f"{metric}{n}", (START, value))
        for n, _ in enumerate(names)
        for metric, value in (("memory", 50.0), ("cpu", 9.0))
    ]


@pytest.mark.parametrize(
    "fault",
    [
        result("memory1", (START, 50.0), (NOW, nan)),
        result("memory1", (START, -1.0)),
        result("memory1"),
        {**result("memory1", (START, 50.0)), "StatusCode": "PartialData"},
        {**result("memory1", (START, 50.0)), "StatusCode": "InternalError"},
    ],
)
def test_with_a_fault_in_what_one_of_them_used_no_split_is_known(insights, fault):
    reader, stubber, _ = insights
    names = ("app", "ecs-service-connect-x7")
    told = [fault if one["Id"] == "memory1" else one for one in of_each(*names)]
    stubber.add_response("list_metrics", {"Metrics": [of_container(name) for name in names]})
    stubber.add_response("get_metric_data", {"MetricDataResults": told})

    assert reader.of_containers(a_service(), START, NOW) == {}


def test_one_that_did_not_run_in_that_time_has_used_nothing(insights):
    reader, stubber, _ = insights
    names = ("app", "ecs-service-connect-x7")
    told = [
        one if one["Id"].endswith("0") else {**one, "Timestamps": [], "Values": []} for one in of_each(*names)
    ]
    stubber.add_response("list_metrics", {"Metrics": [of_container(name) for name in names]})
    stubber.add_response("get_metric_data", {"MetricDataResults": told})

    assert set(reader.of_containers(a_service(), START, NOW)) == {"app"}


def test_of_more_containers_than_can_be_read_none_is_read_and_billed(insights):
    reader, stubber, requests = insights
    agents = [of_container(f"aws-guardduty-agent-{n}") for n in range(CONTAINERS_MAX)]
    stubber.add_response("list_metrics", {"Metrics": [*agents, of_container("web")]})

    assert reader.of_containers(a_service(), START, NOW) == {}
    assert len(requests) == 1
