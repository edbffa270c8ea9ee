import pytest

from trimtab_cli.dispatcher.refusal import Refusal

EVENT = """
Work:
  Type: AWS::Serverless::Function
  Properties:
    CodeUri: functions/work
    Handler: app.handler
    Events:
      Waker: {event}
Queue: {{Type: AWS::SQS::Queue}}
Table:
  Type: AWS::DynamoDB::Table
  Properties:
    AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
    KeySchema: [{{AttributeName: id, KeyType: HASH}}]
    BillingMode: PAY_PER_REQUEST
    StreamSpecification: {{StreamViewType: NEW_AND_OLD_IMAGES}}
"""
REFUSED = [
    ("{Type: S3, Properties: {Bucket: x}}", "S3"),
    ("{Type: Api, Properties: {Path: /, Method: get}}", "Api"),
    ("{Type: Schedule, Properties: {Schedule: rate(1 minute)}}", "Schedule"),
    ("{Type: EventBridgeRule, Properties: {Pattern: {source: [{cidr: 10.0.0.0/8}]}}}", "cidr"),
    ("{Type: EventBridgeRule, Properties: {Pattern: {a: [x]}, InputPath: $.detail}}", "InputPath"),
    ("{Type: EventBridgeRule, Properties: {Pattern: {a: [x]}, EventBusName: mine}}", "default event bus"),
    ("{Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 week)}}", "rate"),
    ("{Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 hour), EndDate: x}}", "EndDate"),
    ("{Type: SQS, Properties: {Queue: !GetAtt Queue.Arn, FilterCriteria: {}}}", "FilterCriteria"),
    ("{Type: SQS, Properties: {Queue: 'arn:aws:sqs:eu-west-1:111122223333:other'}}", "not of this template"),
    (
        "{Type: DynamoDB, Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST, "
        "TumblingWindowInSeconds: 5}}",
        "TumblingWindowInSeconds",
    ),
    (
        "{Type: DynamoDB, Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST, "
        'FilterCriteria: {Filters: [{Pattern: \'{"a": [{"wildcard": "x*"}]}\'}]}}}',
        "wildcard",
    ),
]


@pytest.mark.parametrize(("event", "why"), REFUSED)
def test_an_event_that_is_not_modelled_is_refused_with_its_name_when_the_template_is_read(stack, event, why):
    stack.resources = EVENT.format(event=event)

    with pytest.raises(Refusal, match=why) as refusal:
        stack.deploy()

    assert "Waker" in refusal.value.where


@pytest.mark.parametrize(
    ("resource", "why"),
    [
        ("{Type: AWS::Lambda::EventSourceMapping}", "EventSourceMapping"),
        ("{Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 hour)}}", "ScheduleExpression"),
        ("{Type: AWS::SNS::Subscription, Properties: {Protocol: lambda}}", "lambda"),
        ("{Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}", "FifoQueue"),
        (
            "{Type: AWS::Events::Rule, Properties: {EventPattern: {a: [x]}, "
            "Targets: [{Id: x, Arn: 'arn:aws:kinesis:eu-west-1:111122223333:stream/x'}]}}",
            "kinesis",
        ),
    ],
)
def test_a_resource_that_would_wake_or_be_woken_unseen_is_refused(stack, resource, why):
    stack.resources = f"Odd: {resource}"

    with pytest.raises(Refusal, match=why) as refusal:
        stack.deploy()

    assert refusal.value.where == "Odd"
