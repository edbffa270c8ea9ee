"""One suite for every store of counts: the double, moto's table, the laboratory's."""

from datetime import timedelta

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.cli.operator.conftest import create_table
from tests.doubles.budgets import MemoryBudgets
from tests.samples import NOW
from trimtab.adapters import clock
from trimtab.adapters.dynamodb_budgets import PAUSE_SECONDS, SUCCESSES_KEPT, TRIES, DynamoDbBudgets
from trimtab.decisions.budgets import RUNNING, allowed_at_once
from trimtab.model.budget import Charge, Limits, Record
from trimtab.model.errors import ThrottledError
from trimtab.model.policy_document import LIMIT_MAX
from trimtab_lab.account import make_lab
from trimtab_lab.in_process import connect

ERA = "0.1.0/3"
HOUR = NOW + timedelta(hours=1)


@pytest.fixture(params=["double", "moto", "lab"])
def budgets(request):
    if request.param == "double":
        yield MemoryBudgets()
    elif request.param == "moto":
        with mock_aws():
            client = boto3.client("dynamodb")
            create_table(client, "ControlTable", "control")
            yield DynamoDbBudgets(client, "control")
    else:
        session = botocore.session.get_session()
        connect(make_lab(1), session)
        client = session.create_client("dynamodb", region_name="eu-west-1")
        create_table(client, "ControlTable", "control")
        yield DynamoDbBudgets(client, "control")


def hour(limit, scope="changes/shop"):
    return Charge(scope, "2026-03-02T04", limit, HOUR)


def test_a_limit_lets_as_many_through_as_it_says(budgets):
    answers = [budgets.charge([hour(2)], f"change-{n}") for n in range(4)]

    assert answers == [None, None, hour(2), hour(2)]


def test_charging_twice_for_one_change_is_charging_once(budgets):
    for _ in range(3):
        assert budgets.charge([hour(1)], "change-1") is None

    assert budgets.charge([hour(1)], "change-2") == hour(1)


def test_all_limits_are_charged_or_none_is(budgets):
    budgets.charge([hour(1, "full")], "change-1")

    assert budgets.charge([hour(1, "empty"), hour(1, "full")], "change-2") == hour(1, "full")
    assert budgets.charge([hour(1, "empty")], "change-3") is None


def test_another_window_counts_anew(budgets):
    budgets.charge([hour(1)], "change-1")

    assert budgets.charge([Charge("changes/shop", "2026-03-02T05", 1, HOUR)], "change-2") is None


def test_a_limit_of_nothing_lets_nothing_through(budgets):
    assert budgets.charge([hour(0)], "change-1") == hour(0)


def test_what_costs_nothing_is_always_let_through(budgets):
    assert budgets.charge([], "change-1") is None


def test_a_place_that_is_given_back_is_free_again(budgets):
    place = Charge(RUNNING, RUNNING, 1, NOW, lasts=True)
    budgets.charge([place], "orders 1")
    assert budgets.charge([place], "search 2") == place

    budgets.release(RUNNING, RUNNING, "orders 1")
    budgets.release(RUNNING, RUNNING, "orders 1")

    assert budgets.charge([place], "search 2") is None
    assert budgets.holders(RUNNING, RUNNING) == ["search 2"]


def test_a_failure_ends_the_row_of_successes_and_is_remembered(budgets):
    budgets.note_end(True, NOW, ERA, "resize1")
    budgets.note_end(True, NOW, ERA, "resize2")
    assert budgets.record(ERA) == Record(2, (), proved=True)

    budgets.note_end(False, NOW, ERA, "resize3")
    assert budgets.record(ERA) == Record(0, (NOW,), proved=True)
    budgets.note_end(True, NOW, ERA, "resize3")

    assert budgets.record(ERA) == Record(1, (NOW,), proved=True)


def test_another_release_or_policy_has_proved_nothing_and_knows_the_failures(budgets):
    budgets.note_end(True, NOW, ERA, "resize3")
    budgets.note_end(False, NOW, ERA, "resize3")

    assert budgets.record("0.1.0/4") == Record(0, (NOW,))


def test_a_failure_before_any_success_proves_nothing(budgets):
    budgets.note_end(False, NOW, ERA, "resize3")

    assert budgets.record(ERA) == Record(0, (NOW,))


def test_an_end_that_is_told_twice_counts_once(budgets):
    for _ in range(2):
        budgets.note_end(True, NOW, ERA, "resize1")
    assert budgets.record(ERA).successes == 1

    for _ in range(2):
        budgets.note_end(False, NOW, ERA, "resize2")
    assert budgets.record(ERA).failures == (NOW,)


def test_failures_of_one_instant_are_counted_each(budgets):
    for number in range(3):
        budgets.note_end(False, NOW, ERA, f"resize{number}")

    assert budgets.record(ERA).failures == (NOW,) * 3


def test_an_era_that_goes_well_for_years_fits_into_its_item(aws):
    client = aws("dynamodb")
    create_table(client, "ControlTable", "control")
    kept = DynamoDbBudgets(client, "control")

    for number in range(SUCCESSES_KEPT + 3):
        kept.note_end(True, NOW, ERA, f"resize{number}")

    assert kept.record(ERA) == Record(SUCCESSES_KEPT, (), proved=True)
    assert allowed_at_once(Limits(running_changes=LIMIT_MAX), kept.record(ERA)) == LIMIT_MAX


class Cancels:
    """A client whose first transactions are cancelled for these reasons."""

    def __init__(self, *reasons):
        self.left, self.sent = list(reasons), 0

    def transact_write_items(self, **_):
        self.sent += 1
        if self.left:
            told = {"Error": {"Code": "TransactionCanceledException"}}
            told["CancellationReasons"] = [{"Code": code} for code in self.left.pop(0)]
            raise ClientError(told, "TransactWriteItems")


MET = ("None", "TransactionConflict")


@pytest.fixture
def waited():
    """The seconds that were waited for, with no time passing."""
    seconds = []
    clock.use(lambda: NOW, seconds.append)
    yield seconds
    clock.use(None)


def test_those_who_are_counted_at_the_same_instant_try_again_at_times_of_their_own(waited):
    for holder in ("orders 1", "search 2"):
        client = Cancels(MET, MET)
        assert DynamoDbBudgets(client, "control").charge([hour(9), hour(9, "all")], holder) is None
        assert client.sent == TRIES

    assert len(set(waited)) == 4
    assert max(waited) <= PAUSE_SECONDS


def test_who_meets_others_every_time_is_throttled_and_not_struck_down(waited):
    client = Cancels(MET, MET, ("ThrottlingError", "None"), MET)

    with pytest.raises(ThrottledError, match="same limits"):
        DynamoDbBudgets(client, "control").charge([hour(9), hour(9, "all")], "orders 1")

    assert client.sent == TRIES


def test_a_limit_that_is_reached_is_told_also_when_others_were_met(waited):
    client = Cancels(("TransactionConflict", "ConditionalCheckFailed"))

    answer = DynamoDbBudgets(client, "control").charge([hour(9), hour(9, "all")], "orders 1")

    assert (answer, waited) == (hour(9, "all"), [])


def test_a_fault_of_the_request_itself_is_not_tried_again(waited):
    client = Cancels(("None", "ValidationError"))

    with pytest.raises(ClientError):
        DynamoDbBudgets(client, "control").charge([hour(9), hour(9, "all")], "orders 1")

    assert (client.sent, waited) == (1, [])
