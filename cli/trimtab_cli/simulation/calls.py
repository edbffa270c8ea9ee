"""What lies between an SDK client and the laboratory: turns, faults, and who calls."""

from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from trimtab_cli.simulation.baton import Baton, acting
from trimtab_cli.simulation.distortions import Distortions
from trimtab_cli.simulation.faults import Dice
from trimtab_cli.simulation.record import OURS, WRITES, Call, Record
from trimtab_lab.api_error import ApiError

TABLE_WRITES: Final = frozenset({"PutItem", "UpdateItem", "TransactWriteItems", "DeleteItem"})
FREEZE_SECONDS: Final = (20.0, 400.0)
SLOW_SECONDS: Final = (1.0, 25.0)
ENDPOINT: Final = "https://simulated.invalid/"
CONFLICTS: Final = {
    "TransactWriteItems": "TransactionCanceledException",
    "TransactGetItems": "TransactionCanceledException",
    "UpdateItem": "TransactionConflictException",
    "PutItem": "TransactionConflictException",
    "DeleteItem": "TransactionConflictException",
}


class Killed(BaseException):
    """The execution environment is gone: no handler of exceptions sees this, as with a real one."""


class Calls:
    """Stands where ``in_process.connect`` expects a laboratory."""

    def __init__(self, record: Record, baton: Baton, dice: Dice, distortions: Distortions) -> None:
        self._record, self._baton, self._dice, self._distortions = record, baton, dice, distortions
        self.region = record.lab.region
        self._chance = record.lab.random("calls")
        self.before_write: Callable[[Call], None] = lambda call: None
        self.after_write: Callable[[Call], None] = lambda call: None

    def random(self, name: str) -> Any:
        """Return a stream of chance of the laboratory's seed."""
        return self._record.lab.random(name)

    def call(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Make one call as whoever has the turn, with a turn given up before and after its effect."""
        actor = acting()
        who, invocation = (actor.principal, actor.invocation) if actor else ("operator", 0)
        if not who.startswith(OURS):
            return self.others(who, service, operation, request)
        self._baton.pause()
        self._before(service, operation)
        self._distortions.write_as_another_version(operation, request)
        call = self._ours(Call(0.0, who, invocation, service, operation, request))
        if service == "dynamodb" and operation in TABLE_WRITES and self._dice.throw("table_answer_lost"):
            # The SDK itself sends a table's write again when its answer was lost.
            self._baton.pause()
            call = self._ours(Call(0.0, who, invocation, service, operation, request))
        self._baton.pause()
        self._after(operation)
        answer = call.answer or {}
        if operation == "Query":
            call.answer = None  # no checker reads it, and in a storm each is thousands of rows: gigabytes
        self._distortions.distort(invocation, operation, request, answer)
        return answer

    def others(self, who: str, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Make one call of somebody else's, without faults and in one turn."""
        self._distortions.remember(operation, request)
        return self._record.perform(who, 0, service, operation, request).answer or {}

    def _ours(self, asked: Call) -> Call:
        write = asked.service == "ecs" and asked.operation in WRITES
        if write:
            self.before_write(asked)
            self._distortions.remember(asked.operation, asked.request)
        call = self._record.perform(
            asked.who, asked.invocation, asked.service, asked.operation, asked.request
        )
        if write:
            self.after_write(call)
        return call

    def _before(self, service: str, operation: str) -> None:
        dice = self._dice
        if dice.throw("slow"):
            self._baton.pause(self._chance.uniform(*SLOW_SECONDS))
        if dice.throw("killed"):
            raise Killed
        if service == "dynamodb":
            if dice.throw("table_throttled"):
                raise ApiError("ProvisionedThroughputExceededException", "The table takes no more requests.")
            if operation in CONFLICTS and dice.throw("table_conflict"):
                raise _conflict(operation)
            return
        if service in ("sns", "events"):
            if dice.throw("notice_fails"):
                raise ApiError("InternalError", "Simulated fault.", 500)
            return
        if service == "ecs" and dice.ecs_is_out(self._record.lab.clock.now):
            raise ApiError("ServerException", "Simulated outage.", 500)
        update = operation == "UpdateService"
        if service == "ecs" and (dice.throw("throttled") or (update and dice.throw("update_throttled"))):
            raise ApiError("ThrottlingException", "Rate exceeded")
        if service == "ecs" and operation in WRITES and dice.throw("denied"):
            raise ApiError("AccessDeniedException", "Simulated: not authorized to perform this.")
        if dice.throw("server_error"):
            raise ApiError("ServerException", "Simulated fault.", 500)
        if dice.throw("timed_out"):
            raise ReadTimeoutError(endpoint_url=ENDPOINT)

    def _after(self, operation: str) -> None:
        dice = self._dice
        if dice.throw("frozen"):
            self._baton.pause(self._chance.uniform(*FREEZE_SECONDS))
        if dice.throw("killed"):
            raise Killed
        if operation in WRITES and dice.throw("answer_lost"):
            raise ConnectionClosedError(endpoint_url=ENDPOINT)


def _conflict(operation: str) -> ApiError:
    text = "Transaction is ongoing for the item"
    reasons: dict[str, object] = {"CancellationReasons": [{"Code": "TransactionConflict", "Message": text}]}
    return ApiError(CONFLICTS[operation], text, details=reasons if "Transact" in operation else None)
