"""When a schedule provably has nothing to do, so that the demo need not wake its function.

The dispatcher asks before it wakes one; a test shows that skipping changes no outcome.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from trimtab.adapters.dynamodb_control import EPISODES
from trimtab_lab.account import Account


class Nothing:
    """Follows the Changes table by its stream, and looks at the Control table when asked."""

    def __init__(self, lab: Account) -> None:
        self._lab = lab
        self._due: dict[tuple[str, str], str] = {}
        self._control = ""

    def watch(self, changes: str, control: str) -> None:
        """Follow the stack's tables from now on."""
        self._control = control
        self._lab.dynamodb.tables[changes].listen(self._on_record)

    def predicates(self) -> Mapping[str, Callable[[], bool]]:
        """Return for ``Dispatcher(idle=…)`` when a schedule has nothing to do."""
        return {
            "settle_change/Tick": self._nothing_due,
            "shift_capacity_provider/ReturnCheck": self._no_episode,
        }

    def _nothing_due(self) -> bool:
        """The tick reads what is due, and nothing is."""
        now = datetime.fromtimestamp(self._lab.clock.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return all(due_at > now for due_at in self._due.values())

    def _no_episode(self) -> bool:
        """The return check reads the open episodes, and there is none."""
        request = {
            "TableName": self._control,
            "KeyConditionExpression": "#k = :k",
            "ExpressionAttributeNames": {"#k": "key"},
            "ExpressionAttributeValues": {":k": {"S": EPISODES}},
        }
        return not self._lab.call("dynamodb", "Query", request)["Items"]

    def _on_record(self, record: dict[str, Any]) -> None:
        image = record["dynamodb"].get("NewImage", {})
        keys = record["dynamodb"]["Keys"]
        key = (keys["workload"]["S"], keys["item"]["S"])
        if "open_turn" in image:
            self._due[key] = image["due_at"]["S"]
        else:
            self._due.pop(key, None)
