"""CloudWatch through Stubber: moto never pages, and takes minutes over what is asked here."""

from datetime import timedelta
from math import isnan, nan

import pytest

from tests.samples import NOW, a_service
from trimtab.adapters.cloudwatch import CloudWatchUsage

DAY = timedelta(days=1)
PERIOD = timedelta(minutes=5)


def result(name, *points):
    return {
        "Id": name,
        "Timestamps": [at for at, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete",
    }


def every_five_minutes(start, end, value):
    count = int((end - start) / PERIOD)
    return [(start + PERIOD * n, value) for n in range(count)]


@pytest.fixture
def asked(stubbed):
    """Answer each call with the pages a test gives, and keep the requests."""
    client, stubber = stubbed("cloudwatch")
    requests = []
    client.meta.events.register(
        "provide-client-params.cloudwatch.GetMetricData", lambda params, **_: requests.append(params)
    )

    def answer(*pages):
        for number, results in enumerate(pages):
            more = {"NextToken": f"page-{number}"} if number < len(pages) - 1 else {}
            stubber.add_response("get_metric_data", {"MetricDataResults": list(results), **more})

    return CloudWatchUsage(client), answer, requests


def test_percent_becomes_ratios_of_the_size_over_all_pages(asked):
    usage, answer, _ = asked
    start = NOW - DAY
    cpu = every_five_minutes(start, NOW, 25.0)
    memory = every_five_minutes(start, NOW, 40.0)
    memory[100] = (memory[100][0], 81.5)
    answer(
        [result("cpu0", *cpu[:100]), result("memory0", *memory[:90])],
        [result("cpu0", *cpu[100:])],
        [result("memory0", *memory[90:])],
    )

    seen = usage.since({a_service(): start}, NOW)[a_service().arn]

    assert (len(seen.cpu_ratios), set(seen.cpu_ratios)) == (288, {0.25})
    assert (seen.memory_ratio_max, seen.coverage, seen.days) == (0.815, 1.0, 1.0)


def test_what_is_missing_lowers_the_coverage_and_is_never_zero(asked):
    usage, answer, _ = asked
    start = NOW - DAY
    cpu, memory = every_five_minutes(start, NOW, 25.0), every_five_minutes(start, NOW, 40.0)
    answer([result("cpu0", *cpu), result("memory0", *memory[::2])])

    seen = usage.since({a_service(): start}, NOW)[a_service().arn]

    assert seen.coverage == 0.5
    assert 0 not in seen.cpu_ratios


def test_a_service_without_any_sample_has_no_usage(asked):
    usage, answer, _ = asked
    answer([result("cpu0"), result("memory0")])

    seen = usage.since({a_service(): NOW - DAY}, NOW)[a_service().arn]

    assert (seen.cpu_ratios, seen.memory_ratio_max, seen.coverage) == ((), None, 0.0)


@pytest.mark.parametrize("order", [1, -1])
def test_a_sample_that_is_no_number_is_not_hidden_by_the_others(asked, order):
    usage, answer, _ = asked
    answer([result("cpu0"), result("memory0", *[(NOW - PERIOD, v) for v in (nan, 40.0)][::order])])

    assert isnan(usage.since({a_service(): NOW - DAY}, NOW)[a_service().arn].memory_ratio_max)


def test_each_service_is_cut_to_its_own_start(asked):
    usage, answer, requests = asked
    old, new = a_service("old"), a_service("new")
    series = every_five_minutes(NOW - 2 * DAY, NOW, 50.0)
    answer([result(f"{name}{n}", *series) for name in ("cpu", "memory") for n in (0, 1)])

    seen = usage.since({old: NOW - 2 * DAY, new: NOW - DAY}, NOW)

    assert [len(seen[s.arn].cpu_ratios) for s in (old, new)] == [576, 288]
    assert seen[new.arn].coverage == 1.0
    assert requests[0]["StartTime"] == NOW - 2 * DAY


def test_a_service_that_has_only_just_begun_is_not_asked_about(asked):
    usage, _answer, requests = asked

    seen = usage.since({a_service(): NOW + timedelta(minutes=30), a_service("b"): NOW}, NOW)

    assert [seen[a_service(name).arn].coverage for name in ("orders", "b")] == [0.0, 0.0]
    assert requests == []


def test_a_service_that_has_only_just_begun_spoils_no_other(asked):
    usage, answer, requests = asked
    answer([result("cpu0", (NOW - DAY, 1.0)), result("memory0", (NOW - DAY, 2.0))])

    seen = usage.since({a_service("new"): NOW + DAY, a_service(): NOW - DAY}, NOW)

    assert seen[a_service().arn].cpu_ratios == (0.01,)
    assert len(requests[0]["MetricDataQueries"]) == 2


def test_no_call_asks_for_more_points_than_cloudwatch_returns(asked):
    usage, answer, requests = asked
    fleet = [a_service(f"s{n}") for n in range(30)]
    for count in (12, 12, 6):
        answer([result(f"{m}{n}") for m in ("cpu", "memory") for n in range(count)])

    seen = usage.since(dict.fromkeys(fleet, NOW - 14 * DAY), NOW)

    assert set(seen) == {service.arn for service in fleet}
    points = [len(r["MetricDataQueries"]) * 14 * DAY / PERIOD for r in requests]
    assert max(points) <= 100_800
    assert max(len(r["MetricDataQueries"]) for r in requests) <= 500


def test_usage_is_asked_of_the_free_metrics_by_cluster_and_service(asked):
    usage, answer, requests = asked
    answer([result("cpu0"), result("memory0")])

    usage.since({a_service(): NOW - DAY}, NOW)

    cpu, memory = (query["MetricStat"] for query in requests[0]["MetricDataQueries"])
    assert (cpu["Metric"]["MetricName"], cpu["Stat"], cpu["Period"]) == ("CPUUtilization", "Average", 300)
    assert (memory["Metric"]["MetricName"], memory["Stat"]) == ("MemoryUtilization", "Maximum")
    names = {d["Name"]: d["Value"] for d in cpu["Metric"]["Dimensions"]}
    assert cpu["Metric"]["Namespace"] == "AWS/ECS"
    assert names == {"ClusterName": "shop", "ServiceName": "orders"}


def test_a_point_told_twice_fills_no_gap_and_one_of_the_future_counts_for_nothing(asked):
    usage, answer, _ = asked
    start = NOW - DAY
    half = every_five_minutes(start, NOW, 25.0)[::2]
    later = every_five_minutes(NOW, NOW + DAY, 99.0)
    answer([result("cpu0", *half, *half, *later), result("memory0", *half, *half, *later)])

    seen = usage.since({a_service(): start}, NOW)[a_service().arn]

    assert (seen.coverage, seen.memory_ratio_max, set(seen.cpu_ratios)) == (0.5, 0.25, {0.25})


def test_of_two_values_for_one_moment_the_higher_counts(asked):
    usage, answer, _ = asked
    answer([result("cpu0"), result("memory0", (NOW - PERIOD, 40.0), (NOW - PERIOD, 30.0))])

    assert usage.since({a_service(): NOW - DAY}, NOW)[a_service().arn].memory_ratio_max == 0.4
