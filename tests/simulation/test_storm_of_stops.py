"""Hundreds of standalone tasks stop within one minute; `make bench-restart` lives it with 5,000."""

from collections import Counter

import pytest

from tests.benchmarks.restart import FAMILIES, jobs, storm
from trimtab.adapters.api_share import DynamoDbApiShare
from trimtab.model.budget import Limits

STOPS = 300


@pytest.fixture(scope="module")
def lived():
    with jobs(STOPS, FAMILIES, {}) as made:
        return storm(made, STOPS)


def test_each_stop_ends_in_one_change_that_was_launched_or_says_why_not(lived):
    assert lived["stops_answered_once"]
    assert (lived["open"], lived["without_a_reason"]) == (0, 0)
    ended = Counter({ended: count for (ended, _), count in lived["ended"].items()})
    assert ended["succeeded"] == lived["launched"] > 0
    assert ended["succeeded"] + ended["expired"] == STOPS


def test_restarts_stay_within_their_limits(lived):
    limits = Limits()

    assert lived["most_in_an_hour"]["family"] <= limits.restarts_per_family_per_hour
    assert lived["most_in_an_hour"]["cluster"] <= limits.restarts_per_cluster_per_hour
    assert lived["most_in_an_hour"]["cluster"] > limits.restarts_per_cluster_per_hour / 2


def test_one_alert_tells_of_the_storm_and_nothing_starts_with_it_but_the_first(lived):
    assert lived["alerts"]["storm"] == 1
    assert lived["told"]["lineages"] >= 50
    assert lived["started_in_two_minutes"] == 1


def test_the_share_of_the_api_is_kept_and_a_stop_costs_few_calls(lived):
    assert lived["over_the_share"] == []
    assert sum(lived["calls_a_stop_to_judge"].values()) < 25


def test_without_the_share_more_would_have_been_asked(monkeypatch):
    monkeypatch.setattr(DynamoDbApiShare, "take", lambda share, operation: None)
    with jobs(40, 40, {}) as made:
        for _ in range(20):
            made.applier.tasks.started_by("prod", "somebody")

        assert made.line.over_the_share() == ["cluster-resource-read"]
