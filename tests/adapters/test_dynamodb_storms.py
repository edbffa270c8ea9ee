"""Counts of stops that come together, and brakes, over moto."""

from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from tests.adapters.stores import create_table
from tests.samples import NOW, minutes
from trimtab.adapters import dynamodb_storms
from trimtab.adapters.dynamodb_items import from_dynamodb
from trimtab.adapters.dynamodb_storms import DynamoDbStorms
from trimtab.decisions.storm import A_STORM_ANYWHERE
from trimtab.model.policy_document import BRAKES
from trimtab.model.restart_policy import CauseClass
from trimtab.model.storm import Brake, CountedStop

LOST = CauseClass.INFRASTRUCTURE
BRAKE = Brake("shop", LOST, "availability_zone=a", NOW, 5, None, NOW, 120)


class Counting:
    """A client that counts its updates."""

    def __init__(self, client):
        self.client, self.updates = client, 0

    def __getattr__(self, name):
        return getattr(self.client, name)

    def update_item(self, **request):
        self.updates += 1
        return self.client.update_item(**request)


@pytest.fixture
def client():
    with mock_aws():
        made = boto3.client("dynamodb", region_name="eu-west-1")
        create_table(made, "ControlTable", "control")
        yield Counting(made)


@pytest.fixture
def storms(client):
    return DynamoDbStorms(client, "control")


def a_stop(number, at=NOW):
    return CountedStop(at, f"task-{number}", ("availability_zone=a", "subnet_id=s"))


def test_stops_of_one_cluster_and_class_are_counted_together_each_once(storms, client):
    for number in (1, 2, 1):
        found = storms.count("shop", LOST, a_stop(number), NOW)
    alone = storms.count("shop", CauseClass.NETWORK, a_stop(3), NOW)

    assert len(found) == 2
    assert {stop.shares for stop in found} == {("availability_zone=a", "subnet_id=s")}
    assert len({stop.lineage for stop in found}) == 2
    assert len(alone) == 1
    assert client.updates == 4


def test_stops_of_long_ago_are_taken_out_of_the_count(storms, client):
    for number in range(dynamodb_storms.PRUNED_FROM):
        storms.count("shop", LOST, a_stop(number), NOW)
    later = NOW + minutes(30)

    (found,) = storms.count("shop", LOST, a_stop(2, later), later)

    assert found.at == later
    (item,) = client.scan(TableName="control")["Items"]
    assert len(item["stops"]["SS"]) == 1


def test_a_full_count_is_left_alone_for_a_while_and_still_answers(storms, client, monkeypatch):
    monkeypatch.setattr(dynamodb_storms, "STOPS_KEPT", 3)
    for number in range(10):
        found = storms.count("shop", LOST, a_stop(number), NOW)

    assert len(found) == 3
    assert client.updates == 3
    other = DynamoDbStorms(client, "control")
    assert len(other.count("shop", LOST, a_stop(11), NOW + timedelta(seconds=40))) == 3


def test_a_count_that_is_full_of_old_stops_takes_new_ones(storms, client, monkeypatch):
    monkeypatch.setattr(dynamodb_storms, "STOPS_KEPT", 3)
    monkeypatch.setattr(dynamodb_storms, "PRUNED_FROM", 3)
    for number in range(3):
        storms.count("shop", LOST, a_stop(number), NOW)
    later = NOW + minutes(30)

    (found,) = DynamoDbStorms(client, "control").count("shop", LOST, a_stop(7, later), later)

    assert found.at == later


def test_a_full_count_is_twice_what_is_a_storm_anywhere_and_outlives_every_window():
    assert dynamodb_storms.STOPS_KEPT == 2 * A_STORM_ANYWHERE
    assert timedelta(seconds=2 * BRAKES["storm_window_seconds"][1]) == dynamodb_storms.LATELY


def test_the_count_of_tracked_tasks_is_kept_and_not_known_before(storms):
    assert storms.tracked("shop") is None
    storms.note_tracked("shop", 40, NOW)

    assert storms.tracked("shop") == 40


def test_a_brake_comes_back_as_it_was_put(storms):
    closed = replace(BRAKE, closed_at=NOW + minutes(5), canary="root first", tracked=9, told=True, version=2)
    assert storms.put(BRAKE, NOW)
    assert storms.brakes("shop", LOST) == [BRAKE]
    assert storms.put(closed, NOW)

    assert storms.brakes("shop", LOST) == [closed]
    assert storms.brakes("shop", CauseClass.NETWORK) == []


def test_only_one_of_two_takes_the_same_step(storms):
    assert storms.put(BRAKE, NOW)
    first, second = (replace(BRAKE, canary=who, version=2) for who in ("root a", "root b"))

    assert storms.put(first, NOW)
    assert not storms.put(second, NOW)
    assert not storms.put(BRAKE, NOW)
    assert storms.brakes("shop", LOST) == [first]


def test_every_item_expires(storms, client):
    storms.count("shop", LOST, a_stop(1), NOW)
    storms.note_tracked("shop", 1, NOW)
    storms.put(BRAKE, NOW)

    found = [from_dynamodb(item) for item in client.scan(TableName="control")["Items"]]
    assert {item["expires_at"] for item in found} == {int((NOW + timedelta(days=1)).timestamp())}
    assert len(found) == 3
