"""Messages as nobody should send them: of another account, of another partition, cut short, or nonsense."""

import json
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any, Final

FOREIGN_ACCOUNT: Final = "999988887777"


def _foreign(event: dict[str, Any]) -> None:
    text = json.dumps(event).replace(event["account"], FOREIGN_ACCOUNT)
    event.clear()
    event.update(json.loads(text))


def _of_china(event: dict[str, Any]) -> None:
    text = json.dumps(event).replace("arn:aws:", "arn:aws-cn:")
    event.clear()
    event.update(json.loads(text))


def _without_arns(event: dict[str, Any]) -> None:
    event["resources"] = []
    for key in [key for key in event["detail"] if key.endswith("Arn")]:
        del event["detail"][key]


def _nonsense(event: dict[str, Any]) -> None:
    event["detail"] = dict.fromkeys(event["detail"], 7)


KINDS: Final[dict[str, Callable[[dict[str, Any]], None]]] = {
    "other account": _foreign,
    "other partition": _of_china,
    "without ARNs": _without_arns,
    "nonsense": _nonsense,
}


def malformed(event: dict[str, Any], chance: Random) -> tuple[str, dict[str, Any]]:
    """Return a spoiled copy of an event, and how it was spoiled."""
    kind = chance.choice(sorted(KINDS))
    copy = deepcopy(event)
    KINDS[kind](copy)
    return kind, copy
