"""The repository's own template and state machine, with stand-ins for the handlers."""

from pathlib import Path

import pytest

from trimtab_cli.dispatcher.dispatcher import Dispatcher
from trimtab_lab.account import make_lab

ROOT = Path(__file__).parents[3]
STAND_IN = "def handler(event, context):\n    return {'seen': event}\n"
SCHEDULES = {
    "settle_change/Tick": 60,
    "shift_capacity_provider/ReturnCheck": 300,
    "take_inventory/Open": 300,
    "take_inventory/Fleet": 3600,
    "rightsize_task_definition/AtRisk": 3600,
}


@pytest.fixture
def stack(tmp_path):
    for folder in (ROOT / "functions").iterdir():
        if (folder / "app.py").exists():
            (tmp_path / folder.name).mkdir()
            (tmp_path / folder.name / "app.py").write_text(STAND_IN, "utf-8")
    return Dispatcher(make_lab(), ROOT / "template.yaml", functions_folder=tmp_path)


def triggers(stack):
    return [one.trigger for one in stack.invocations]


def task_event(stack, **detail):
    detail = {"group": "family:job", "lastStatus": "STOPPED", "desiredStatus": "STOPPED", **detail}
    already = len(stack.invocations)
    stack.lab.bus.put("aws.ecs", "ECS Task State Change", [], detail)
    stack.lab.clock.run_for(0)
    return triggers(stack)[already:]


def test_every_schedule_fires_at_its_rate(stack):
    stack.lab.clock.run_for(2 * 3600 - 1)

    fired = {name: triggers(stack).count(name) for name in SCHEDULES}
    assert fired == {name: 2 * 3600 // seconds for name, seconds in SCHEDULES.items()}


def test_the_state_machine_plans_every_shard_then_opens_the_gate_then_reports(stack):
    stack.lab.clock.run_for(5 * 3600)

    (execution,) = stack.executions
    runs = [one for one in stack.invocations if one.trigger.startswith("rightsize_fleet/")]
    assert execution.status == "SUCCEEDED"
    assert [one.trigger.rpartition("/")[2] for one in runs] == ["PlanShard"] * 4 + ["OpenGate", "Report"]
    shards = [one.answer["seen"] for one in runs[:4]]
    assert sorted((one["step"], one["shard"], one["of"]) for one in shards) == [
        ("plan", number, 4) for number in range(4)
    ]
    assert {one["run"] for one in shards} == {execution.name}
    assert runs[5].answer["seen"]["gate"]["seen"]["step"] == "gate"


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({}, ["restart_stopped_task/StoppedTasks"]),
        ({"lastStatus": "DEPROVISIONING"}, []),
        ({"lastStatus": "RUNNING", "desiredStatus": "RUNNING"}, ["restart_stopped_task/StoppedTasks"]),
        ({"lastStatus": "RUNNING", "desiredStatus": "RUNNING", "group": "service:web"}, []),
        (
            {"lastStatus": "RUNNING", "group": "service:web", "stopCode": "SpotInterruption"},
            ["shift_capacity_provider/ServiceTaskSpotNotice"],
        ),
    ],
)
def test_task_events_wake_whom_the_rules_name(stack, detail, expected):
    stack.lab.clock.run_for(0)

    assert task_event(stack, **detail) == expected


def test_a_change_whose_turn_is_apply_wakes_the_applier_and_the_announcer(stack):
    stack.lab.clock.run_for(0)
    already = len(stack.invocations)

    for item, turn in (("CHANGE#1", "apply"), ("CHANGE#2", "settle"), ("HEAD", "apply")):
        values = {"workload": {"S": "w"}, "item": {"S": item}, "turn": {"S": turn}}
        stack.lab.call("dynamodb", "PutItem", {"TableName": stack.name("ChangesTable"), "Item": values})
    stack.lab.clock.run_for(0)

    assert sorted(triggers(stack)[already:]) == ["announce_change/Bell", "apply_change/Bell"]
    announced = next(one for one in stack.invocations if one.trigger == "announce_change/Bell")
    assert len(announced.answer["seen"]["Records"]) == 2


def test_the_key_of_the_stack_encrypts_for_its_functions(stack):
    key_arn = stack.functions.settings["restart_stopped_task"].variables["TRIMTAB_KEY_ARN"]

    answer = stack.lab.call("kms", "Encrypt", {"KeyId": key_arn, "Plaintext": b"recipe"})

    assert answer["KeyId"] == key_arn


def test_parameters_reach_the_functions(tmp_path):
    parameters = {"MayChangeEcs": "yes", "Clusters": "prod, jobs", "NotificationEmail": "ops@example.com"}

    stack = Dispatcher(make_lab(), ROOT / "template.yaml", parameters, tmp_path)

    assert stack.functions.settings["apply_change"].variables["TRIMTAB_CLUSTERS"] == "prod,jobs"
