"""The Changes port on every store there is: in memory, on moto, on the laboratory."""

from contextlib import contextmanager

import boto3
import botocore.session
from moto import mock_aws

from tests.doubles.changes import MemoryChanges
from tests.tidy.stack import written
from trimtab.adapters.dynamodb_changes import DynamoDbChanges
from trimtab.adapters.dynamodb_items import from_dynamodb, to_dynamodb
from trimtab.adapters.dynamodb_stops import archiving
from trimtab.model.keys import control_key, task_id
from trimtab_lab import in_process
from trimtab_lab.dynamodb import DynamoDb
from trimtab_lab.lab import Lab

STORES = ("memory", "moto", "laboratory")


def create_table(client, logical_name, name):
    """Make a table as the template has it."""
    properties = written()[logical_name]["Properties"]
    wanted = (
        "AttributeDefinitions",
        "KeySchema",
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
        "BillingMode",
    )
    request = {key: properties[key] for key in wanted if key in properties}
    client.create_table(TableName=name, **request)


class Table:
    """A Changes table on DynamoDB, and what lies in it."""

    def __init__(self, client):
        create_table(client, "ChangesTable", "changes")
        create_table(client, "ControlTable", "control")
        self.client, self.unreadable = client, []
        self.changes = DynamoDbChanges(client, "changes", "control", self.unreadable.append)

    def item(self, workload, item):
        key = to_dynamodb({"workload": workload, "item": item})
        answer = self.client.get_item(TableName="changes", Key=key, ConsistentRead=True)
        return from_dynamodb(answer["Item"]) if "Item" in answer else None

    def head(self, workload):
        return (self.item(workload, "HEAD") or {}).get("holder")

    def link(self, task_arn):
        """Return root and Change of a task that was started, None when it is not known."""
        key = to_dynamodb({"key": control_key("lineage", task_id(task_arn)), "part": "-"})
        item = from_dynamodb(self.client.get_item(TableName="control", Key=key).get("Item", {}))
        return (item["root"], item["change_id"]) if item else None

    def archived(self, stop):
        """Tell whether a stop is in the archive."""
        key = archiving("control", stop, stop.at)["Item"]
        asked = {name: key[name] for name in ("key", "part")}
        return "Item" in self.client.get_item(TableName="control", Key=asked)


class Memory:
    """The double, behind the same questions."""

    def __init__(self):
        self.changes = MemoryChanges()
        self.head, self.link = self.changes.head, self.changes.links.get

    def archived(self, stop):
        return stop.task_arn in self.changes.stops.kept


@contextmanager
def store(name):
    if name == "memory":
        yield Memory()
    elif name == "moto":
        with mock_aws():
            yield Table(boto3.client("dynamodb", region_name="eu-west-1"))
    else:
        session, lab = botocore.session.Session(), Lab()
        DynamoDb(lab)
        in_process.connect(lab, session)
        yield Table(session.create_client("dynamodb", region_name="eu-west-1"))
