"""CloudWatch through Stubber: moto never pages, and takes minutes over what is asked here."""

from datetime import timedelta
from math import isnan, nan

import pytest

from tests.samples import NOW, a_service
from trimtab.adapters.cloudwatch import METRICS, CloudWatchUsage

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


def test_the_memory_of_a_family_is_that_of_its_fullest_minute(asked):
    usage, answer, requests = asked
    minutes = [NOW - timedelta(minutes=n) for n in (3, 2, 1)]
    used = zip(minutes, (500.0, 990.0, 700.0), strict=True)
    reserved = zip(minutes[:2], (1000.0, 1000.0), strict=True)
    answer([result("used", *used), result("reserved", *reserved)])

    assert usage.memory_of_family("shop", "nightly", NOW - DAY, NOW) == 0.99

    (request,) = requests
    metric = request["MetricDataQueries"][0]["MetricStat"]["Metric"]
    assert metric["Namespace"] == "ECS/ContainerInsights"
    assert metric["Dimensions"] == [
        {"Name": "ClusterName", "Value": "shop"}, {"Name": "TaskDefinitionFamily", "Value": "nightly"},
    ]  # fmt: skip


def test_without_container_insights_the_memory_of_a_family_is_not_known(asked):
    usage, answer, _ = asked
    answer([result("used"), result("reserved")])
    answer([result("used", (NOW, nan)), result("reserved", (NOW, 512.0))])
    answer([result("used", (NOW, 5.0)), result("reserved", (NOW, 0.0))])

    assert usage.memory_of_family("shop", "nightly", NOW - DAY, NOW) is None
    assert isnan(usage.memory_of_family("shop", "nightly", NOW - DAY, NOW))
    assert usage.memory_of_family("shop", "nightly", NOW - DAY, NOW) is None


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


def told(name, *points, status="Complete"):
    return {**result(name, *points), "StatusCode": status}


def points_of(asked, start, *pages, end=NOW):
    usage, answer, requests = asked
    answer(*pages)
    return dict(usage.points({a_service(): start}, end)), requests


def test_points_are_given_as_they_were_told_in_ratios(asked):
    odd = [(NOW - PERIOD, nan), (NOW - PERIOD, 40.0), (NOW - PERIOD, -5.0)]
    seen, requests = points_of(
        asked, NOW - DAY, [told("cpu0", *odd), told("cpu_maximum0", *odd[1:]), told("memory0", odd[1])]
    )

    found = seen[a_service()]
    assert isnan(found.cpu_average[0][1])
    assert found.cpu_average[1:] == found.cpu_maximum == ((NOW - PERIOD, 0.4), (NOW - PERIOD, -0.05))
    assert (found.memory_maximum, found.whole) == (((NOW - PERIOD, 0.4),), True)
    asked_for = [
        (q["MetricStat"]["Metric"]["MetricName"], q["MetricStat"]["Stat"])
        for q in requests[0]["MetricDataQueries"]
    ]
    assert asked_for == [
        ("CPUUtilization", "Average"), ("CPUUtilization", "Maximum"), ("MemoryUtilization", "Maximum"),
    ]  # fmt: skip


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_what_cloudwatch_did_not_tell_whole_is_said_to_be_so(asked, status):
    one = (NOW - PERIOD, 1.0)
    seen, _ = points_of(
        asked, NOW - DAY, [told("cpu0", one), told("cpu_maximum0", one, status=status), told("memory0", one)]
    )

    assert not seen[a_service()].whole


def test_a_series_that_is_not_answered_at_all_is_not_whole(asked):
    seen, _ = points_of(asked, NOW - DAY, [told("cpu0"), told("memory0")])

    assert not seen[a_service()].whole


def test_what_goes_on_on_the_next_page_is_whole(asked):
    one, two = (NOW - 2 * PERIOD, 1.0), (NOW - PERIOD, 2.0)
    seen, _ = points_of(
        asked, NOW - DAY,
        [told("cpu0", one, two), told("cpu_maximum0", one, status="PartialData")],
        [told("cpu_maximum0", two), told("memory0", one, two)],
    )  # fmt: skip

    assert seen[a_service()].whole
    assert len(seen[a_service()].cpu_maximum) == 2


def test_points_of_a_time_that_was_not_asked_for_are_a_fault_of_the_clock(asked):
    late = (NOW + PERIOD, 1.0)
    seen, _ = points_of(
        asked, NOW - DAY, [told("cpu0", late), told("cpu_maximum0", late), told("memory0", late)]
    )

    assert not seen[a_service()].whole


def test_those_that_go_back_as_far_are_asked_for_together_and_no_call_returns_too_much(asked):
    usage, answer, requests = asked
    fleet = {a_service(f"s{n}"): NOW - (35 if n < 5 else 1) * DAY for n in range(60)}
    for count in (3, 3, 54):
        answer([told(f"{m}{n}") for m in METRICS for n in range(count)])

    assert {service for service, _ in usage.points(fleet, NOW)} == set(fleet)

    for request in requests:
        periods = (request["EndTime"] - request["StartTime"]) / PERIOD
        assert len(request["MetricDataQueries"]) * periods <= 100_800
        assert len(request["MetricDataQueries"]) <= 500
    assert len(requests) == 3


def test_a_service_with_nothing_left_to_read_is_not_asked_about(asked):
    usage, _answer, requests = asked

    assert list(usage.points({a_service(): NOW}, NOW)) == []
    assert requests == []
