"""The switch and the policy in the Control table: what people steer Trimtab with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from trimtab.adapters.dynamodb_items import Item, from_dynamodb, instant, read_instant, to_dynamodb
from trimtab.model.errors import ConflictError, PolicyError
from trimtab.model.keys import KEPT, control_key
from trimtab.model.policy import BUILT_IN, Policy
from trimtab.model.policy_document import read_policy
from trimtab.model.switch import NEVER_SET, UNREADABLE, Position, Switch
from trimtab.model.task_definition import family_arn

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ONLY: Final = "-"
"""The ``part`` of an item that is alone under its key."""

IN_FORCE: Final = "current"


class DynamoDbSteering:
    """Reading and setting switch and policy; the functions only read them."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def switch_and_policy(self) -> tuple[Switch, Policy | None]:
        """Read both together, consistently; an unreadable switch stops, an unreadable policy is None."""
        switch, policy, _ = self._steering_with([])
        return switch, policy

    def _steering_with(self, keys: Sequence[Item]) -> tuple[Switch, Policy | None, list[dict[str, Any]]]:
        """Read switch, policy and other items at once, consistently; when that fails, none of the others."""
        wanted = [control_item("switch", ONLY), control_item("policy", IN_FORCE), *keys]
        try:
            answer = self._client.transact_get_items(
                TransactItems=[{"Get": {"TableName": self._table, "Key": key}} for key in wanted]
            )
        except (BotoCoreError, ClientError):
            return UNREADABLE, None, []
        switch, policy, *others = (from_dynamodb(each.get("Item", {})) for each in answer["Responses"])
        return _read_switch(switch), _read_policy(policy), others

    def switch(self) -> Switch:
        """Read the switch alone, for people; unlike the functions they are told when AWS refuses."""
        return _read_switch(self._get("switch", ONLY) or {})

    def set_switch(self, switch: Switch, replacing: Switch | None = None) -> None:
        """Set the switch; for people, through the command line.

        Raises:
            ConflictError: It no longer stands as in ``replacing``; it was left as it is.
        """
        item = {
            "key": "switch",
            "part": ONLY,
            "position": switch.position.value,
            "reason": switch.reason,
            "set_by": switch.set_by,
            "set_at": instant(switch.set_at) if switch.set_at else None,
        }
        try:
            self._client.put_item(TableName=self._table, Item=to_dynamodb(item), **_still_stands(replacing))
        except self._client.exceptions.ConditionalCheckFailedException as fault:
            raise ConflictError(
                f"cannot set the switch to {switch.position}: somebody set it meanwhile. "
                "It was left as they set it. Look at it again with `trimtab status`."
            ) from fault

    def put_policy(
        self, document: Mapping[str, Any], set_by: str = "", set_at: datetime | None = None
    ) -> int:
        """Store a policy document that can be read as the next version; for people.

        Raises:
            PolicyError: It cannot be read; the one in force stays.
            ConflictError: Somebody stored one meanwhile; theirs stays.
        """
        answer = self._client.get_item(
            TableName=self._table, Key=control_item("policy", IN_FORCE), ConsistentRead=True
        )
        version = int(from_dynamodb(answer.get("Item", {})).get("version", 0)) + 1
        read_policy(document, version)
        body = {
            "version": version,
            "document": json.dumps(document),
            "set_by": set_by,
            "set_at": instant(set_at) if set_at else None,
        }
        steps: list[Any] = [self._put_policy_item(part, body) for part in (f"{version:06d}", IN_FORCE)]
        if version > 1:
            steps[1]["Put"] |= {
                "ConditionExpression": "#v = :before",
                "ExpressionAttributeValues": to_dynamodb({":before": version - 1}),
            }
        try:
            self._client.transact_write_items(TransactItems=steps)
        except self._client.exceptions.TransactionCanceledException as fault:
            raise ConflictError(
                f"cannot store the policy as version {version}: somebody stored one meanwhile. "
                "Theirs stays in force. Look at it with `trimtab policy show`, then store yours again."
            ) from fault
        return version

    def cleared_at(self, workload: str) -> datetime | None:
        """Return when a person last cleared a workload of what counts against it; None when nobody has."""
        item = self._get("cleared", ONLY, workload)
        return read_instant(item["at"]) if item else None

    def clear(self, workload: str, reason: str, cleared_by: str, at: datetime) -> None:
        """Let what became of earlier Changes of a workload count against it no longer; for people."""
        item = {
            "key": control_key("cleared", workload),
            "part": ONLY,
            "at": instant(at),
            "reason": reason,
            "cleared_by": cleared_by,
            "expires_at": int((at + KEPT["cleared"]).timestamp()),
        }
        self._client.put_item(TableName=self._table, Item=to_dynamodb(item))

    def quarantined_at(self, revision: str) -> datetime | None:
        """Return when a revision failed twice alike, None when it has not, lately."""
        item = self._get("quarantine", revision, family_arn(revision))
        return read_instant(item["at"]) if item else None

    def quarantined_revisions(self, family: str) -> Mapping[str, datetime]:
        """Return which revisions of a family, named by its ARN, failed twice alike, and when."""
        items = self._all(control_key("quarantine", family), "")
        return {item["part"]: read_instant(item["at"]) for item in items}

    def stored_policy(self, version: int | None = None) -> Mapping[str, Any] | None:
        """Return the policy item in force, or of a version, as it is stored; None when there is none."""
        part = IN_FORCE if version is None else f"{version:06d}"
        return self._get("policy", part)

    def _put_policy_item(self, part: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._table,
                "Item": to_dynamodb({"key": "policy", "part": part, **body}),
                "ConditionExpression": "attribute_not_exists(#v)",
                "ExpressionAttributeNames": {"#v": "version"},
            }
        }

    def _get(self, kind: str, part: str, subject: str = "") -> dict[str, Any] | None:
        answer = self._client.get_item(
            TableName=self._table, Key=control_item(control_key(kind, subject), part), ConsistentRead=True
        )
        return from_dynamodb(answer["Item"]) if "Item" in answer else None

    def _all(self, key: str, part: str) -> list[dict[str, Any]]:
        condition, names, values = "#k = :k", {"#k": "key"}, {":k": key}
        if part:
            condition += " AND begins_with(#p, :p)"
            names["#p"], values[":p"] = "part", part
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=to_dynamodb(values),
            ConsistentRead=True,
        )
        return [from_dynamodb(item) for page in pages for item in page["Items"]]


def control_item(key: str, part: str) -> Item:
    """Return the key of a Control item in DynamoDB's types."""
    return to_dynamodb({"key": key, "part": part})


def kept_item(
    kind: str, part: str, body: Mapping[str, Any], subject: str = "", at: datetime | None = None
) -> Item:
    """Return a Control item in DynamoDB's types; from ``at`` on it lives as long as its kind does."""
    item = {"key": control_key(kind, subject), "part": part, **body}
    if at is not None and kind in KEPT:
        item["expires_at"] = int((at + KEPT[kind]).timestamp())
    return to_dynamodb(item)


def _still_stands(switch: Switch | None) -> dict[str, Any]:
    """Return the condition that nobody has set the switch since; one that cannot be read may be replaced."""
    if switch is None or switch is UNREADABLE:
        return {}
    if switch is NEVER_SET:
        return {
            "ConditionExpression": "attribute_not_exists(#p)",
            "ExpressionAttributeNames": {"#p": "position"},
        }
    set_at = instant(switch.set_at) if switch.set_at else None
    return {
        "ConditionExpression": "#p = :p AND #a = :a",
        "ExpressionAttributeNames": {"#p": "position", "#a": "set_at"},
        "ExpressionAttributeValues": to_dynamodb({":p": switch.position.value, ":a": set_at}),
    }


def _read_switch(item: Mapping[str, Any]) -> Switch:
    if not item:
        return NEVER_SET
    try:
        set_at = read_instant(item["set_at"]) if item.get("set_at") else None
        return Switch(Position(item["position"]), str(item["reason"]), str(item["set_by"]), set_at)
    except (KeyError, TypeError, ValueError):
        return UNREADABLE


def _read_policy(item: Mapping[str, Any]) -> Policy | None:
    if not item:
        return BUILT_IN
    try:
        return _policy_of(item["document"], item["version"])
    except (KeyError, TypeError, ValueError, PolicyError):
        return None


@lru_cache(maxsize=4, typed=True)
def _policy_of(document: str, version: int) -> Policy:
    """Return the policy of a document, which is read before each write and hardly ever is another one."""
    return read_policy(json.loads(document), version)
