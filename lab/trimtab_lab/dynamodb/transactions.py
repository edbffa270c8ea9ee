"""TransactWriteItems: all of the writes, or none and the reasons why."""

from typing import Any

from trimtab_lab.api_error import ApiError
from trimtab_lab.dynamodb.faults import ItemFault, invalid
from trimtab_lab.dynamodb.reads import TRANSACT_ITEMS_MAX, without_capacity
from trimtab_lab.dynamodb.table import Write, commit
from trimtab_lab.dynamodb.writes import CONDITIONAL, Plan, Writes
from trimtab_lab.lab import Answer, Lab, Operation, Request
from trimtab_lab.plain import only

TRANSACTION_BYTES_MAX = 4 * 1024 * 1024  # API reference, TransactWriteItems (read 2026-11-22)
TOKEN_SECONDS = 600
_PARAMETERS = {
    "Put": CONDITIONAL | {"Item"},
    "Update": CONDITIONAL | {"Key", "UpdateExpression"},
    "Delete": CONDITIONAL | {"Key"},
    "ConditionCheck": CONDITIONAL | {"Key"},
}
Reason = dict[str, Any]


class Transactions:
    """Transactions; a repeated ClientRequestToken is answered without writing again."""

    def __init__(self, lab: Lab, writes: Writes) -> None:
        self._clock, self._writes = lab.clock, writes
        self._plans: dict[str, Plan] = {
            "Put": writes.plan_put,
            "Update": writes.plan_update,
            "Delete": writes.plan_delete,
            "ConditionCheck": writes.plan_check,
        }
        self._tokens: dict[str, tuple[float, Request]] = {}
        self.operations: dict[str, Operation] = {"TransactWriteItems": self._transact_write_items}

    def _transact_write_items(self, request: Request) -> Answer:
        sound = without_capacity(request)
        only("TransactWriteItems", sound, {"TransactItems", "ClientRequestToken"})
        if self._seen(sound):
            return {}
        entries = request["TransactItems"]
        if len(entries) > TRANSACT_ITEMS_MAX:
            raise invalid("Member must have length less than or equal to 100")
        actions = [_action(entry) for entry in entries]
        if len({self._writes.target(request) for _, request in actions}) != len(actions):
            raise invalid("Transaction request cannot include multiple operations on one item")
        writes, reasons = self._plan(actions)
        if sum(write.row.size for write in writes if write.row) > TRANSACTION_BYTES_MAX:
            raise invalid("Transaction size exceeded the limit of 4 MB")
        if any(reason["Code"] != "None" for reason in reasons):
            raise _cancelled(reasons)
        commit(writes, self._clock.now)
        if "ClientRequestToken" in sound:
            self._tokens[sound["ClientRequestToken"]] = (self._clock.now + TOKEN_SECONDS, sound)
        return {}

    def _seen(self, request: Request) -> bool:
        now = self._clock.now
        for token in [token for token, (until, _) in self._tokens.items() if until <= now]:
            del self._tokens[token]
        known = self._tokens.get(request.get("ClientRequestToken", ""))
        if known is not None and known[1] != request:
            raise ApiError(
                "IdempotentParameterMismatchException",
                "The request uses the same client token as a previous, but non-identical request.",
            )
        return known is not None

    def _plan(self, actions: list[tuple[str, Request]]) -> tuple[list[Write], list[Reason]]:
        writes: list[Write] = []
        reasons: list[Reason] = []
        for action, request in actions:
            only(f"TransactWriteItems.{action}", request, _PARAMETERS[action])
            try:
                writes.append(self._plans[action](request)[0])
                reasons.append({"Code": "None"})
            except ItemFault as fault:
                reasons.append({"Code": "ValidationError", "Message": fault.message})
            except ApiError as fault:
                if fault.code != "ConditionalCheckFailedException":
                    raise
                reasons.append({"Code": "ConditionalCheckFailed", "Message": fault.message, **fault.details})
        return writes, reasons


def _action(entry: dict[str, Request]) -> tuple[str, Request]:
    if len(entry) != 1:
        raise invalid("TransactItems can only contain one of Check, Put, Update or Delete")
    ((action, request),) = entry.items()
    return action, request


def _cancelled(reasons: list[Reason]) -> ApiError:
    codes = ", ".join(reason["Code"] for reason in reasons)
    return ApiError(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        details={"CancellationReasons": reasons},
    )
