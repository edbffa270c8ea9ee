from datetime import timedelta

from tests.samples import NOW, a_service
from trimtab.adapters.cloudwatch_task_counts import CloudWatchTaskCounts


def a_result(name, *values):
    return {
        "Id": name,
        "Timestamps": [NOW + timedelta(minutes=5 * n) for n in range(len(values))],
        "Values": values,
    }


def test_counts_and_ratios_come_over_all_pages_in_their_order(stubbed):
    client, stubber = stubbed("cloudwatch")
    asked = []
    client.meta.events.register(
        "provide-client-params.cloudwatch.GetMetricData", lambda params, **_: asked.append(params)
    )
    first = [a_result("samples", 30.0, 30.0), a_result("cpu", 25.0)]
    stubber.add_response("get_metric_data", {"MetricDataResults": first, "NextToken": "n"})
    stubber.add_response("get_metric_data", {"MetricDataResults": [a_result("cpu", 50.0)]})

    found = CloudWatchTaskCounts(client).of(a_service(), NOW - timedelta(days=14), NOW)

    assert (found.samples, found.cpu_ratios) == ((30.0, 30.0), (0.25, 0.5))
    assert {query["MetricStat"]["Stat"] for query in asked[0]["MetricDataQueries"]} == {
        "SampleCount",
        "Average",
    }


def test_nothing_counted_is_nothing(stubbed):
    client, stubber = stubbed("cloudwatch")
    stubber.add_response("get_metric_data", {"MetricDataResults": []})

    assert CloudWatchTaskCounts(client).of(a_service(), NOW, NOW + timedelta(days=1)).samples == ()
