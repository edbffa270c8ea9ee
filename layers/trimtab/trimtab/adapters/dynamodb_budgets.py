"""The counts in the Control table: sets of ids, so that charging twice for one Change is charging once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from trimtab.adapters.dynamodb_items import from_dynamodb, instant, read_instant, to_dynamodb
from trimtab.adapters.dynamodb_steering import ONLY, control_item
from trimtab.decisions.budgets import RUNNING
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

    def release(self, holder: str) -> None:
        """Give back a place among the roll-outs that run; giving it back twice is giving it back once."""
        self._client.update_item(
            TableName=self._table,
            Key=control_item(control_key("budget", RUNNING), RUNNING),
            UpdateExpression="DELETE #h :me",
            ExpressionAttributeNames={"#h": "holders"},
            ExpressionAttributeValues={":me": {"SS": [holder]}},
        )

    def running(self) -> list[str]:
        """Return who holds a place among the roll-outs that run."""
        item = self._get(control_key("budget", RUNNING), RUNNING)
        return sorted(item.get("holders", ()))

    def record(self) -> Record:
        """Return how our own changes have ended."""
        item = self._get(control_key("brake"), ONLY)
        failures = tuple(read_instant(at) for at in item.get("failures", ())[-FAILURES_READ:])
        return Record(int(item.get("successes", 0)), failures)

    def note_end(self, good: bool, at: datetime) -> None:
        """Add one end to the record, in one write."""
        update, names = "SET #e = :e ADD #s :n", {"#s": "successes", "#e": "expires_at"}
        values: dict[str, Any] = {":n": 1, ":e": int((at + KEPT["brake"]).timestamp())}
        if not good:
            update = "SET #e = :e, #s = :n, #f = list_append(if_not_exists(#f, :none), :f)"
            names["#f"] = "failures"
            values |= {":n": 0, ":none": [], ":f": [instant(at)]}
        self._client.update_item(
            TableName=self._table,
            Key=control_item(control_key("brake"), ONLY),
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
        if charge.scope != RUNNING:
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
