"""The archive of stops, over moto."""

from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from tests.adapters.stores import create_table
from tests.samples import NOW, ORDERS, a_crash, a_stop, a_task, minutes
from trimtab.adapters.dynamodb_items import from_dynamodb
from trimtab.adapters.dynamodb_stops import DynamoDbStops
from trimtab.model.stop import stop_of
from trimtab.model.verdict import Action, Cause, Owner, Verdict

VERDICT = Verdict("r", Cause.APPLICATION, Action.RESTART, Owner.STANDALONE, "why", "Because.", {"run_s": 9.5})


@pytest.fixture
def client():
    with mock_aws():
        made = boto3.client("dynamodb", region_name="eu-west-1")
        create_table(made, "ControlTable", "control")
        yield made


@pytest.fixture
def stops(client):
    return DynamoDbStops(client, "control")


def items(client):
    return [from_dynamodb(item) for item in client.scan(TableName="control")["Items"]]


def kept(task, decided="planned", now=NOW):
    return stop_of(task, VERDICT, decided, "It is started again.", now)


def test_a_stop_is_kept_for_30_days_under_its_family(client, stops):
    stop = a_crash()
    assert not stops.is_archived(stop)

    assert stops.archive(kept(stop), NOW)

    assert stops.is_archived(stop)
    assert not stops.is_archived(a_crash("other"))
    (item,) = items(client)
    assert (item["key"], item["stopped_on"]) == ("stop#shop/family:nightly", "2026-03-02")
    assert item["expires_at"] == (NOW + timedelta(days=30)).timestamp()


def test_a_stop_is_read_as_it_was_kept(stops):
    stop = a_stop(evidence={"run_s": 9.5, "version": 5, "stopped_reason": "…"})

    stops.archive(stop, NOW)

    assert list(stops.search(NOW, NOW)) == [stop]


def test_what_was_decided_on_a_stop_first_stays(client, stops):
    stops.archive(kept(a_crash()), NOW)

    assert not stops.archive(kept(a_crash(), "attempts_used_up"), NOW + minutes(9))

    assert [item["decided"] for item in items(client)] == ["planned"]


def test_a_task_that_has_not_stopped_is_not_archived(stops):
    assert not stops.is_archived(a_task())


def test_the_stops_of_a_service_are_found_under_it_alone(stops):
    early, late = a_stop(NOW - minutes(9), task_id="early"), a_stop(NOW, task_id="late")
    others = a_stop(service="carts"), a_stop(cluster="elsewhere"), a_stop(service=None, family="orders")
    for stop in (late, early, *others):
        stops.archive(stop, NOW)

    assert stops.of_service(ORDERS, NOW - minutes(60)) == (early, late)
    assert stops.of_service(ORDERS, NOW - minutes(1)) == (late,)
    assert stops.of_service(ORDERS + "-api", NOW - minutes(60)) == ()


def test_a_search_over_midnight_finds_both_days_in_order(stops):
    midnight = NOW.replace(hour=0, minute=0, second=0)
    before, after = a_stop(midnight - minutes(1), task_id="a"), a_stop(midnight, task_id="b")
    for stop in (after, before):
        stops.archive(stop, NOW)

    assert list(stops.search(midnight - minutes(5), NOW)) == [before, after]
    assert list(stops.search(midnight, NOW)) == [after]
    assert list(stops.search(midnight - minutes(5), midnight - minutes(1))) == [before]


def test_more_stops_than_one_page_holds_are_all_found(stops):
    told = [a_stop(NOW, task_id=f"{n:03}", sentence="x" * 60_000) for n in range(40)]
    for stop in told:
        stops.archive(stop, NOW)

    assert list(stops.search(NOW - minutes(1), NOW, family="orders")) == told
    assert stops.of_service(ORDERS, NOW - minutes(1)) == tuple(told)


def test_a_stop_without_a_time_is_kept_as_of_now():
    assert kept(replace(a_crash(), stopped_at=None)).at == NOW
