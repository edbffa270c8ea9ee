"""The archive of stops in the Control table: by workload, and by day for who searches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from trimtab.adapters.dynamodb_items import from_dynamodb, instant, read_instant, to_dynamodb
from trimtab.adapters.dynamodb_steering import control_item
from trimtab.model.keys import KEPT, STOPS_OF_DAY_INDEX, control_key, task_id
from trimtab.model.stop import Stop

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from trimtab.model.task import Task

KEPT_FIELDS: Final = tuple(one.name for one in fields(Stop) if one.name != "at")
SINCE: Final = " AND #p >= :p"


class DynamoDbStops:
    """The port ``Stops`` on DynamoDB, and the search of the command line."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def archive(self, stop: Stop, at: datetime) -> bool:
        """Keep a stop as it was judged first; False when it has been kept before."""
        try:
            self._client.put_item(**archiving(self._table, stop, at))
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def is_archived(self, task: Task) -> bool:
        """Tell whether this stop has been judged before."""
        if task.stopped_at is None:
            return False
        key = _key(task.cluster_name, task.service_name, task.family or "")
        answer = self._client.get_item(
            TableName=self._table,
            Key=control_item(key, _part(task.stopped_at, task.task_arn)),
            ConsistentRead=True,
        )
        return "Item" in answer

    def of_service(self, service_arn: str, since: datetime) -> tuple[Stop, ...]:
        """Return the stops of a service's tasks since then, oldest first; read consistently."""
        cluster, service = service_arn.split("/")[-2:]
        return tuple(self._of(_key(cluster, service, ""), since))

    def newest(
        self, cluster: str, service: str | None, family: str, since: datetime, limit: int
    ) -> tuple[Stop, ...]:
        """Return at most ``limit`` of the newest stops of one service, or of one family outside services."""
        key = _key(cluster, service, family)
        only = {"MaxItems": limit, "PageSize": limit}
        found = self._of(key, since, ScanIndexForward=False, PaginationConfig=only)
        return tuple(found)[::-1]

    def search(
        self,
        since: datetime,
        until: datetime,
        cluster: str | None = None,
        service: str | None = None,
        family: str | None = None,
        cause: str | None = None,
    ) -> Iterator[Stop]:
        """Yield stops from ``since`` to ``until``, oldest first, that have all that is given.

        With cluster and service only that service's stops are read, else every stop of the days.
        """
        given = {"cluster": cluster, "service": service, "family": family, "cause": cause}
        wanted = {name: value for name, value in given.items() if value is not None}
        found = (
            self._of(_key(cluster, service, ""), since)
            if cluster and service
            else self._by_day(since, until, wanted)
        )
        for stop in found:
            if stop.at <= until and all(getattr(stop, name) == value for name, value in wanted.items()):
                yield stop

    def _of(self, key: str, since: datetime, **more: Any) -> Iterator[Stop]:
        return self._query(
            KeyConditionExpression="#k = :k" + SINCE,
            ExpressionAttributeNames={"#k": "key", "#p": "part"},
            ExpressionAttributeValues=to_dynamodb({":k": key, ":p": instant(since)}),
            ConsistentRead=True,
            **more,
        )

    def _by_day(self, since: datetime, until: datetime, wanted: Mapping[str, str]) -> Iterator[Stop]:
        names = {"#k": "stopped_on", "#p": "part", **{f"#{name}": name for name in wanted}}
        filtered = " AND ".join(f"#{name} = :{name}" for name in wanted)
        more = {"FilterExpression": filtered} if filtered else {}
        day = since
        while _day(day) <= _day(until):
            values = {":k": _day(day), ":p": instant(since), **{f":{k}": v for k, v in wanted.items()}}
            yield from self._query(
                IndexName=STOPS_OF_DAY_INDEX,
                KeyConditionExpression="#k = :k" + SINCE,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=to_dynamodb(values),
                **more,
            )
            day += timedelta(days=1)

    def _query(self, **request: Any) -> Iterator[Stop]:
        pages = self._client.get_paginator("query").paginate(TableName=self._table, **request)
        for page in pages:
            yield from (_read(from_dynamodb(item)) for item in page["Items"])


def archiving(table: str, stop: Stop, at: datetime) -> Any:
    """Return the write that keeps a stop, unless it has been kept before."""
    item = {
        "key": _key(stop.cluster, stop.service, stop.family),
        "part": _part(stop.at, stop.task_arn),
        "stopped_on": _day(stop.at),
        "expires_at": int((at + KEPT["stop"]).timestamp()),
        **{name: getattr(stop, name) for name in KEPT_FIELDS},
        "evidence": dict(stop.evidence),
    }
    return {
        "TableName": table,
        "Item": to_dynamodb(item),
        "ConditionExpression": "attribute_not_exists(#k)",
        "ExpressionAttributeNames": {"#k": "key"},
    }


def _key(cluster: str, service: str | None, family: str) -> str:
    return control_key("stop", f"{cluster}/{f'service:{service}' if service else f'family:{family}'}")


def _part(at: datetime, task_arn: str) -> str:
    return f"{instant(at)}#{task_id(task_arn)}"


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def _read(item: Mapping[str, Any]) -> Stop:
    at = read_instant(item["part"].partition("#")[0])
    return Stop(at=at, **{name: item[name] for name in KEPT_FIELDS})
