from datetime import UTC, datetime

LINE = """
Decide:
  Type: AWS::Serverless::Function
  Properties:
    CodeUri: functions/decide
    Handler: app.handler
    Events:
      Tick:
        Type: ScheduleV2
        Properties: {ScheduleExpression: rate(1 minute), Input: '{"trimtab": "tick"}'}
Apply:
  Type: AWS::Serverless::Function
  Properties:
    CodeUri: functions/apply
    Handler: app.handler
    Events:
      Bell:
        Type: DynamoDB
        Properties:
          Stream: !GetAtt Changes.StreamArn
          StartingPosition: TRIM_HORIZON
          BatchSize: 1
Changes:
  Type: AWS::DynamoDB::Table
  Properties:
    BillingMode: PAY_PER_REQUEST
    AttributeDefinitions:
      - {AttributeName: id, AttributeType: S}
      - {AttributeName: open, AttributeType: S}
      - {AttributeName: due_at, AttributeType: S}
    KeySchema: [{AttributeName: id, KeyType: HASH}]
    GlobalSecondaryIndexes:
      - IndexName: open
        KeySchema: [{AttributeName: open, KeyType: HASH}, {AttributeName: due_at, KeyType: RANGE}]
        Projection: {ProjectionType: ALL}
    StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
"""

DECIDE = """
import functools

import boto3
from trimtab.adapters.clock import SystemClock

dynamodb = functools.cache(lambda: boto3.client("dynamodb"))

def handler(event, context):
    now = SystemClock().now().isoformat()
    changes = dynamodb()
    due = changes.query(
        TableName="trimtab-Changes",
        IndexName="open",
        KeyConditionExpression="#open = :open and due_at <= :now",
        ExpressionAttributeNames={"#open": "open"},
        ExpressionAttributeValues={":open": {"S": "yes"}, ":now": {"S": now}},
    )
    for item in due["Items"]:
        changes.update_item(
            TableName="trimtab-Changes",
            Key={"id": item["id"]},
            UpdateExpression="remove #open set settled_at = :now",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues={":now": {"S": now}},
        )
"""
APPLY = """
def handler(event, context):
    return event["Records"][0]["dynamodb"]["NewImage"]
"""


def run_a_day(stack, idle):
    """Settle three Changes over a day; return what the function of the stream saw, and the table."""
    stack.resources, stack.functions = LINE, {"decide": DECIDE, "apply": APPLY}
    stack.deploy(idle=idle)
    for hours in (1.01, 5.5, 23.9):
        due_at = datetime.fromtimestamp(stack.start + hours * 3600, UTC).isoformat()
        item = {"id": {"S": str(hours)}, "open": {"S": "yes"}, "due_at": {"S": due_at}}
        stack.lab.call("dynamodb", "PutItem", {"TableName": "trimtab-Changes", "Item": item})
    stack.run_for(86_400)
    bells = [(one.at, one.answer) for one in stack.dispatcher.invocations if one.function == "apply"]
    rows = stack.lab.call("dynamodb", "Scan", {"TableName": "trimtab-Changes"})["Items"]
    return bells, rows


def nothing_is_due(lab):
    """Say that no open Change is due, by the index that the tick itself reads."""

    def idle():
        values = {":open": {"S": "yes"}, ":now": {"S": lab.clock.today().isoformat()}}
        request = {
            "TableName": "trimtab-Changes",
            "IndexName": "open",
            "KeyConditionExpression": "#open = :open and due_at <= :now",
            "ExpressionAttributeNames": {"#open": "open"},
            "ExpressionAttributeValues": values,
        }
        return not lab.call("dynamodb", "Query", request)["Items"]

    return idle


def test_skipping_a_tick_that_has_nothing_to_do_changes_no_outcome(connected_stack, another_stack):
    skipping, waking = connected_stack, another_stack

    with_skipping = run_a_day(skipping, {"decide/Tick": nothing_is_due(skipping.lab)})
    waking.use()
    without = run_a_day(waking, {})

    assert with_skipping == without
    assert len(without[0]) == 6
    ticks = [one for one in skipping.dispatcher.invocations if one.function == "decide"]
    assert len(ticks) == 3
    assert skipping.dispatcher.skipped["decide/Tick"] == 1441 - 3
