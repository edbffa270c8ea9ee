"""I3: nothing is written that the switch does not allow, as read right before."""

import json
from typing import Any

from trimtab_cli.simulation.checkers.readings import FRESH_SECONDS, switch_reading
from trimtab_cli.simulation.record import Write
from trimtab_cli.simulation.trial import Trial


def written_only_while_switched_on(trial: Trial) -> list[str]:
    """Before each write its invocation read the switch anew, and what it read allows the write."""
    broken = []
    last: dict[int, float] = {}
    for write in trial.writes:
        call = switch_reading(trial.record, write)
        before = last.get(write.call.invocation, 0.0)
        last[write.call.invocation] = write.at
        if call is None or call.answer is None:
            broken.append(f"{write.operation} by an invocation that had not read the switch")
            continue
        if write.at - call.at > FRESH_SECONDS:
            broken.append(f"{write.operation} on a switch read {write.at - call.at:.0f} s before")
        if call.at < before:
            broken.append(f"{write.operation} on a switch read before the invocation's last write")
        if not _allows(_position(call.answer), write):
            broken.append(
                f"{write.operation} of a {_kind(write)} while the switch said {_position(call.answer)}"
            )
    return broken


def written_only_under_a_policy(trial: Trial) -> list[str]:
    """What an invocation read of the policy before a write was a policy."""
    broken = []
    for write in trial.writes:
        call = switch_reading(trial.record, write)
        if call is None or call.answer is None:
            continue  # I3 says so
        for one in call.answer.get("Responses", []):
            document = one.get("Item", {}).get("document", {}).get("S")
            if document is not None and not _readable(document):
                broken.append(f"{write.operation} though the policy could not be read")
    return broken


def _readable(document: str) -> bool:
    try:
        json.loads(document)
    except ValueError:
        return False
    return True


def _position(answer: dict[str, Any]) -> str:
    items = [one.get("Item", {}) for one in answer.get("Responses", [answer])]
    return next((str(item["position"]["S"]) for item in items if "position" in item), "unset")


def _kind(write: Write) -> str:
    return str(write.change["kind"]) if write.change else "nothing"


def _allows(position: str, write: Write) -> bool:
    return position == "run" or (position == "rollback-only" and _kind(write) == "rollback")
