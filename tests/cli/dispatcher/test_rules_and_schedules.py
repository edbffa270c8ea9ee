import json

import pytest

from trimtab_cli.dispatcher.refusal import Refusal
from trimtab_lab.api_error import ApiError

WORK = """
Work:
  Type: AWS::Serverless::Function
  Properties:
    CodeUri: functions/work
    Handler: app.handler
    EventInvokeConfig:
      MaximumEventAgeInSeconds: {age}
      MaximumRetryAttempts: {retries}
      DestinationConfig: {{OnFailure: {{Type: SQS, Destination: !GetAtt Failed.Arn}}}}
    Events:
      Stopped:
        Type: EventBridgeRule
        Properties:
          Pattern:
            source: [lab.test]
            detail-type: [Stopped]
            detail: {{containers: {{name: [web], exitCode: [{{numeric: [">", 0]}}]}}}}
      Tick:
        Type: ScheduleV2
        Properties:
          ScheduleExpression: rate(10 minutes)
          State: {state}
          Input: '{{"trimtab": "tick"}}'
Failed:
  Type: AWS::SQS::Queue
"""


def work(age=3600, retries=2, state="DISABLED"):
    return WORK.format(age=age, retries=retries, state=state)


def put(stack, poison=False, exit_code=1, name="web"):
    detail = {"containers": [{"name": name, "exitCode": exit_code}]}
    event = stack.lab.bus.put("lab.test", "Stopped", [], detail)
    event["poison"] = poison
    return event


def test_an_event_reaches_the_function_of_its_rule_in_its_whole_envelope(stack):
    stack.resources = work()
    stack.deploy()

    event = put(stack)
    put(stack, exit_code=0)
    stack.run_for(0)

    (invocation,) = stack.dispatcher.invocations
    assert (invocation.function, invocation.trigger) == ("work", "work/Stopped")
    assert invocation.event_id == event["id"]
    assert invocation.answer == event


def test_a_failing_event_is_tried_again_after_one_and_after_two_minutes(stack):
    stack.resources = work()
    stack.deploy()

    event = put(stack, poison=True)
    stack.run_for(3600)

    assert stack.runs == [(0, "failed"), (60, "failed"), (180, "failed")]
    assert len({one.request_id for one in stack.dispatcher.invocations}) == 1
    (record,) = map(json.loads, stack.messages("Failed"))
    assert record["requestPayload"] == event
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["responsePayload"]["errorMessage"] == "poisoned"


def test_a_failing_event_is_given_up_when_it_would_be_too_old_for_its_next_attempt(stack):
    stack.resources = work(age=100)
    stack.deploy()

    put(stack, poison=True)
    stack.run_for(3600)

    assert stack.runs == [(0, "failed"), (60, "failed")]
    (record,) = map(json.loads, stack.messages("Failed"))
    assert record["requestContext"]["condition"] == "EventAgeExceeded"


def test_a_function_without_retries_fails_once(stack):
    stack.resources = work(retries=0)
    stack.deploy()

    put(stack, poison=True)
    stack.run_for(3600)

    assert stack.runs == [(0, "failed")]


def test_an_event_put_inside_a_handler_is_delivered_after_it_returned(connected_stack):
    stack = connected_stack
    stack.resources = work()
    stack.functions["work"] = """
        import boto3
        import json

        def handler(event, context):
            if event["detail"]["containers"][0]["exitCode"] == 1:
                detail = {"containers": [{"name": "web", "exitCode": 2}]}
                entry = {"Source": "lab.test", "DetailType": "Stopped", "Detail": json.dumps(detail)}
                boto3.client("events").put_events(Entries=[entry])
            return event["detail"]["containers"][0]["exitCode"]
    """
    stack.deploy()

    put(stack)
    stack.run_for(0)

    assert [one.answer for one in stack.dispatcher.invocations] == [1, 2]


def test_a_rate_fires_when_it_is_created_and_then_at_its_interval(stack):
    stack.resources = work(state="ENABLED")
    stack.deploy()

    stack.run_for(1500)

    assert [at for at, _ in stack.runs] == [0, 600, 1200]
    assert stack.dispatcher.invocations[0].answer == {"trimtab": "tick"}


def test_a_schedule_that_is_idle_does_not_wake_its_function(stack):
    stack.resources = work(state="ENABLED")
    stack.deploy(idle={"work/Tick": lambda: stack.lab.clock.now < stack.start + 1000})

    stack.run_for(1500)

    assert [at for at, _ in stack.runs] == [1200]
    assert stack.dispatcher.skipped == {"work/Tick": 2}


def test_an_idle_predicate_for_a_schedule_that_does_not_exist_is_refused(stack):
    stack.resources = work()

    with pytest.raises(Refusal, match="work/Tock"):
        stack.deploy(idle={"work/Tock": lambda: True})


def test_deliveries_can_be_lost_repeated_and_late(stack):
    fates = iter([(), (5.0, 30.0)])
    stack.resources = work()
    stack.deploy(intervene=lambda trigger, event: next(fates))

    put(stack)
    kept = put(stack)
    stack.run_for(60)

    assert [at for at, _ in stack.runs] == [5, 30]
    assert {one.event_id for one in stack.dispatcher.invocations} == {kept["id"]}


RULE = """
StoppedRule:
  Type: AWS::Events::Rule
  Properties:
    EventPattern: {source: [lab.test]}
    Targets:
      - Id: Queue
        Arn: !GetAtt Arrived.Arn
        DeadLetterConfig: {Arn: !GetAtt Failed.Arn}
        RetryPolicy: {MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 900}
Arrived: {Type: AWS::SQS::Queue}
Failed: {Type: AWS::SQS::Queue}
"""


def test_a_rule_puts_the_envelope_into_its_queue(stack):
    stack.resources = RULE
    stack.deploy()

    event = put(stack)
    stack.run_for(0)

    assert [json.loads(body) for body in stack.messages("Arrived")] == [event]


def test_an_event_that_its_target_does_not_take_goes_to_the_dead_letter_queue_after_its_retries(stack):
    stack.resources = RULE
    stack.deploy()
    tries, send = [], stack.dispatcher.post

    def refuse(arn, body, attributes):
        if arn.endswith("Arrived"):
            tries.append(stack.lab.clock.now - stack.start)
            raise ApiError("ThrottlingException", "Rate exceeded")
        send(arn, body, attributes)

    stack.dispatcher.post = refuse
    put(stack)
    stack.run_for(900)

    assert tries == [0, 1, 3]
    assert len(stack.messages("Failed")) == 1
