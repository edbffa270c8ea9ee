"""Simulated DynamoDB: tables, sparse indexes, expressions, transactions, streams.

``lab.dynamodb.tables["name"].listen(callback)`` delivers stream records as they happen.
"""

from collections.abc import Mapping

from trimtab_lab.dynamodb.reads import Reads
from trimtab_lab.dynamodb.searches import Searches
from trimtab_lab.dynamodb.streams_api import DynamoDbStreams
from trimtab_lab.dynamodb.table import Table
from trimtab_lab.dynamodb.tables import Tables
from trimtab_lab.dynamodb.transactions import Transactions
from trimtab_lab.dynamodb.writes import Writes
from trimtab_lab.lab import Lab, Operation

__all__ = ["DynamoDb", "Table"]


class DynamoDb:
    """The services ``dynamodb`` and ``dynamodbstreams`` of one laboratory."""

    def __init__(self, lab: Lab) -> None:
        tables = Tables(lab)
        writes = Writes(lab, tables)
        self.tables: dict[str, Table] = tables.by_name
        self.streams = DynamoDbStreams(lab, tables)
        rooms = (tables, Reads(tables), Searches(tables), writes, Transactions(lab, writes))
        self.operations: Mapping[str, Operation] = {
            name: operation for room in rooms for name, operation in room.operations.items()
        }
        lab.serve("dynamodb", self)
        lab.serve("dynamodbstreams", self.streams)
