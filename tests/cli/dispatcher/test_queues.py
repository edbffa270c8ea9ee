import json

STACK = """
Work:
  Type: AWS::Serverless::Function
  Properties:
    CodeUri: functions/work
    Handler: app.handler
    Events:
      Queue:
        Type: SQS
        Properties:
          Queue: !GetAtt Queue.Arn
          BatchSize: 3
          MaximumBatchingWindowInSeconds: {window}
          FunctionResponseTypes: {types}
          ScalingConfig: {{MaximumConcurrency: 5}}
Queue:
  Type: AWS::SQS::Queue
  Properties:
    VisibilityTimeout: 360
    RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}
Dead: {{Type: AWS::SQS::Queue}}
"""
HANDLER = """
def handler(event, context):
    bodies = [record["body"] for record in event["Records"]]
    if "crash" in bodies:
        raise ValueError("crash")
    bad = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in bad], "bodies": bodies}
"""


def deploy(stack, types="[ReportBatchItemFailures]", window=0, handler=HANDLER):
    stack.resources, stack.functions["work"] = STACK.format(types=types, window=window), handler
    stack.deploy()
    return stack


def send(stack, *bodies):
    for body in bodies:
        stack.dispatcher.post(stack.dispatcher.template.identity.arn("Queue"), body, {})


def batches(stack):
    return [(one.at - stack.start, one.answer["bodies"]) for one in stack.dispatcher.invocations]


def test_messages_come_in_batches_and_are_deleted(stack):
    deploy(stack)

    send(stack, "1", "2", "3", "4")
    stack.run_for(3600)

    assert batches(stack) == [(0, ["1", "2", "3"]), (0, ["4"])]
    assert stack.messages("Queue") == []


def test_a_batching_window_gathers_what_comes_in_the_meantime(stack):
    deploy(stack, window=20)

    send(stack, "1")
    stack.run_for(10)
    send(stack, "2")
    stack.run_for(60)

    assert batches(stack)[0] == (20, ["1", "2"])
    assert stack.messages("Queue") == []


def test_only_the_message_that_failed_comes_again_until_it_is_a_dead_letter(stack):
    deploy(stack)

    send(stack, "1", "bad", "3")
    stack.run_for(7200)

    assert batches(stack) == [(0, ["1", "bad", "3"]), (360, ["bad"]), (720, ["bad"])]
    assert (stack.messages("Queue"), stack.messages("Dead")) == ([], ["bad"])


def test_a_message_that_succeeds_the_second_time_is_no_dead_letter(stack):
    handler = """
        tries = []

        def handler(event, context):
            tries.append(event)
            if len(tries) == 1:
                raise ValueError("not yet")
    """
    deploy(stack, handler=handler)

    send(stack, "1")
    stack.run_for(7200)

    assert stack.runs == [(0, "failed"), (360, "succeeded")]
    assert (stack.messages("Queue"), stack.messages("Dead")) == ([], [])


def test_a_crash_brings_the_whole_batch_back(stack):
    deploy(stack)

    send(stack, "1", "crash")
    stack.run_for(7200)

    assert stack.runs == [(0, "failed"), (360, "failed"), (720, "failed")]
    assert sorted(stack.messages("Dead")) == ["1", "crash"]


def test_without_the_response_type_a_partial_failure_is_not_read(stack):
    deploy(stack, types="[]")

    send(stack, "bad")
    stack.run_for(7200)

    assert len(stack.runs) == 1
    assert stack.messages("Dead") == []


def test_an_answer_that_names_an_unknown_message_fails_the_whole_batch(stack):
    handler = 'def handler(event, context):\n    return {"batchItemFailures": [{"itemIdentifier": "?"}]}\n'
    deploy(stack, handler=handler)

    send(stack, "1", "2")
    stack.run_for(7200)

    assert len(stack.runs) == 3
    assert sorted(stack.messages("Dead")) == ["1", "2"]


def test_a_record_has_the_members_that_lambda_gives_it(stack):
    deploy(stack, handler="def handler(event, context):\n    return event\n", types="[]")

    send(stack, json.dumps({"id": 1}))
    stack.run_for(0)

    (record,) = stack.dispatcher.invocations[0].answer["Records"]
    assert record["body"] == '{"id": 1}'
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == "arn:aws:sqs:eu-west-1:111122223333:trimtab-Queue"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
