"""The share of the ECS API in the Control table, on every DynamoDB there is, in front of a real client."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import boto3
import botocore.session
import pytest
from botocore.exceptions import ConnectTimeoutError
from moto import mock_aws

from tests.adapters.stores import create_table
from trimtab.adapters import clock
from trimtab.adapters.api_share import DynamoDbApiShare
from trimtab.model.change import Kind
from trimtab.model.errors import ShareSpentError
from trimtab_lab import in_process
from trimtab_lab.dynamodb import DynamoDb
from trimtab_lab.lab import Lab

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REGISTER, READ = "RegisterTaskDefinition", "DescribeServices"


class Time:
    """A clock that moves when somebody waits; ``ahead`` is how far this machine's is off."""

    def __init__(self):
        self.at, self.ahead, self.waited = START, timedelta(), []

    def now(self):
        return self.at + self.ahead

    def sleep(self, seconds):
        self.waited.append(seconds)
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def time():
    hand = Time()
    clock.use(hand.now, hand.sleep)
    yield hand
    clock.use(None)


@contextmanager
def dynamodb(name):
    if name == "moto":
        with mock_aws():
            yield boto3.client("dynamodb", region_name="eu-west-1")
    else:
        session, lab = botocore.session.Session(), Lab()
        DynamoDb(lab)
        in_process.connect(lab, session)
        yield session.create_client("dynamodb", region_name="eu-west-1")


class Counted:
    """A DynamoDB client that counts updates, and does what a test asks around them."""

    def __init__(self, client):
        self._client, self.updates, self.around = client, 0, lambda update: update()

    def update_item(self, **request):
        self.updates += 1
        return self.around(lambda: self._client.update_item(**request))


@pytest.fixture(params=["moto", "laboratory"])
def control(request):
    with dynamodb(request.param) as client:
        create_table(client, "ControlTable", "control")
        yield Counted(client)


@pytest.fixture
def holder(control, time):
    def made():
        share = DynamoDbApiShare(control, "control", 0.25, counts.append)
        share.counts = counts
        return share

    counts = []
    return made


def taken(share, operation, at_most=100):
    """How many calls can be taken without waiting."""
    for count in range(at_most):
        before = clock.SystemClock().now()
        try:
            with share.working_for(Kind.ROLLBACK, 0):
                share.take(operation)
        except ShareSpentError:
            return count
        assert clock.SystemClock().now() == before
    return at_most


def test_all_holders_together_get_the_share_and_no_more(holder):
    first, second = holder(), holder()

    taken(first, REGISTER, 2)

    assert taken(second, REGISTER) == 2
    assert taken(first, REGISTER) == 0


def test_each_bucket_is_counted_by_itself(holder):
    share = holder()
    taken(share, REGISTER)

    assert taken(share, "UpdateService", 3) == 3


def test_what_was_taken_refills_with_time(holder, time):
    share = holder()
    taken(share, REGISTER)

    time.at += timedelta(seconds=9)

    assert taken(share, REGISTER) == 3


def test_one_call_costs_one_write(holder, control):
    with holder().working_for(Kind.RESTART):
        holder().take(READ)

    assert control.updates == 1


def test_who_reads_a_fleet_leases_several_calls_at_a_time(holder, control):
    share = holder()
    with share.working_for(Kind.RESIZE, 600):
        for _ in range(100):
            share.take(READ)

    assert control.updates < 60


def test_a_read_waits_for_its_turn(holder, time):
    share = holder()
    with share.working_for(Kind.RESIZE, 60):
        for _ in range(40):
            share.take(READ)

    assert time.waited
    assert "ApiShareWaits" in share.counts


def test_a_read_waits_no_longer_than_its_invocation_has_patience(holder, time):
    share = holder()
    with pytest.raises(ShareSpentError), share.working_for(Kind.RESIZE, 2):
        for _ in range(100):
            share.take(READ)

    assert time.at - START <= timedelta(seconds=2)
    assert share.counts[-1] == "ApiShareRefusals"


def test_inside_other_work_the_patience_of_the_whole_is_kept(holder, time):
    share = holder()
    with pytest.raises(ShareSpentError), share.working_for(Kind.RESIZE, 2):
        for _ in range(100):
            with share.working_for(Kind.RESTART, 60):
                share.take(READ)

    assert time.at - START <= timedelta(seconds=2)


def test_a_write_does_not_wait_but_says_when_to_come_again(holder, time):
    share = holder()
    taken(share, REGISTER)

    with pytest.raises(ShareSpentError) as refused:
        share.take(REGISTER)

    assert time.waited == []
    assert 4 < refused.value.seconds < 20


def test_what_a_lease_leaves_over_is_lost_after_a_second(holder, control, time):
    share = holder()
    with share.working_for(Kind.RESIZE, 5):
        share.take(READ)
        share.take(READ)  # leases two, one is left
    updates = control.updates

    time.at += timedelta(seconds=1)
    share.take(READ)

    assert control.updates == updates + 1


def test_an_answer_that_comes_too_late_is_worth_nothing(holder, control, time):
    def late(update):
        answer = update()
        time.at += timedelta(seconds=1.5)
        return answer

    control.around = late
    with pytest.raises(ShareSpentError, match="too late"), holder().working_for(Kind.RESTART, 4):
        holder().take(READ)


def test_a_lost_answer_loses_a_call_and_makes_none(holder, control):
    def lost(update):
        update()
        raise ConnectTimeoutError(endpoint_url="https://simulated.invalid/")

    control.around = lost
    share = holder()
    for _ in range(2):
        with pytest.raises(ShareSpentError, match="does not answer"):
            share.take(REGISTER)
    control.around = lambda update: update()

    assert taken(share, REGISTER) == 2


def test_without_the_table_nothing_is_called(holder, control, time):
    def down(update):
        raise ConnectTimeoutError(endpoint_url="https://simulated.invalid/")

    control.around = down
    with pytest.raises(ShareSpentError, match="does not answer"), holder().working_for(Kind.RESTART, 5):
        holder().take(READ)

    assert time.at - START <= timedelta(seconds=5)


def test_a_clock_an_hour_ahead_blocks_the_others_for_seconds_only(holder, time):
    time.ahead = timedelta(hours=1)
    holder().take(READ)
    time.ahead = timedelta()

    with holder().working_for(Kind.RESTART, 30):
        holder().take(READ)

    assert time.at - START < timedelta(seconds=30)


@pytest.fixture
def guarded(holder, monkeypatch):
    """A real client of ECS whose requests are answered by what a test appends to ``answers``."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "offline")
    client = boto3.Session(region_name="eu-west-1").client("ecs")
    answers, sent = [], []

    def answer(request, **_):
        sent.append(request)
        status, body = answers.pop(0) if answers else (200, b'{"clusterArns": []}')
        from botocore.awsrequest import AWSResponse

        raw = SimpleNamespace(stream=lambda **_: iter([body]), read=lambda **_: body)
        return AWSResponse(request.url, status, {}, raw)

    client.meta.events.register("before-send.ecs", answer)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    share = holder()
    share.guard(client)
    return SimpleNamespace(client=client, share=share, answers=answers, sent=sent)


@pytest.mark.parametrize("control", ["laboratory"], indirect=True)
class TestInFrontOfAClient:
    def test_every_call_is_taken_first(self, guarded, control):
        guarded.client.list_clusters()

        assert (len(guarded.sent), control.updates) == (1, 1)

    def test_every_page_is_taken_first(self, guarded, control):
        guarded.answers += [(200, b'{"clusterArns": ["a"], "nextToken": "2"}')]

        list(guarded.client.get_paginator("list_clusters").paginate())

        assert (len(guarded.sent), control.updates) == (2, 2)

    def test_what_the_sdk_repeats_is_taken_again(self, guarded, control):
        guarded.answers += [(500, b"{}")]

        guarded.client.list_clusters()

        assert (len(guarded.sent), control.updates) == (2, 2)

    def test_nothing_is_sent_without_it(self, guarded, control):
        def down(update):
            raise ConnectTimeoutError(endpoint_url="https://simulated.invalid/")

        control.around = down
        with pytest.raises(ShareSpentError), guarded.share.working_for(Kind.RESTART, 1):
            guarded.client.list_clusters()

        assert guarded.sent == []
