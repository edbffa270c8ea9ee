"""Counts of stops that come together, and the brakes on their restarts, in the Control table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from trimtab.adapters.dynamodb_items import Item, from_dynamodb, instant, read_instant, to_dynamodb
from trimtab.adapters.dynamodb_steering import ONLY, control_item
from trimtab.model.keys import KEPT, control_key
from trimtab.model.restart_policy import CauseClass
from trimtab.model.storm import Brake, CountedStop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

STOPS_KEPT: Final = 100
"""In one item of 15 KB; twice as many as make a storm in any cluster (``storm.A_STORM_ANYWHERE``)."""

LATELY: Final = timedelta(minutes=20)
"""Twice the longest window that a policy can set: what is older is taken out of the count."""

PRUNED_FROM: Final = 20
"""Few stops of long ago may stay: taking them out is a second write."""

FULL_FOR: Final = timedelta(seconds=30)
"""How long a full count is not asked to take more: each refusal costs as much as a write of 15 KB."""

STOPS, BRAKE = "stops", "brake#"


class DynamoDbStorms:
    """The port ``Storms`` on DynamoDB: one item counts the stops of a cluster and a class of causes."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table
        self._full = dict[str, tuple[datetime, tuple[CountedStop, ...]]]()

    def count(
        self, cluster: str, cause_class: CauseClass, stop: CountedStop, now: datetime
    ) -> tuple[CountedStop, ...]:
        """Count a stop and return all that were lately; counting it twice is counting it once."""
        key = _key(cluster, cause_class)
        full_at, seen = self._full.get(key, (None, ()))
        if full_at is not None and now - full_at < FULL_FOR:
            return seen
        said = self._add(key, _write(stop), now)
        stale = {one for one in said if _read(one).at < now - LATELY}
        if stale and len(said) >= PRUNED_FROM:
            self._update(key, "DELETE #s :some", stale, now)
            if len(said) >= STOPS_KEPT:
                said = self._add(key, _write(stop), now)
        stops = tuple(_read(one) for one in sorted(said - stale))
        if len(stops) >= STOPS_KEPT:
            self._full[key] = (now, stops)
        return stops

    def tracked(self, cluster: str) -> int | None:
        """Return how many declared tasks of a cluster ran when they were counted last; None: never."""
        item = self._get(control_key("storm", cluster), ONLY)
        return int(item["tracked"]) if item else None

    def note_tracked(self, cluster: str, count: int, now: datetime) -> None:
        """Remember how many declared tasks of a cluster run."""
        body = {"tracked": count, "expires_at": _expires(now)}
        item = {"key": control_key("storm", cluster), "part": ONLY, **body}
        self._client.put_item(TableName=self._table, Item=to_dynamodb(item))

    def brakes(self, cluster: str, cause_class: CauseClass) -> Sequence[Brake]:
        """Return the brakes of a cluster and a class, those that have been closed lately too."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#k = :k AND begins_with(#p, :p)",
            ExpressionAttributeNames={"#k": "key", "#p": "part"},
            ExpressionAttributeValues=to_dynamodb({":k": _key(cluster, cause_class), ":p": BRAKE}),
            ConsistentRead=True,
        )
        return [read_brake(from_dynamodb(item)) for page in pages for item in page["Items"]]

    def put(self, brake: Brake, now: datetime) -> bool:
        """Take the step to a version of a brake; False when somebody else has taken it."""
        item = {
            "key": _key(brake.cluster, brake.cause_class),
            "part": BRAKE + brake.key,
            "cluster": brake.cluster,
            "cause_class": brake.cause_class.value,
            "opened_at": instant(brake.opened_at),
            "lineages": brake.lineages,
            "tracked": brake.tracked,
            "hold_until": instant(brake.hold_until),
            "hold_seconds": brake.hold_seconds,
            "canary": brake.canary,
            "closed_at": instant(brake.closed_at) if brake.closed_at else None,
            "told": brake.told,
            "version": brake.version,
            "expires_at": _expires(now),
        }
        try:
            self._client.put_item(
                TableName=self._table,
                Item=to_dynamodb(item),
                ConditionExpression="attribute_not_exists(#v) OR #v = :before",
                ExpressionAttributeNames={"#v": "version"},
                ExpressionAttributeValues=to_dynamodb({":before": brake.version - 1}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _add(self, key: str, stop: str, now: datetime) -> set[str]:
        """Add a stop; return all there are, without it when the count is full."""
        try:
            return self._update(key, "SET #e = :e ADD #s :some", {stop}, now)
        except ClientError as fault:
            if fault.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            there = from_dynamodb(cast("Mapping[str, Any]", fault.response.get("Item", {})))
            return set(there.get(STOPS, ()))

    def _update(self, key: str, update: str, some: set[str], now: datetime) -> set[str]:
        values: dict[str, Any] = {":some": {"SS": sorted(some)}}
        more: dict[str, Any] = {}
        names = {"#s": STOPS}
        if update.startswith("SET"):
            names["#e"], values[":e"] = "expires_at", {"N": str(_expires(now))}
            values[":kept"] = {"N": str(STOPS_KEPT)}
            more["ConditionExpression"] = "attribute_not_exists(#s) OR size(#s) < :kept"
        answer = self._client.update_item(
            TableName=self._table,
            Key=control_item(key, STOPS),
            UpdateExpression=update,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **more,
        )
        return set(from_dynamodb(answer["Attributes"]).get(STOPS, ()))

    def _get(self, key: str, part: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=control_item(key, part))
        return from_dynamodb(answer["Item"]) if "Item" in answer else None


def _key(cluster: str, cause_class: CauseClass) -> str:
    return control_key("storm", f"{cluster}/{cause_class}")


def _expires(now: datetime) -> int:
    return int((now + KEPT["storm"]).timestamp())


def _write(stop: CountedStop) -> str:
    """Return a stop as one element of a set; its lineage, of which only equality counts, in short."""
    lineage = hashlib.sha256(stop.lineage.encode()).hexdigest()[:12]
    return json.dumps([instant(stop.at), lineage, *stop.shares], separators=(",", ":"))


def _read(said: str) -> CountedStop:
    at, lineage, *shares = json.loads(said)
    return CountedStop(read_instant(at), lineage, tuple(shares))


def brake_item(cluster: str, cause_class: CauseClass, shared: str) -> Item:
    """Return the key of a brake in DynamoDB's types; ``shared`` is what its stops share."""
    return control_item(_key(cluster, cause_class), BRAKE + shared)


def read_brake(item: Mapping[str, Any]) -> Brake:
    """Return the brake that ``put`` wrote."""
    return Brake(
        item["cluster"],
        CauseClass(item["cause_class"]),
        item["part"].removeprefix(BRAKE),
        read_instant(item["opened_at"]),
        item["lineages"],
        item["tracked"],
        read_instant(item["hold_until"]),
        item["hold_seconds"],
        item["canary"],
        read_instant(item["closed_at"]) if item["closed_at"] else None,
        item.get("told", True),
        item["version"],
    )
