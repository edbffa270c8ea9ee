"""The laboratory's rules and schedules show what the scene's author has put in."""

import boto3
import botocore.session
import pytest

from trimtab_lab import in_process
from trimtab_lab.account import make_lab

TARGET = {"Id": "1", "Arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/prod"}
OF_SCHEDULE = {"Arn": TARGET["Arn"], "RoleArn": "arn:aws:iam::111122223333:role/r"}


@pytest.fixture
def lab():
    return make_lab()


@pytest.fixture
def client(lab):
    session = botocore.session.get_session()
    in_process.connect(lab, session)
    return lambda service: boto3.Session(botocore_session=session).client(service)


def test_a_rule_shows_its_targets_and_is_found_by_them(lab, client):
    lab.schedules.rules["nightly"] = [TARGET]
    events = client("events")

    assert events.list_targets_by_rule(Rule="nightly")["Targets"] == [TARGET]
    assert events.list_rule_names_by_target(TargetArn=TARGET["Arn"])["RuleNames"] == ["nightly"]
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.list_targets_by_rule(Rule="gone")


def test_schedules_are_listed_by_group_and_shown_whole(lab, client):
    lab.schedules.schedules["night", "a"] = OF_SCHEDULE
    lab.schedules.schedules["default", "b"] = OF_SCHEDULE
    scheduler = client("scheduler")

    assert [one["Name"] for one in scheduler.list_schedules()["Schedules"]] == ["a", "b"]
    (listed,) = scheduler.list_schedules(GroupName="night")["Schedules"]
    assert listed["Target"] == {"Arn": TARGET["Arn"]}
    assert scheduler.get_schedule(GroupName="night", Name="a")["Target"] == OF_SCHEDULE
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.get_schedule(GroupName="night", Name="b")
