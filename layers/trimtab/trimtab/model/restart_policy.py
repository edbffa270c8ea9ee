"""What the policy allows a stopped task, by the class of what ended it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from trimtab.model.verdict import Cause


class CauseClass(StrEnum):
    """Causes that are answered alike; policy and evidence use these words."""

    APPLICATION = "application"
    INFRASTRUCTURE = "infrastructure"
    NETWORK = "network"
    CAPACITY = "capacity"
    MEMORY = "memory"
    CONFIGURATION = "configuration"


CLASS_OF: Final[Mapping[Cause, CauseClass]] = {
    Cause.APPLICATION: CauseClass.APPLICATION,
    Cause.MEMORY_UNCONFIRMED: CauseClass.APPLICATION,
    Cause.SPOT: CauseClass.INFRASTRUCTURE,
    Cause.HOST: CauseClass.INFRASTRUCTURE,
    Cause.RETIREMENT: CauseClass.INFRASTRUCTURE,
    Cause.INFRASTRUCTURE: CauseClass.INFRASTRUCTURE,
    Cause.NETWORK: CauseClass.NETWORK,
    Cause.CAPACITY: CauseClass.CAPACITY,
    Cause.MEMORY: CauseClass.MEMORY,
    Cause.CONFIGURATION: CauseClass.CONFIGURATION,
}
"""A cause that is not here has no class: its task is never started again."""

MINUTE, HOUR, DAY = 60, 3600, 86400
AS_LAUNCHED: Final = "as-launched"


class Copies(StrEnum):
    """Whether the next task of a lineage may start before the last one has stopped."""

    AT_MOST_ONE = "at-most-one"
    OVERLAP = "overlap"


class StartBy(StrEnum):
    """Until when a scheduled task is worth starting again."""

    NEXT_RUN = "next-run"
    ANY_TIME = "any-time"


class Then(StrEnum):
    """What follows from an exit that the policy names: give up and tell, or take the work as done."""

    STOP = "stop"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before a try: from ``base_seconds``, growing by ``factor``, to ``cap_seconds``."""

    base_seconds: int
    factor: int
    cap_seconds: int


@dataclass(frozen=True, slots=True)
class Tries:
    """Up to ``attempts`` restarts of one lineage in any ``window_seconds``, after stops of one class."""

    attempts: int
    window_seconds: int
    backoff: Backoff


@dataclass(frozen=True, slots=True)
class CapacityTries:
    """Tries for ``deadline_seconds`` while there is no capacity, at one of ``providers`` after the other."""

    deadline_seconds: int = 6 * HOUR
    backoff: Backoff = Backoff(30, 2, 600)
    providers: Sequence[str] = (AS_LAUNCHED,)


@dataclass(frozen=True, slots=True)
class MemoryRaises:
    """Up to ``raises`` of one lineage, to ``memory_mib_max`` at most."""

    raises: int = 2
    memory_mib_max: int = 30720


@dataclass(frozen=True, slots=True)
class Classes:
    """What holds for each class of causes."""

    application: Tries = Tries(3, HOUR, Backoff(15, 2, 15 * MINUTE))
    infrastructure: Tries = Tries(10, DAY, Backoff(0, 2, 2 * MINUTE))
    network: Tries = Tries(4, 2 * HOUR, Backoff(60, 2, 20 * MINUTE))
    configuration: Tries = Tries(0, DAY, Backoff(60, 2, 60))
    capacity: CapacityTries = CapacityTries()
    memory: MemoryRaises = MemoryRaises()


BUILT_IN_CLASSES: Final = Classes()
"""What holds where the policy says nothing of a class."""


@dataclass(frozen=True, slots=True)
class Exit:
    """One entry of ``exits``: an exit code of the container that failed, a reason text, or both."""

    then: Then
    codes: frozenset[int] = field(default_factory=frozenset)
    reason: str = ""

    def matches(self, exit_code: int | None, texts: Sequence[str]) -> bool:
        """Tell whether it speaks of a stop; ``texts`` are what ECS said of the task and its containers."""
        if self.codes and exit_code not in self.codes:
            return False
        wanted = self.reason.lower()
        return not wanted or any(fnmatchcase(text.lower(), wanted) for text in texts)
