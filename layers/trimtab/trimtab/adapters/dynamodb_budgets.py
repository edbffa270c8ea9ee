"""The counts in the Control table: sets of ids, so that charging twice for one Change is charging once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from trimtab.adapters.clock import sleep
from trimtab.adapters.dynamodb_items import from_dynamodb, instant, read_instant
from trimtab.adapters.dynamodb_steering import ONLY, control_item
from trimtab.model.budget import Charge, Record
from trimtab.model.errors import ThrottledError
from trimtab.model.keys import KEPT, control_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FAILURES_READ: Final = 20
SUCCESSES_KEPT: Final = 32
"""More than ``budgets.allowed_at_once`` can make use of, and few enough for one item."""

REFUSED: Final = "ConditionalCheckFailed"
PASSING: Final = (
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
    "TransactionCanceledException",
    "TransactionInProgressException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "ProvisionedThroughputExceededException",
)
"""Others are counted on the same item at this instant, as all are after the gate has let a plan through.

Source: DynamoDB API Reference, TransactWriteItems, Errors and cancellation reasons (read 2026-11-22).
"""

TRIES: Final = 3
PAUSE_SECONDS: Final = 0.4
"""Between two tries, at most; how long exactly differs by holder: those that met do not meet again."""


class DynamoDbBudgets:
    """The port ``Budgets`` on DynamoDB."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def charge(self, charges: Sequence[Charge], holder: str) -> Charge | None:
        """Count ``holder`` against all of the limits at once; return the first that is reached, or None.

        Raises:
            ThrottledError: Others were counted at the same instant, however often it was tried.
        """
        if not charges:
            return None
        if closed := next((one for one in charges if one.limit < 1), None):
            return closed
        chance = Random(holder)
        for _ in range(TRIES):
            try:
                self._client.transact_write_items(TransactItems=[self._count(one, holder) for one in charges])
            except ClientError as fault:
                reasons = _reasons(fault)
                if REFUSED in reasons[: len(charges)]:
                    return charges[reasons.index(REFUSED)]
                if not set(reasons) <= {*PASSING, "None"}:
                    raise
            else:
                return None
            sleep(PAUSE_SECONDS * chance.random())
        raise ThrottledError("the Control table: others are counted against the same limits at this instant")

    def release(self, scope: str, window: str, holder: str) -> None:
        """Give back a place in a count that lasts; giving it back twice is giving it back once."""
        self._client.update_item(
            TableName=self._table,
            Key=control_item(control_key("budget", scope), window),
            UpdateExpression="DELETE #h :me",
            ExpressionAttributeNames={"#h": "holders"},
            ExpressionAttributeValues={":me": {"SS": [holder]}},
        )

    def holders(self, scope: str, window: str) -> list[str]:
        """Return who is counted."""
        item = self._get(control_key("budget", scope), window)
        return sorted(item.get("holders", ()))

    def record(self, era: str) -> Record:
        """Return how our own changes have ended, with what has ended well of those begun in an era."""
        item, of_era = (self._get(control_key("brake"), part) for part in (ONLY, era))
        failed = sorted(one.partition(" ")[0] for one in item.get("failed", ()))[-FAILURES_READ:]
        succeeded = len(of_era.get("succeeded", ()))
        return Record(succeeded, tuple(map(read_instant, failed)), bool(of_era.get("proved")))

    def note_end(self, good: bool, at: datetime, era: str, change_id: str) -> None:
        """Add the end of a Change that was begun in an era to the record; adding it twice is adding it once.

        What an era has proved does not expire: its canaries are counted for as long.
        """
        if good:
            if self.record(era).successes < SUCCESSES_KEPT:
                values: dict[str, Any] = {":me": {"SS": [change_id]}, ":yes": {"BOOL": True}}
                self._note(era, "SET #p = :yes ADD #s :me", {"#s": "succeeded", "#p": "proved"}, values)
            return
        expires_at = str(int((at + KEPT["brake"]).timestamp()))
        values = {":e": {"N": expires_at}, ":me": {"SS": [f"{instant(at)} {change_id}"]}}
        self._note(ONLY, "SET #e = :e ADD #f :me", {"#e": "expires_at", "#f": "failed"}, values)
        self._client.update_item(
            TableName=self._table,
            Key=control_item(control_key("brake"), era),
            UpdateExpression="REMOVE #s",
            ExpressionAttributeNames={"#s": "succeeded"},
        )

    def _note(self, part: str, update: str, names: dict[str, str], values: dict[str, Any]) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=control_item(control_key("brake"), part),
            UpdateExpression=update,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )

    def _count(self, charge: Charge, holder: str) -> Any:
        expires_at = int((charge.until + KEPT["budget"]).timestamp())
        names = {"#h": "holders"}
        values: dict[str, Any] = {":me": {"SS": [holder]}, ":i": {"S": holder}}
        values[":limit"] = {"N": str(charge.limit)}
        update = "ADD #h :me"
        if not charge.lasts:
            names["#e"], values[":e"] = "expires_at", {"N": str(expires_at)}
            update = "SET #e = :e ADD #h :me"
        return {
            "Update": {
                "TableName": self._table,
                "Key": control_item(control_key("budget", charge.scope), charge.window),
                "UpdateExpression": update,
                "ConditionExpression": "attribute_not_exists(#h) OR size(#h) < :limit OR contains(#h, :i)",
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values,
            }
        }

    def _get(self, key: str, part: str) -> dict[str, Any]:
        answer = self._client.get_item(
            TableName=self._table, Key=control_item(key, part), ConsistentRead=True
        )
        return from_dynamodb(answer.get("Item", {}))


def _reasons(fault: ClientError) -> list[str]:
    """Return why each part of a transaction was cancelled, or the one code of the whole."""
    told: list[Any] = fault.response.get("CancellationReasons", [])
    return [one.get("Code", "None") for one in told] or [fault.response["Error"]["Code"]]
