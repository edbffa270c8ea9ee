"""The Control table and the seal, over moto."""

import json
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from tests.adapters.stores import create_table
from tests.doubles.world import Scene
from tests.samples import (
    CLUSTER,
    NOW,
    ON_DEMAND,
    ORDERS,
    SPOT_FIRST,
    a_stop,
    a_task,
    minutes,
    revision,
)
from tests.tidy.stack import features, role_statements, written
from trimtab.adapters.dynamodb_control import DynamoDbControl
from trimtab.adapters.dynamodb_items import from_dynamodb, to_dynamodb
from trimtab.adapters.dynamodb_steering import ONLY, kept_item
from trimtab.adapters.dynamodb_stops import DynamoDbStops
from trimtab.adapters.dynamodb_storms import DynamoDbStorms
from trimtab.adapters.kms import KmsSeal
from trimtab.decisions.capacity_shift import Episode
from trimtab.model.digest import DayDigest, SizingHistory
from trimtab.model.keys import task_id
from trimtab.model.launch import LaunchRequest, Lineage, Recipe
from trimtab.model.policy import BUILT_IN
from trimtab.model.reading import BeforeStart, Remembered
from trimtab.model.restart_policy import CauseClass
from trimtab.model.sizing import MemoryFloor
from trimtab.model.storm import Brake
from trimtab.model.switch import NEVER_SET, UNREADABLE, Position, Switch
from trimtab.model.task_definition import family_arn, family_workload

CANARY = "canary-5b1f"
SHARES = ("subnet_id=subnet-1", "availability_zone=eu-west-1a")
FIRST, SECOND = a_task("first").task_arn, a_task("second").task_arn


class Kept:
    """A Control table and what lies in it."""

    def __init__(self):
        self.client = boto3.client("dynamodb", region_name="eu-west-1")
        create_table(self.client, "ControlTable", "control")
        kms = boto3.client("kms", region_name="eu-west-1")
        self.seal = KmsSeal(kms, kms.create_key()["KeyMetadata"]["Arn"])
        self.control = DynamoDbControl(self.client, "control", self.seal)

    def put(self, **item):
        self.client.put_item(TableName="control", Item=to_dynamodb(item))

    def link(self, task_arn, root, change_id):
        item = kept_item("lineage", ONLY, {"root": root, "change_id": change_id}, task_id(task_arn), NOW)
        self.client.put_item(TableName="control", Item=item)

    def clear(self):
        for item in self.client.scan(TableName="control")["Items"]:
            key = {name: item[name] for name in ("key", "part")}
            self.client.delete_item(TableName="control", Key=key)
        self.control._kept.clear()

    def items(self):
        return [from_dynamodb(item) for item in self.client.scan(TableName="control")["Items"]]


@pytest.fixture(scope="module")
def made():
    with mock_aws():
        yield Kept()


@pytest.fixture
def kept(made):
    yield made
    made.clear()


@pytest.fixture
def control(kept):
    return kept.control


def a_brake(key):
    return Brake("shop", CauseClass.NETWORK, key, NOW, 7, 9, NOW + minutes(2), 120)


def a_recipe(**said):
    told = {
        "task_arn": FIRST,
        "cluster": CLUSTER,
        "task_definition": revision(3, "nightly"),
        "group": "family:nightly",
        "launch_type": None,
        "capacity_provider_strategy": SPOT_FIRST,
        "platform_version": "1.4.0",
        "subnets": ("subnet-1",),
        "security_groups": ("sg-1", "sg-2"),
        "assign_public_ip": False,
        "enable_execute_command": True,
        "tags": {"team": "data"},
        "overrides": {
            "containerOverrides": [{"name": "job", "environment": [{"name": "K", "value": CANARY}]}]
        },
        "missing": ("weights of the capacity provider strategy",),
        "started_by": "cron-host",
        "placement_constraints": ({"type": "distinctInstance"},),
        "placement_strategy": ({"type": "spread", "field": "host"},),
        "propagate_tags": "TASK_DEFINITION",
        "enable_ecs_managed_tags": True,
    }
    return Recipe(**{**told, **said})


def before_start(control, task_arn=FIRST):
    return control.before_start(task_arn, "shop", CauseClass.NETWORK, SHARES)


def launched(control, task_arn=FIRST):
    sealed = before_start(control, task_arn).recipe
    return control.open(sealed) if sealed else None


def test_a_new_installation_may_only_roll_back_and_has_the_built_in_policy(control):
    assert control.switch_and_policy() == (NEVER_SET, BUILT_IN)
    assert NEVER_SET.position is Position.ROLLBACK_ONLY


def test_switch_and_policy_are_read_as_they_were_set(control):
    switch = Switch(Position.RUN, "armed", "operator", NOW)
    control.set_switch(switch)
    version = control.put_policy({"services": [{"service": "orders", "mode": "observe"}]})

    read, policy = control.switch_and_policy()

    assert read == switch
    assert (version, policy.version, policy.services[0].service) == (1, 1, "orders")


@pytest.mark.parametrize(
    "broken",
    [
        {"position": "sideways", "reason": "x", "set_by": "y"},
        {"position": "run", "set_by": "y"},
        {"position": "run", "reason": "x", "set_by": "y", "set_at": "yesterday"},
        {"position": "run", "reason": "x", "set_by": "y", "set_at": 20260302},
        {"position": 1, "reason": "x", "set_by": "y"},
    ],
)
def test_a_switch_that_cannot_be_read_stops_everything(kept, control, broken):
    kept.put(key="switch", part="-", **broken)

    switch, _ = control.switch_and_policy()

    assert switch is UNREADABLE
    assert switch.position is Position.STOP


@pytest.mark.parametrize(
    "broken",
    [
        {"version": 4, "document": "{not json"},
        {"version": 4, "document": json.dumps({"services": [{"mode": "apply!"}]})},
        {"version": 4, "document": {"services": []}},
        {"version": 4, "document": None},
        {"version": 4},
    ],
)
def test_a_policy_that_cannot_be_read_is_none_and_leaves_the_switch_readable(kept, control, broken):
    control.set_switch(Switch(Position.RUN, "armed", "operator", NOW))
    kept.put(key="policy", part="current", **broken)

    switch, policy = control.switch_and_policy()

    assert policy is None
    assert switch.position is Position.RUN


def test_a_table_that_cannot_be_asked_stops_everything(kept):
    # moto cannot be told to refuse a transaction of reads.
    with Stubber(kept.client) as stubber:
        stubber.add_client_error("transact_get_items", "ThrottlingException")

        assert kept.control.switch_and_policy() == (UNREADABLE, None)


def test_a_recipe_comes_back_whole(control):
    recipe = a_recipe()

    control.remember_recipe(recipe, NOW)

    assert launched(control) == recipe
    assert control.has_recipe(FIRST)
    assert launched(control, SECOND) is None
    assert not control.has_recipe(SECOND)


def test_no_secret_of_an_override_lies_in_the_table(kept, control):
    control.remember_recipe(a_recipe(), NOW)

    raw = kept.client.scan(TableName="control")["Items"]

    assert CANARY not in repr(raw)
    assert CANARY not in repr(a_recipe())


def test_a_recipe_of_an_earlier_release_is_read_without_what_it_does_not_say(kept, control):
    control.remember_recipe(a_recipe(), NOW)
    newer = (
        "started_by",
        "placement_constraints",
        "placement_strategy",
        "propagate_tags",
        "enable_ecs_managed_tags",
    )
    (item,) = kept.items()
    for name in newer:
        del item[name]
    kept.put(**item)

    told = dict(zip(newer, (None, (), (), None, False), strict=True))
    assert launched(control) == a_recipe(**told)


def test_a_request_comes_back_whole_whether_or_not_there_is_a_recipe(control):
    request = LaunchRequest(
        launch_type="EC2",
        subnets=("subnet-1",),
        assign_public_ip=True,
        tags={"a": "b"},
        unsupported=("referenceId",),
    )
    assert control.launch_request(FIRST) is None

    control.remember_request(FIRST, request, NOW)
    assert not control.has_recipe(FIRST)
    control.remember_recipe(a_recipe(), NOW)

    assert control.launch_request(FIRST) == before_start(control).request == request
    assert launched(control) == a_recipe()


def test_tasks_that_run_are_listed_until_they_are_forgotten(kept, control):
    tasks = [a_task(name, started_by=None) for name in ("first", "second")]
    for task in tasks:
        control.remember_live(task, NOW)
        control.remember_live(task, NOW)

    first, second = control.live_tasks()
    control.forget_live(SECOND)
    control.forget_live(SECOND)

    assert (first.task.task_arn, second.task.task_arn, first.seen_at) == (FIRST, SECOND, NOW)
    whole = a_task("first", started_by=None)
    for name in ("cluster_name", "family", "group", "started_by", "started_at"):
        assert getattr(first.task, name) == getattr(whole, name)
    assert [live.task.task_arn for live in control.live_tasks()] == [FIRST]
    assert all("expires_at" in item for item in kept.items())


def test_overrides_that_override_nothing_need_no_key(kept, monkeypatch):
    monkeypatch.setattr(kept.seal, "_client", None)
    nothing = {"containerOverrides": [{"name": "job"}], "inferenceAcceleratorOverrides": []}

    kept.control.remember_recipe(a_recipe(overrides=nothing), NOW)

    assert launched(kept.control) == a_recipe(overrides={})


def test_what_is_remembered_of_a_stop_is_read_with_switch_and_policy(kept, control):
    task = a_task("second")
    family = family_arn(task.task_definition_arn)
    assert control.remembered(task, NOW) == Remembered(NEVER_SET, BUILT_IN, Lineage(SECOND))

    control.set_switch(Switch(Position.RUN, "armed", "operator", NOW))
    control.put_policy({"standalone": [{"family": "nightly"}]})
    control.remember_recipe(a_recipe(task_arn=SECOND), NOW)
    kept.link(SECOND, FIRST, "change-1")
    control.raise_floor(family, 2048, NOW)
    control.quarantine(task.task_definition_arn, "change-1", NOW)
    control.clear(family, "mended", "operator", NOW - minutes(5))
    control.propose_memory(family_workload(task.task_definition_arn, "shop"), 3072, NOW)
    control._kept.clear()
    told = control.remembered(task, NOW)

    assert told.policy.standalone[0].family == "nightly"
    assert told == Remembered(
        Switch(Position.RUN, "armed", "operator", NOW),
        told.policy,
        Lineage(FIRST, "change-1"),
        {"team": "data"},
        2048,
        NOW,
        NOW - minutes(5),
        3072,
    )
    assert control.remembered(task, NOW + timedelta(days=8)).proposed_mib == 0
    assert control.remembered(task, NOW + timedelta(days=31)).floor_mib == 0
    with Stubber(kept.client):  # no further call
        assert control.has_recipe(SECOND)


def test_a_restart_reads_its_own_brakes_with_switch_and_policy(kept, control):
    storms = DynamoDbStorms(kept.client, "control")
    ours, theirs = (a_brake(key) for key in (SHARES[0], "subnet_id=another"))
    for brake in (ours, theirs, replace(ours, cause_class=CauseClass.CAPACITY)):
        assert storms.put(brake, NOW)

    assert before_start(control) == BeforeStart(NEVER_SET, BUILT_IN, brakes=(ours,))
    assert control.before_start(FIRST, "shop", None, SHARES).brakes == ()


def test_nothing_is_known_of_a_task_while_the_table_cannot_be_asked(kept):
    with Stubber(kept.client) as stubber:
        stubber.add_client_error("transact_get_items", "TransactionCanceledException")
        stubber.add_client_error("transact_get_items", "ThrottlingException")

        assert kept.control.remembered(a_task("first"), NOW) == Remembered(UNREADABLE, None, Lineage(FIRST))
        assert before_start(kept.control) == BeforeStart(UNREADABLE, None)


def test_a_recipe_is_cleaned_up_after_60_days(kept, control):
    control.remember_recipe(a_recipe(), NOW)

    assert kept.items()[0]["expires_at"] == (NOW + timedelta(days=60)).timestamp()


def test_overrides_as_large_as_ecs_takes_them_are_sealed(control):
    value = "x" * 8000
    recipe = a_recipe(overrides={"containerOverrides": [{"name": "job", "command": [value]}]})

    control.remember_recipe(recipe, NOW)

    assert launched(control).overrides == recipe.overrides


@pytest.mark.parametrize("size", [1, 4096, 4097, 20000])
def test_a_seal_opens_to_the_same_bytes(kept, size):
    clear = bytes(i % 251 for i in range(size))

    sealed = kept.seal.seal(clear, "task-1")

    assert kept.seal.open(sealed, "task-1") == clear
    assert size < 100 or clear not in b"".join(sealed)  # one byte is in any ciphertext now and then


def test_what_was_sealed_for_one_task_cannot_be_opened_for_another(kept):
    sealed = kept.seal.seal(b"secret", "task-1")

    with pytest.raises(ClientError, match="InvalidCiphertext"):
        kept.seal.open(sealed, "task-2")


def test_a_task_we_never_started_is_its_own_lineage(control):
    assert control.lineage(FIRST) == Lineage(FIRST)


def test_what_we_started_belongs_to_the_first_task(kept, control):
    third = a_task("third").task_arn
    for _ in range(2):
        kept.link(SECOND, FIRST, "change-1")
        kept.link(third, control.lineage(SECOND).root, "change-2")

    assert control.lineage(SECOND) == Lineage(FIRST, "change-1")
    assert control.lineage(third) == Lineage(FIRST, "change-2")


def test_a_memory_floor_holds_until_it_expires(control):
    control.raise_floor(ORDERS, 3072, NOW)

    assert control.memory_floor_mib(ORDERS, NOW + timedelta(days=29)) == 3072
    assert control.memory_floor_mib(ORDERS, NOW + timedelta(days=31)) == 0
    assert control.memory_floor_mib(ORDERS + "-api", NOW) == 0


def test_a_lower_floor_never_replaces_a_higher_one_in_force(control):
    control.raise_floor(ORDERS, 3072, NOW)

    control.raise_floor(ORDERS, 2048, NOW + timedelta(days=1))

    assert control.memory_floor_mib(ORDERS, NOW + timedelta(days=2)) == 3072


def test_a_lower_floor_replaces_one_that_expired(control):
    control.raise_floor(ORDERS, 3072, NOW)

    control.raise_floor(ORDERS, 2048, NOW + timedelta(days=31))

    assert control.memory_floor_mib(ORDERS, NOW + timedelta(days=32)) == 2048


def test_an_episode_is_kept_until_it_ends(control):
    episode = Episode(NOW, NOW + minutes(3), SPOT_FIRST, 2)
    control.save_episode(ORDERS, replace(episode, home=ON_DEMAND))
    control.save_episode(ORDERS, episode)
    control.save_episode(ORDERS + "-api", episode)

    assert control.episodes() == {ORDERS: episode, ORDERS + "-api": episode}
    assert control.episode(ORDERS) == episode

    control.save_episode(ORDERS, None)
    control.save_episode(ORDERS, None)

    assert control.episodes() == {ORDERS + "-api": episode}
    assert control.episode(ORDERS) is None


def test_the_rows_of_one_plan_are_read_together_without_the_tables_own_keys(control):
    control.save_plan_row("run-1", ORDERS, {"action": "keep", "reason": "fits"}, NOW)
    control.save_plan_row("run-1", ORDERS, {"action": "resize", "reason": "too_large"}, NOW)
    control.save_plan_row("run-2", ORDERS, {"action": "keep", "reason": "held"}, NOW)

    assert control.plan_rows("run-1") == {ORDERS: {"action": "resize", "reason": "too_large"}}
    assert control.plan_rows("run-3") == {}


@pytest.fixture(params=["memory", "moto"])
def histories(request):
    """Return the port on each of its stores."""
    return request.getfixturevalue("control") if request.param == "moto" else Scene().control


def test_a_sizing_history_is_kept_for_each_workload(histories):
    day = DayDigest(
        NOW.date(), 288, (1.5, 0.25, 0, 0, 0, 0, 0, 0), (12, 3, 0, 0, 0, 0, 0, 0), 2048.0, 1900.0, True
    )
    one = SizingHistory((day,), NOW.date(), 0.75)

    histories.save_sizing_history(ORDERS, one, NOW)
    histories.save_sizing_history(ORDERS, one.moved(NOW.date()).warned(0.8), NOW)

    assert histories.sizing_history(ORDERS) == one.moved(NOW.date()).warned(0.8)
    assert histories.sizing_history(ORDERS + "-api") == SizingHistory()


def test_a_sizing_history_lies_in_one_item_that_dynamodb_takes_out_by_itself(kept, control):
    control.save_sizing_history(ORDERS, SizingHistory(), NOW)
    control.save_sizing_history(ORDERS, SizingHistory(last_move=NOW.date()), NOW)

    (item,) = kept.items()
    assert item["key"] == f"digest#{ORDERS}"
    assert item["expires_at"] == int((NOW + timedelta(days=40)).timestamp())


def test_who_is_at_risk_is_listed_for_a_day(histories):
    histories.note_at_risk(ORDERS, frozenset({"cpu", "memory"}), NOW)
    histories.note_at_risk(ORDERS + "-api", frozenset({"waits"}), NOW - timedelta(hours=20))
    histories.note_at_risk(ORDERS, frozenset({"memory"}), NOW + minutes(1))

    assert histories.at_risk(NOW + minutes(2)) == {ORDERS: {"memory"}, ORDERS + "-api": {"waits"}}
    assert histories.at_risk(NOW + timedelta(hours=7)) == {ORDERS: {"memory"}}


def test_a_memory_floor_is_told_with_its_end(control):
    assert control.memory_floor(ORDERS, NOW) is None
    control.raise_floor(ORDERS, 3072, NOW)

    until = (NOW + timedelta(days=30)).replace(microsecond=0)
    assert control.memory_floor(ORDERS, NOW) == MemoryFloor(3072, until)
    assert control.memory_floor(ORDERS, until) is None


def _leading_keys():
    for feature in features():
        function = "".join(word.title() for word in feature.split("_")) + "Function"
        for statement in role_statements(written(), function):
            for condition in statement.get("Condition", {}).values():
                yield from condition.get("dynamodb:LeadingKeys", [])


def test_every_key_the_functions_write_is_one_the_template_lets_them_write(kept, control):
    control.remember_recipe(a_recipe(), NOW)
    kept.link(SECOND, FIRST, "change-1")
    DynamoDbStops(kept.client, "control").archive(a_stop(), NOW)
    control.raise_floor(ORDERS, 3072, NOW)
    control.save_episode(ORDERS, Episode(NOW, NOW, SPOT_FIRST))
    control.save_plan_row("run-1", ORDERS, {"action": "keep"}, NOW)
    control.save_sizing_history(ORDERS, SizingHistory(), NOW)
    control.note_at_risk(ORDERS, frozenset({"cpu"}), NOW)

    prefixes = tuple(key.removesuffix("*") for key in _leading_keys())
    assert [item["key"] for item in kept.items() if not item["key"].startswith(prefixes)] == []
    assert len(prefixes) >= len({item["key"].split("#")[0] for item in kept.items()})
    assert all("expires_at" in item for item in kept.items())
