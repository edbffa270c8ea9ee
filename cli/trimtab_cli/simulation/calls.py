"""What lies between an SDK client and the laboratory: turns, faults, and who calls."""

from typing import Any

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from trimtab_cli.simulation.baton import Baton
from trimtab_cli.simulation.faults import Dice
from trimtab_lab.account import Account
from trimtab_lab.api_error import ApiError

WRITES = frozenset({
    "RegisterTaskDefinition", "UpdateService", "RunTask", "StopTask", "StopServiceDeployment",
    "TagResource", "PutParameter",
})  # fmt: skip
TABLE_WRITES = frozenset({"PutItem", "UpdateItem", "TransactWriteItems", "DeleteItem"})
FREEZE_SECONDS = (20.0, 400.0)
ENDPOINT = "https://simulated.invalid/"


class Killed(BaseException):
    """The execution environment is gone: no handler of exceptions sees this, as with a real one."""


class Calls:
    """Stands where ``in_process.connect`` expects a laboratory."""

    def __init__(self, lab: Account, baton: Baton, dice: Dice) -> None:
        self.lab, self._baton, self._dice = lab, baton, dice
        self.region = lab.region
        self._chance = lab.random("calls")
        self.principal = "nobody"

    def random(self, name: str) -> Any:
        """Return a stream of chance of the laboratory's seed."""
        return self.lab.random(name)

    def call(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Make one call as whoever has the turn, with a turn given up before and after its effect."""
        principal = self.principal
        self._turn(principal)
        if principal.startswith("trimtab/"):
            self._before(service, operation)
        answer = self._effect(principal, service, operation, request)
        self._turn(principal)
        if principal.startswith("trimtab/"):
            self._after(operation)
            if self._repeated(service, operation):
                return self._effect(principal, service, operation, request)
        return answer

    def _turn(self, principal: str) -> None:
        self._baton.pause()
        self.principal = principal

    def _effect(
        self, principal: str, service: str, operation: str, request: dict[str, Any]
    ) -> dict[str, Any]:
        before, self.lab.principal = self.lab.principal, principal
        try:
            return self.lab.call(service, operation, request)
        finally:
            self.lab.principal = before

    def _before(self, service: str, operation: str) -> None:
        dice = self._dice
        if dice.throw("killed"):
            raise Killed
        if service == "dynamodb":
            if dice.throw("table_throttled"):
                raise ApiError("ProvisionedThroughputExceededException", "The table takes no more requests.")
            return
        if service in ("sns", "events") and dice.throw("notice_fails"):
            raise ApiError("InternalError", "Simulated fault.", 500)
        if service == "ecs" and dice.throw("throttled"):
            raise ApiError("ThrottlingException", "Rate exceeded")
        if dice.throw("refused_before"):
            raise ReadTimeoutError(endpoint_url=ENDPOINT)

    def _after(self, operation: str) -> None:
        dice = self._dice
        if dice.throw("frozen"):
            principal = self.principal
            self._baton.pause(self._chance.uniform(*FREEZE_SECONDS))
            self.principal = principal
        if dice.throw("killed"):
            raise Killed
        if operation in WRITES and dice.throw("answer_lost"):
            raise ConnectionClosedError(endpoint_url=ENDPOINT)

    def _repeated(self, service: str, operation: str) -> bool:
        """Tell whether the SDK sends a table's write again, because its answer was lost."""
        writes = service == "dynamodb" and operation in TABLE_WRITES
        return writes and self._dice.throw("table_answer_lost")
