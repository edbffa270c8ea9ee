"""Makes the template's tables, queues, topics and keys in the laboratory, as CloudFormation would."""

import json
from typing import Any

from trimtab_cli.dispatcher.refusal import only
from trimtab_cli.dispatcher.template import Properties, Template
from trimtab_lab.account import Account
from trimtab_lab.lab import Lab

_TABLE = {
    "TableName",
    "KeySchema",
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "StreamSpecification",
    "TimeToLiveSpecification",
    "PointInTimeRecoverySpecification",
    "DeletionProtectionEnabled",
    "TableClass",
}
_TABLE_REQUEST = (
    "KeySchema",
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
)
_QUEUE_NUMBERS = {
    "VisibilityTimeout",
    "MessageRetentionPeriod",
    "DelaySeconds",
    "MaximumMessageSize",
    "ReceiveMessageWaitTimeSeconds",
}
_QUEUE = _QUEUE_NUMBERS | {"QueueName", "RedrivePolicy", "SqsManagedSseEnabled"}


def create_tables(lab: Lab, template: Template) -> dict[str, str]:
    """Create every table and return ARN to name; backups and encryption change nothing here."""
    names: dict[str, str] = {}
    for logical_id, properties in template.of_type("AWS::DynamoDB::Table"):
        only(logical_id, properties, _TABLE)
        name = template.identity.name(logical_id)
        request: dict[str, Any] = {key: properties[key] for key in _TABLE_REQUEST if key in properties}
        if "StreamSpecification" in properties:
            request["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
        lab.call("dynamodb", "CreateTable", {"TableName": name, **request})
        if properties.get("TimeToLiveSpecification", {}).get("Enabled"):
            setting = properties["TimeToLiveSpecification"]
            lab.call("dynamodb", "UpdateTimeToLive", {"TableName": name, "TimeToLiveSpecification": setting})
        names[template.identity.arn(logical_id)] = name
    return names


def create_queues(lab: Lab, template: Template) -> dict[str, str]:
    """Create every queue, dead-letter queues first, and return ARN to URL."""
    urls: dict[str, str] = {}
    queues = template.of_type("AWS::SQS::Queue")
    for logical_id, properties in sorted(queues, key=lambda queue: "RedrivePolicy" in queue[1]):
        only(logical_id, properties, _QUEUE)
        request = {
            "QueueName": template.identity.name(logical_id),
            "Attributes": _queue_attributes(properties),
        }
        urls[template.identity.arn(logical_id)] = lab.call("sqs", "CreateQueue", request)["QueueUrl"]
    return urls


def _queue_attributes(properties: Properties) -> dict[str, str]:
    attributes = {key: str(properties[key]) for key in sorted(_QUEUE_NUMBERS & properties.keys())}
    if "RedrivePolicy" in properties:
        attributes["RedrivePolicy"] = json.dumps(properties["RedrivePolicy"])
    return attributes


def create_topics(lab: Lab, template: Template) -> None:
    """Create every topic."""
    for logical_id, properties in template.of_type("AWS::SNS::Topic"):
        only(logical_id, properties, {"TopicName", "DisplayName"})
        lab.call("sns", "CreateTopic", {"Name": template.identity.name(logical_id)})


def create_keys(lab: Account, template: Template) -> None:
    """Create every key, whose id names it from then on, and the aliases."""
    for logical_id, resource in template.resources.items():
        if resource["Type"] == "AWS::KMS::Key":
            template.identity.physical[logical_id] = lab.kms.create_key().id
    for logical_id, properties in template.of_type("AWS::KMS::Alias"):
        only(logical_id, properties, {"AliasName", "TargetKeyId"})
        lab.call("kms", "CreateAlias", properties)
