"""The API of DynamoDB Streams (``dynamodbstreams``): one shard a stream."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from trimtab_lab.api_error import ApiError
from trimtab_lab.dynamodb.faults import invalid, not_found
from trimtab_lab.dynamodb.stream import FIRST_SEQUENCE, Record, Stream
from trimtab_lab.dynamodb.table import Table
from trimtab_lab.dynamodb.tables import Tables
from trimtab_lab.lab import Answer, Lab, Operation, Request
from trimtab_lab.plain import copy_value, only

ITERATOR_SECONDS = 15 * 60  # API reference, GetShardIterator (read 2026-11-22)
RECORDS_MAX = 1000
_SHARD = "shardId-00000000000000000000-00000001"


class DynamoDbStreams:
    """Reads of the streams of the account's tables."""

    def __init__(self, lab: Lab, tables: Tables) -> None:
        self._clock, self._tables = lab.clock, tables
        self.operations: Mapping[str, Operation] = {
            "ListStreams": self._list_streams,
            "DescribeStream": self._describe_stream,
            "GetShardIterator": self._get_shard_iterator,
            "GetRecords": self._get_records,
        }

    def _find(self, arn: str) -> tuple[Table, Stream]:
        for table in self._tables.by_name.values():
            if table.stream is not None and table.stream.arn == arn:
                table.stream.trim(self._clock.now)
                return table, table.stream
        raise not_found(f"Stream: {arn} not found")

    def _list_streams(self, request: Request) -> Answer:
        only("ListStreams", request, {"TableName"})
        return {
            "Streams": [
                {"StreamArn": table.stream.arn, "TableName": name, "StreamLabel": table.stream.arn[-23:]}
                for name, table in sorted(self._tables.by_name.items())
                if table.stream is not None and request.get("TableName", name) == name
            ]
        }

    def _describe_stream(self, request: Request) -> Answer:
        only("DescribeStream", request, {"StreamArn", "Limit"})
        table, stream = self._find(request["StreamArn"])
        shard = {
            "ShardId": _SHARD,
            "SequenceNumberRange": {"StartingSequenceNumber": str(FIRST_SEQUENCE)},
        }
        return {
            "StreamDescription": {
                "StreamArn": stream.arn,
                "StreamLabel": stream.arn[-23:],
                "StreamStatus": "ENABLED",
                "StreamViewType": stream.view_type,
                "TableName": table.name,
                "KeySchema": copy_value(table.description["KeySchema"]),
                "CreationRequestDateTime": table.description["CreationDateTime"],
                "Shards": [shard],
            }
        }

    def _get_shard_iterator(self, request: Request) -> Answer:
        _, stream = self._find(request["StreamArn"])
        if request["ShardId"] != _SHARD:
            raise not_found(f"Shard does not exist: {request['ShardId']}")
        oldest = stream.records[0][1] if stream.records else stream.next_sequence
        kind = request["ShardIteratorType"]
        if kind == "TRIM_HORIZON":
            return {"ShardIterator": self._iterator(stream, oldest)}
        if kind == "LATEST":
            return {"ShardIterator": self._iterator(stream, stream.next_sequence)}
        if "SequenceNumber" not in request:
            raise invalid(f"SequenceNumber is required for shard iterator type {kind}")
        wanted = int(request["SequenceNumber"]) + (kind == "AFTER_SEQUENCE_NUMBER")
        if wanted < oldest:
            raise ApiError(
                "TrimmedDataAccessException", "The operation attempted to read past the oldest stream record."
            )
        return {"ShardIterator": self._iterator(stream, wanted)}

    def _iterator(self, stream: Stream, sequence: int) -> str:
        return f"{stream.arn}|{sequence}|{self._clock.now}"

    def _get_records(self, request: Request) -> Answer:
        only("GetRecords", request, {"ShardIterator", "Limit"})
        arn, sequence, issued = request["ShardIterator"].split("|")
        _, stream = self._find(arn)
        if float(issued) + ITERATOR_SECONDS < self._clock.now:
            raise ApiError("ExpiredIteratorException", "Iterator expired.")
        limit = min(request.get("Limit", RECORDS_MAX), RECORDS_MAX)
        found = [record for _, number, record in stream.records if number >= int(sequence)][:limit]
        after = int(found[-1]["dynamodb"]["SequenceNumber"]) + 1 if found else int(sequence)
        return {
            "Records": [_api_form(record) for record in found],
            "NextShardIterator": self._iterator(stream, after),
        }


def _api_form(record: Record) -> dict[str, Any]:
    copied: dict[str, Any] = copy_value(record)
    body = copied["dynamodb"]
    body["ApproximateCreationDateTime"] = datetime.fromtimestamp(body["ApproximateCreationDateTime"], UTC)
    if "userIdentity" in copied:
        identity = copied["userIdentity"]
        copied["userIdentity"] = {"Type": identity["type"], "PrincipalId": identity["principalId"]}
    return copied
