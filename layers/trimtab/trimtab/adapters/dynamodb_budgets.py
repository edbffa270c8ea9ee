"""The counts in the Control table: sets of ids, so that charging twice for one Change is charging once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from trimtab.adapters.dynamodb_items import from_dynamodb, instant, read_instant, to_dynamodb
from trimtab.adapters.dynamodb_steering import ONLY, control_item
from trimtab.model.budget import Charge, Record
from trimtab.model.keys import KEPT, control_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FAILURES_READ: Final = 20


class DynamoDbBudgets:
    """The port ``Budgets`` on DynamoDB."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def charge(self, charges: Sequence[Charge], holder: str) -> Charge | None:
        """Count ``holder`` against all of the limits at once; return the first that is reached, or None."""
        if not charges:
            return None
        if closed := next((one for one in charges if one.limit < 1), None):
            return closed
        try:
            self._client.transact_write_items(TransactItems=[self._count(one, holder) for one in charges])
        except ClientError as fault:
            reasons: list[Any] = fault.response.get("CancellationReasons", [])
            for charge, reason in zip(charges, reasons, strict=False):
                if reason.get("Code") == "ConditionalCheckFailed":
                    return charge
            raise
        return None

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
        failures = tuple(read_instant(at) for at in item.get("failures", ())[-FAILURES_READ:])
        return Record(int(of_era.get("successes", 0)), failures, bool(of_era.get("proved")))

    def note_end(self, good: bool, at: datetime, era: str) -> None:
        """Add the end of a Change that was begun in an era to the record.

        What an era has proved does not expire: its canaries are counted for as long.
        """
        if good:
            names = {"#s": "successes", "#p": "proved"}
            self._note(era, "SET #p = :yes ADD #s :n", names, {":n": 1, ":yes": True})
            return
        self._note(era, "SET #s = :n", {"#s": "successes"}, {":n": 0})
        update = "SET #e = :e, #f = list_append(if_not_exists(#f, :none), :f)"
        expires_at = int((at + KEPT["brake"]).timestamp())
        values: dict[str, Any] = {":e": expires_at, ":none": [], ":f": [instant(at)]}
        self._note(ONLY, update, {"#e": "expires_at", "#f": "failures"}, values)

    def _note(self, part: str, update: str, names: dict[str, str], values: dict[str, Any]) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=control_item(control_key("brake"), part),
            UpdateExpression=update,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=to_dynamodb(values),
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
