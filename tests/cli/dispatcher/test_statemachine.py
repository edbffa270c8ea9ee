import json

import pytest

from trimtab_cli.dispatcher.refusal import Refusal

STACK = """
Work:
  Type: AWS::Serverless::Function
  Properties: {CodeUri: functions/work, Handler: app.handler}
Machine:
  Type: AWS::Serverless::StateMachine
  Properties:
    DefinitionUri: machine.asl.json
    DefinitionSubstitutions: {WorkArn: !GetAtt Work.Arn}
    Events:
      Plan:
        Type: ScheduleV2
        Properties: {ScheduleExpression: rate(1 day), Input: '{"of": 3, "name": "orders"}'}
"""
HANDLER = """
tries = []

def handler(event, context):
    tries.append(event)
    if event.get("fail_times", 0) >= len(tries):
        raise ValueError("not yet")
    return {"got": event, "tries": len(tries)}
"""


def task(payload, **more):
    parameters = {"FunctionName": "${WorkArn}", **payload}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters, **more}


def run(stack, states, seconds=3600, start_at="First"):
    stack.resources, stack.functions["work"] = STACK, HANDLER
    definition = {"StartAt": start_at, "States": states}
    (stack.folder / "machine.asl.json").write_text(json.dumps(definition), "utf-8")
    stack.deploy()
    stack.run_for(seconds)
    return stack.dispatcher.executions[0]


def test_a_map_plans_every_shard_and_gathers_the_answers_in_order(stack):
    inner = task({"Payload.$": "$"}, OutputPath="$.Payload", End=True)
    states = {
        "First": {
            "Type": "Pass",
            "Parameters": {
                "shards.$": "States.ArrayRange(0, States.MathAdd($.of, -1), 1)",
                "run.$": "$$.Execution.Name",
            },
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.shards",
            "ItemSelector": {"shard.$": "$$.Map.Item.Value", "run.$": "$.run"},
            "MaxConcurrency": 2,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "One",
                "States": {"One": inner},
            },
            "ResultPath": "$.planned",
            "Next": "Count",
        },
        "Count": {
            "Type": "Pass",
            "Parameters": {"shards.$": "$.planned[*].got.shard", "number.$": "States.ArrayLength($.planned)"},
            "End": True,
        },
    }

    execution = run(stack, states)

    assert (execution.status, execution.output) == ("SUCCEEDED", {"shards": [0, 1, 2], "number": 3})
    assert {one.trigger for one in stack.dispatcher.invocations} == {"machine/One"}
    assert {one.answer["got"]["run"] for one in stack.dispatcher.invocations} == {execution.name}


def test_a_task_is_tried_again_after_growing_waits(stack):
    retry = [
        {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 30, "BackoffRate": 2, "MaxAttempts": 2}
    ]
    states = {"First": task({"Payload": {"fail_times": 2}}, Retry=retry, OutputPath="$.Payload", End=True)}

    execution = run(stack, states)

    assert stack.runs == [(0, "failed"), (30, "failed"), (90, "succeeded")]
    assert execution.output["tries"] == 3


def test_a_task_that_stays_bad_fails_the_execution_with_the_functions_error(stack):
    execution = run(stack, {"First": task({"Payload": {"fail_times": 9}}, End=True)})

    assert (execution.status, execution.error) == ("FAILED", "ValueError")
    assert json.loads(execution.cause)["errorMessage"] == "not yet"


def test_one_failed_iteration_fails_the_whole_map(stack):
    inner = {"Type": "Fail", "Error": "Bad", "Cause": "item"}
    processor = {"StartAt": "One", "States": {"One": inner}}
    states = {"First": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True}}
    states = {"Items": {"Type": "Pass", "Result": {"items": [1, 2]}, "Next": "First"}, **states}

    execution = run(stack, states, start_at="Items")

    assert (execution.status, execution.error, execution.cause) == ("FAILED", "Bad", "item")


def test_iterations_wait_for_their_retries_side_by_side(stack):
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "MaxAttempts": 3}]
    inner = task({"Payload": {"fail_times": 3}}, Retry=retry, End=True)
    processor = {"StartAt": "One", "States": {"One": inner}}
    states = {
        "Items": {"Type": "Pass", "Result": {"items": [1, 2, 3]}, "Next": "First"},
        "First": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True},
    }

    execution = run(stack, states, start_at="Items")

    assert [at for at, _ in stack.runs] == [0, 0, 0, 60, 60, 60]
    assert execution.status == "SUCCEEDED"


def test_a_caught_error_goes_on_beside_the_input(stack):
    catch = [{"ErrorEquals": ["ValueError"], "ResultPath": "$.fault", "Next": "Caught"}]
    states = {
        "First": task({"Payload": {"fail_times": 9}}, Catch=catch, End=True),
        "Caught": {"Type": "Pass", "Parameters": {"of.$": "$.of", "error.$": "$.fault.Error"}, "End": True},
    }

    assert run(stack, states).output == {"of": 3, "error": "ValueError"}


def test_a_result_is_selected_and_kept_where_the_state_says(stack):
    states = {
        "First": task(
            {"Payload": {"a": [1, 2]}},
            InputPath="$.name",
            ResultSelector={"second.$": "$.Payload.got.a[1]"},
            ResultPath="$.work.result",
            End=True,
        )
    }

    assert run(stack, states).output == {"of": 3, "name": "orders", "work": {"result": {"second": 2}}}


CHOICES = [
    ({"Variable": "$.of", "NumericEquals": 3}, True),
    ({"Variable": "$.of", "NumericGreaterThan": 3}, False),
    ({"Variable": "$.of", "NumericLessThanEquals": 3}, True),
    ({"Variable": "$.of", "StringEquals": "3"}, False),
    ({"Variable": "$.name", "StringEquals": "orders"}, True),
    ({"Variable": "$.name", "StringLessThan": "p"}, True),
    ({"Variable": "$.name", "StringEqualsPath": "$.name"}, True),
    ({"Variable": "$.none", "IsPresent": False}, True),
    ({"Variable": "$.of", "IsNull": False}, True),
    ({"Not": {"Variable": "$.of", "NumericEquals": 3}}, False),
    ({"And": [{"Variable": "$.of", "IsPresent": True}, {"Variable": "$.of", "NumericEquals": 3}]}, True),
    ({"Or": [{"Variable": "$.of", "NumericEquals": 1}, {"Variable": "$.of", "NumericEquals": 3}]}, True),
]


@pytest.mark.parametrize(("rule", "taken"), CHOICES)
def test_a_choice_goes_where_the_first_true_rule_says(stack, rule, taken):
    states = {
        "First": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"},
        "Yes": {"Type": "Succeed"},
        "No": {"Type": "Fail", "Error": "No"},
    }

    assert run(stack, states).status == ("SUCCEEDED" if taken else "FAILED")


def test_texts_and_arrays_are_made_by_intrinsic_functions(stack):
    made = {
        "text.$": "States.Format('plan {} of {}', $.name, $.of)",
        "array.$": "States.Array($.name, 1, 'it\\'s', true, null)",
        "length.$": "States.ArrayLength(States.Array())",
        "json.$": "States.StringToJson(States.JsonToString($.of))",
        "item.$": "States.ArrayGetItem(States.ArrayRange(1, 9, 2), 1)",
    }

    output = run(stack, {"First": {"Type": "Pass", "Parameters": made, "End": True}}).output

    assert output == {
        "text": "plan orders of 3",
        "array": ["orders", 1, "it's", True, None],
        "length": 0,
        "json": 3,
        "item": 3,
    }


def test_a_path_that_finds_nothing_fails_the_execution(stack):
    states = {"First": {"Type": "Pass", "Parameters": {"a.$": "$.missing"}, "End": True}}

    assert run(stack, states).error == "States.ParameterPathFailure"


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Wait", "Seconds": 5, "End": True},
        {"Type": "Parallel", "Branches": [], "End": True},
        {"Type": "Pass"},
        {"Type": "Pass", "Next": "Nowhere"},
        {"Type": "Pass", "Assign": {"x": 1}, "End": True},
        {"Type": "Pass", "Parameters": {"a.$": "States.Hash('x', 'MD5')"}, "End": True},
        {"Type": "Pass", "Parameters": {"a.$": "$.a[?(@.b > 1)]"}, "End": True},
        {"Type": "Pass", "Parameters": {"a.$": "$..a"}, "End": True},
        {"Type": "Pass", "ResultPath": "$.a[0]", "End": True},
        {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True},
        {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": True},
        {"Type": "Choice", "Choices": [{"Variable": "$.a", "StringMatches": "x*", "Next": "First"}]},
        {
            "Type": "Map",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "One",
                "States": {"One": {"Type": "Succeed"}},
            },
            "End": True,
        },
    ],
)
def test_a_definition_that_is_not_modelled_is_refused_when_the_template_is_read(stack, state):
    with pytest.raises(Refusal, match="machine"):
        run(stack, {"First": state})
