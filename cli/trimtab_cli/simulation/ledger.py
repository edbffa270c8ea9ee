"""Our Changes table as its stream tells it: every step of every Change, and what is due."""

from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from trimtab.adapters.dynamodb_items import from_dynamodb
from trimtab_cli.simulation.baton import acting
from trimtab_cli.simulation.clients import CHANGES
from trimtab_lab.account import Account

HEAD: Final = "HEAD"


class Step:
    """One item before and after one write to the table; either is None where there was none."""

    def __init__(self, at: float, who: str, workload: str, item: str, images: dict[str, Any]) -> None:
        self.at, self.who, self.workload, self.item = at, who, workload, item
        self._old, self._new = images.get("OldImage"), images.get("NewImage")
        actor = acting()
        self.invocation = actor.invocation if actor else 0
        self.ahead_seconds = actor.skew_seconds if actor else 0.0
        """How far the clock of whoever wrote it was ahead."""

    def tells(self, outcome: str) -> bool:
        """Tell whether an outcome was written by this very step."""
        new, old = self._new or {}, self._old or {}
        return bool(new.get("outcome") == {"S": outcome} != old.get("outcome"))

    def leaves(self, state: str) -> bool:
        """Tell whether a Change was in a state before this step and is not in it after."""
        was = {"S": state}
        return (self._old or {}).get("state") == was != (self._new or {}).get("state")

    @cached_property
    def before(self) -> dict[str, Any] | None:
        """What stood there."""
        return from_dynamodb(self._old) if self._old else None

    @cached_property
    def after(self) -> dict[str, Any] | None:
        """What stands there now."""
        return from_dynamodb(self._new) if self._new else None


class Ledger:
    """Follows the table; costs nothing while nothing is written."""

    def __init__(self, lab: Account) -> None:
        self._lab = lab
        self.steps: list[Step] = []
        self._items: dict[tuple[str, str], dict[str, Any]] = {}
        self._due: dict[tuple[str, str], str] = {}
        self._lately: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}
        lab.dynamodb.tables[CHANGES].listen(self._on_record)

    def _on_record(self, record: dict[str, Any]) -> None:
        body = record["dynamodb"]
        key = (body["Keys"]["workload"]["S"], body["Keys"]["item"]["S"])
        self.steps.append(Step(self._lab.clock.now, self._lab.principal, *key, body))
        self._lately[key] = (self._lab.clock.now, body.get("OldImage", {}))
        image = body.get("NewImage")
        if image is None:
            self._items.pop(key, None)
            self._due.pop(key, None)
            return
        self._items[key] = image
        if "open_turn" in image:
            self._due[key] = image["due_at"]["S"]
        else:
            self._due.pop(key, None)

    def changed_since(self, at: float) -> dict[tuple[str, str], dict[str, Any]]:
        """Return how the Changes stood before their last step, of those that took one since ``at``."""
        return {key: old for key, (when, old) in self._lately.items() if when >= at and key[1] != HEAD}

    def something_due(self, beside: str) -> bool:
        """Tell whether the tick would find anything but the item of one sort key."""
        if not self._due:  # as at most of a seed's two thousand ticks
            return False
        now = stamp(self._lab.clock.now)
        return any(due_at <= now and key[1] != beside for key, due_at in self._due.items())

    def open_beside(self, item: str) -> bool:
        """Tell whether any Change but one of that sort key may still go on."""
        return any(key[1] != item for key in self._due)

    def change(self, workload: str, change_id: str) -> dict[str, Any] | None:
        """Return a Change as it stands."""
        return self._plain((workload, f"CHANGE#{change_id}"))

    def entered(self, change_id: str) -> dict[str, float]:
        """Return when a Change came into each of its states, by the world's clock."""
        item, found = f"CHANGE#{change_id}", dict[str, float]()
        for step in self.steps:
            if step.item == item and step.after and step.after["state"] != (step.before or {}).get("state"):
                found[step.after["state"]] = step.at
        return found

    def head(self, workload: str) -> dict[str, Any]:
        """Return who holds a workload, until when."""
        return self._plain((workload, HEAD)) or {}

    def changes(self) -> list[dict[str, Any]]:
        """Return every Change as it stands, in the order of their keys."""
        keys = sorted(key for key in self._items if key[1].startswith("CHANGE#"))
        return [from_dynamodb(self._items[key]) for key in keys]

    def heads(self) -> dict[str, dict[str, Any]]:
        """Return every HEAD by workload."""
        return {key[0]: from_dynamodb(item) for key, item in self._items.items() if key[1] == HEAD}

    def raw(self) -> list[dict[str, Any]]:
        """Return every item as the table holds it."""
        return list(self._items.values())

    def _plain(self, key: tuple[str, str]) -> dict[str, Any] | None:
        image = self._items.get(key)
        return from_dynamodb(image) if image else None


def stamp(at: float) -> str:
    """Return an instant in the form of the table."""
    return datetime.fromtimestamp(int(at), UTC).isoformat().replace("+00:00", "Z")


def epoch(text: str) -> float:
    """Return epoch seconds of an instant in the form of the table."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
