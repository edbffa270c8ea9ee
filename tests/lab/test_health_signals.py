"""What the laboratory's CloudWatch tells of a service's users, read by the functions' own adapter."""

from datetime import timedelta

import pytest

from trimtab.adapters.cloudwatch_signals import CloudWatchSignals
from trimtab.model.signals import Traffic
from trimtab_lab.series import Summary

GROUP = "targetgroup/orders/1"
ARN = f"arn:aws:elasticloadbalancing:eu-west-1:111122223333:{GROUP}"


@pytest.fixture
def signals(client):
    return CloudWatchSignals(client("cloudwatch"))


@pytest.fixture
def count(account):
    """Count something at a load balancer, so many minutes ago."""

    def add(metric, minutes_ago, value, space="AWS/ApplicationELB", balancer="app/shop/9"):
        key = (space, metric, (("LoadBalancer", balancer), ("TargetGroup", GROUP)))
        summary = Summary(1, value, value, value, ((value, 1.0),))
        account.cloudwatch.metrics.to_put(key, "Count").add(
            int(account.clock.now) - minutes_ago * 60, summary
        )

    return add


def hour_before(account, hours):
    end = account.clock.today() - timedelta(hours=hours)
    return end - timedelta(hours=1), end


def test_requests_are_counted_in_the_hours_that_are_asked_for(account, signals, count):
    account.clock.run_for(3 * 3600)
    count("HealthyHostCount", 20, 2)
    for minutes_ago, requests in ((90, 500), (30, 200), (20, 100)):
        count("RequestCount", minutes_ago, requests)
    count("HTTPCode_Target_5XX_Count", 30, 3)
    count("TargetResponseTime", 30, 60)

    before, since = signals.traffic([ARN], (hour_before(account, 1), hour_before(account, 0)))

    assert (before, since) == (Traffic(500, 0, 0), Traffic(300, 3, 60))


def test_a_network_load_balancer_counts_no_requests(account, signals, count):
    count("HealthyHostCount", 0, 2, "AWS/NetworkELB", "net/shop/9")

    assert signals.traffic([ARN], (hour_before(account, 0),)) is None


def test_an_alarm_tells_since_when_it_stands_as_it_does(account, signals):
    account.cloudwatch.alarms.set_state("errors", "ALARM")
    fired = account.clock.today()
    account.clock.run_for(600)
    account.cloudwatch.alarms.set_state("errors", "ALARM", "still")

    (alarm,) = signals.alarms(["errors"])

    assert (alarm.state, alarm.since) == ("ALARM", fired)
