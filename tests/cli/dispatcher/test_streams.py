import json
import zlib

STACK = """
Work:
  Type: AWS::Serverless::Function
  Properties:
    CodeUri: functions/work
    Handler: app.handler
    Events:
      Bell:
        Type: DynamoDB
        Properties:
          Stream: !GetAtt Items.StreamArn
          StartingPosition: TRIM_HORIZON
          DestinationConfig: {{OnFailure: {{Type: SQS, Destination: !GetAtt Failed.Arn}}}}
          FilterCriteria:
            Filters: [{{Pattern: '{{"dynamodb": {{"NewImage": {{"turn": {{"S": ["apply"]}}}}}}}}'}}]
          {more}
Items:
  Type: AWS::DynamoDB::Table
  Properties:
    BillingMode: PAY_PER_REQUEST
    AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
    KeySchema: [{{AttributeName: id, KeyType: HASH}}]
    StreamSpecification: {{StreamViewType: NEW_AND_OLD_IMAGES}}
Failed: {{Type: AWS::SQS::Queue}}
"""
HANDLER = """
def handler(event, context):
    images = [record["dynamodb"]["NewImage"] for record in event["Records"]]
    if any("poison" in image for image in images):
        raise ValueError("poisoned")
    return [image["id"]["S"] + image["number"]["N"] for image in images]
"""


def deploy(stack, handler=HANDLER, **properties):
    more = "\n          ".join(f"{name}: {json.dumps(value)}" for name, value in properties.items())
    stack.resources, stack.functions["work"] = STACK.format(more=more), handler
    stack.deploy()
    return stack


def put(stack, key, number, turn="apply", **more):
    item = {"id": {"S": key}, "number": {"N": str(number)}, "turn": {"S": turn}}
    item |= {name: {"BOOL": value} for name, value in more.items()}
    request = {"TableName": stack.dispatcher.name("Items"), "Item": item}
    stack.lab.call("dynamodb", "PutItem", request)


def seen(stack):
    return [
        (at, one.answer if one.error is None else one.outcome)
        for (at, _), one in zip(stack.runs, stack.dispatcher.invocations, strict=True)
    ]


def lane(key, lanes=10):
    return zlib.crc32(json.dumps({"id": {"S": key}}, sort_keys=True).encode()) % lanes


def test_only_records_that_pass_the_filter_wake_the_function(stack):
    deploy(stack, BatchSize=1)

    put(stack, "a", 1, turn="none")
    put(stack, "a", 2)
    put(stack, "a", 3, turn="settle")
    stack.run_for(60)

    assert seen(stack) == [(0, ["a2"])]


def test_records_of_one_item_come_in_order(stack):
    deploy(stack, BatchSize=1, ParallelizationFactor=10)

    for number in range(5):
        put(stack, "a", number)
        put(stack, "b", number)
    stack.run_for(60)

    answers = [answer[0] for _, answer in seen(stack)]
    assert [one for one in answers if one[0] == "a"] == [f"a{number}" for number in range(5)]
    assert [one for one in answers if one[0] == "b"] == [f"b{number}" for number in range(5)]


def test_a_failing_record_blocks_its_own_lane_until_its_retries_are_used_up(stack):
    deploy(stack, BatchSize=1, ParallelizationFactor=10, MaximumRetryAttempts=2)
    other = next(key for key in "bcdefghij" if lane(key) != lane("a"))

    put(stack, "a", 1, poison=True)
    put(stack, "a", 2)
    put(stack, other, 1)
    stack.run_for(600)

    assert seen(stack) == [
        (0, "failed"),
        (0, [f"{other}1"]),
        (1, "failed"),
        (3, "failed"),
        (3, ["a2"]),
    ]


def test_the_failure_queue_gets_a_pointer_without_the_record(stack):
    deploy(stack, BatchSize=1, MaximumRetryAttempts=1)

    put(stack, "secret", 1, poison=True)
    stack.run_for(600)

    (body,) = stack.messages("Failed")
    pointer = json.loads(body)
    assert "secret" not in body
    assert pointer["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert pointer["requestContext"]["approximateInvokeCount"] == 2
    assert pointer["DDBStreamBatchInfo"]["batchSize"] == 1
    assert pointer["DDBStreamBatchInfo"]["streamArn"].startswith(
        "arn:aws:dynamodb:eu-west-1:111122223333:table/trimtab-Items/stream/"
    )


def test_a_record_that_is_too_old_is_given_up_although_it_has_retries_left(stack):
    deploy(stack, BatchSize=1, MaximumRecordAgeInSeconds=60)

    put(stack, "a", 1, poison=True)
    stack.run_for(600)

    failed_at = [at for at, outcome in seen(stack) if outcome == "failed"]
    assert failed_at == [0, 1, 3, 7, 15, 31]
    (pointer,) = map(json.loads, stack.messages("Failed"))
    assert pointer["requestContext"]["condition"] == "MaximumRecordAgeExceeded"


def test_a_record_that_waited_too_long_behind_a_failing_one_is_given_up_unseen(stack):
    deploy(stack, BatchSize=1, MaximumRecordAgeInSeconds=60)

    put(stack, "a", 1, poison=True)
    put(stack, "a", 2)
    stack.run_for(600)

    assert {outcome for _, outcome in seen(stack)} == {"failed"}
    assert len(stack.messages("Failed")) == 2


def test_a_batch_that_fails_is_split_until_the_bad_record_is_alone(stack):
    deploy(stack, BatchSize=4, MaximumRetryAttempts=0, BisectBatchOnFunctionError=True)

    for number in range(4):
        put(stack, "a", number, **({"poison": True} if number == 2 else {}))
    stack.run_for(600)

    assert [answer for _, answer in seen(stack)] == ["failed", ["a0", "a1"], "failed", "failed", ["a3"]]
    assert len(stack.messages("Failed")) == 1


def test_a_partial_failure_moves_the_checkpoint_to_the_lowest_record_that_failed(stack):
    handler = """
        def handler(event, context):
            bodies = [record["dynamodb"] for record in event["Records"]]
            failed = [one["SequenceNumber"] for one in bodies if "poison" in one["NewImage"]]
            return {"batchItemFailures": [{"itemIdentifier": one} for one in failed], "n": len(bodies)}
    """
    deploy(
        stack,
        handler,
        BatchSize=10,
        MaximumRetryAttempts=1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )

    for number in range(4):
        put(stack, "a", number, **({"poison": True} if number == 2 else {}))
    stack.run_for(600)

    assert [(at, answer["n"]) for at, answer in seen(stack)] == [(0, 4), (1, 2)]
    assert len(stack.messages("Failed")) == 1


def test_a_record_written_inside_a_handler_is_delivered_after_it_returned(connected_stack):
    handler = """
        import boto3
        import os

        def handler(event, context):
            image = event["Records"][0]["dynamodb"]["NewImage"]
            if image["number"]["N"] == "1":
                item = {**image, "number": {"N": "2"}}
                boto3.client("dynamodb").put_item(TableName=os.environ["TABLE"], Item=item)
            return image["number"]["N"]
    """
    stack = deploy(connected_stack, handler, BatchSize=1)
    stack.dispatcher.functions.settings["work"].variables["TABLE"] = stack.dispatcher.name("Items")

    put(stack, "a", 1)
    stack.run_for(0)

    assert [answer for _, answer in seen(stack)] == ["1", "2"]
