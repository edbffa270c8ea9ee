"""A size as it is handed over to a team's own infrastructure code: one JSON object, read as a whole."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from trimtab.model.errors import UnreadableError
from trimtab.model.task_definition import TaskDefinition
from trimtab.model.task_size import TaskSize

STANDS_FOR: Final = timedelta(days=30)
"""For so long a size is a recommendation: usage moves on."""

WHY_BYTES_MAX: Final = 1500
"""A parameter of Parameter Store's standard tier holds 4 KB, and the containers need some of it.

Source: Systems Manager User Guide, "Managing parameter tiers" (read 2026-11-22).
"""

TAKEN_UP: Final = "taken_up"
TAKEN_UP_AT: Final = "taken_up_at"
"""In ``applied`` of a hand-over: the revision that has its size, and when its deployment began."""

LIMITS: Final = ("cpu", "memory", "memoryReservation")


@dataclass(frozen=True, slots=True)
class HandedSize:
    """A size of a service's tasks, the limits of its containers that go along, why, and until when it stands.

    ``containers`` has by name what a container's definition would say; one without limits is not in it.
    ``change_id`` is the Change behind it, empty where none was recorded.
    """

    size: TaskSize
    containers: Mapping[str, Mapping[str, int]] = field(hash=False)
    why: str
    until: datetime
    change_id: str = ""

    def document(self) -> dict[str, Any]:
        """Return it as it is written, keys as docs/handover.md has them."""
        told: dict[str, Any] = {
            "cpu": self.size.cpu_units,
            "memory": self.size.memory_mib,
            "containers": {name: dict(limits) for name, limits in self.containers.items()},
            "why": self.why,
            "until": self.until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return {**told, "change_id": self.change_id} if self.change_id else told

    def text(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(self.document(), ensure_ascii=False, separators=(",", ":"))


def hand_size(
    definition: TaskDefinition, size: TaskSize, why: str, now: datetime, change_id: str = ""
) -> HandedSize:
    """Return a size with what the containers of a definition get of it, as a revision of ours would say."""
    containers = definition.resized(size)["containerDefinitions"]
    limits = {
        str(one["name"]): {what: int(one[what]) for what in LIMITS if one.get(what)} for one in containers
    }
    told = {name: some for name, some in limits.items() if some}
    short = why.encode()[:WHY_BYTES_MAX].decode(errors="ignore")
    return HandedSize(size, told, short, now + STANDS_FOR, change_id)


def read_handed_size(told: object) -> HandedSize:
    """Return what ``document`` wrote.

    Raises:
        UnreadableError: It is something else.
    """
    try:
        if not isinstance(told, Mapping):
            raise TypeError("it is no JSON object")
        containers = {
            str(name): {str(what): int(value) for what, value in limits.items()}
            for name, limits in told["containers"].items()
        }
        until = datetime.fromisoformat(told["until"])
        size = TaskSize(int(told["cpu"]), int(told["memory"]))
        if until.tzinfo is None or min(size.cpu_units, size.memory_mib) <= 0:
            raise ValueError("it has no time zone, or a size of nothing")
        return HandedSize(size, containers, str(told["why"]), until, str(told.get("change_id", "")))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as fault:
        raise UnreadableError(f"cannot read a handed-over size: {fault}") from fault


def parameter_path(cluster: str, service: str) -> str:
    """Return below what name in Parameter Store the size of a service lies; both are names."""
    return f"/trimtab/{cluster}/{service}"
