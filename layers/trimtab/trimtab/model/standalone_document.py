"""An entry of ``standalone`` as written -> its rule. Every number is bounded: none can mean a loop."""

import re
from dataclasses import replace
from typing import Final

from trimtab.model.document_fields import (
    Reader,
    at_most,
    between,
    duration,
    fault,
    list_of,
    mode,
    one_of,
    read_fields,
    text,
    topic,
    yes_or_no,
)
from trimtab.model.policy import StandaloneRule
from trimtab.model.restart_policy import (
    AS_LAUNCHED,
    BUILT_IN_CLASSES,
    Backoff,
    CapacityTries,
    Classes,
    Copies,
    Exit,
    MemoryRaises,
    StartBy,
    Then,
    Tries,
)
from trimtab.model.window_document import windows

ATTEMPTS_MAX: Final = {"application": 20, "infrastructure": 100, "network": 20, "configuration": 1}
"""More starts than that are a loop; a configuration that fails may be probed once."""

RAISES_MAX: Final = 5
MEMORY_MIB_MAX: Final = 249856
"""More memory Fargate does not sell."""

WINDOW: Final = ("10m", "30d")
BASE: Final = ("0s", "1h")
CAP: Final = ("1s", "6h")
FACTOR: Final = (1, 10)
CAPACITY_DEADLINE: Final = ("1m", "2d")
HEALTHY_AFTER: Final = ("5m", "1d")
"""A shorter run would make a success of a task that dies every minute."""

DEADLINE: Final = ("10m", "30d")
PROVIDERS: Final = (AS_LAUNCHED, "FARGATE", "FARGATE_SPOT")
EXITS_MAX: Final = 20
CODES_MAX: Final = 50

NAMES_SOMETHING: Final = re.compile(r"^(?:[^A-Za-z0-9_\[-]|\[(?:!?\][^\]]*|(?!!?\])[^\]]*)\])*[A-Za-z0-9_-]")
"""A pattern with a character of a family's name outside wildcards and brackets.

Source: ECS API Reference, RegisterTaskDefinition, family (read 2026-11-22).
"""


def read_standalone(entry: object, place: str) -> StandaloneRule:
    """Read one entry; raises PolicyError with the place of the fault."""
    readers: dict[str, Reader] = {
        "cluster": text, "family": _family, "mode": mode, "copies": one_of(Copies), "classes": _classes,
        "exits": _exits, "healthy_after": duration(*HEALTHY_AFTER), "deadline": duration(*DEADLINE),
        "start_by": one_of(StartBy), "follow_latest": yes_or_no, "alerts_topic": topic, "windows": windows,
    }  # fmt: skip
    read = read_fields(entry, place, readers)
    if "family" not in read:
        raise fault(place, entry, "an entry that names the family: families are opted in one by one")
    for short in ("healthy_after", "deadline"):
        if short in read:
            read[f"{short}_seconds"] = read.pop(short)
    return StandaloneRule(**read)


def _family(value: object, place: str) -> str:
    pattern = text(value, place)
    if not NAMES_SOMETHING.search(pattern):
        raise fault(
            place, value, "a pattern that names a family in at least one letter, digit, hyphen or underscore"
        )
    return pattern


def _classes(value: object, place: str) -> Classes:
    readers: dict[str, Reader] = {
        "application": _tries("application", BUILT_IN_CLASSES.application),
        "infrastructure": _tries("infrastructure", BUILT_IN_CLASSES.infrastructure),
        "network": _tries("network", BUILT_IN_CLASSES.network),
        "configuration": _configuration,
        "capacity": _capacity,
        "memory": _memory,
    }
    return Classes(**read_fields(value, place, readers))


def _tries(name: str, default: Tries) -> Reader:
    readers: dict[str, Reader] = {
        "attempts": at_most(ATTEMPTS_MAX[name]),
        "window": duration(*WINDOW),
        "backoff": _backoff(default.backoff),
    }

    def read(value: object, place: str) -> Tries:
        said = read_fields(value, place, readers)
        if "window" in said:
            said["window_seconds"] = said.pop("window")
        return replace(default, **said)

    return read


def _configuration(value: object, place: str) -> Tries:
    said = read_fields(value, place, {"attempts": at_most(ATTEMPTS_MAX["configuration"])})
    return replace(BUILT_IN_CLASSES.configuration, **said)


def _capacity(value: object, place: str) -> CapacityTries:
    default = BUILT_IN_CLASSES.capacity
    readers: dict[str, Reader] = {
        "deadline": duration(*CAPACITY_DEADLINE),
        "backoff": _backoff(default.backoff),
        "providers": _providers,
    }
    said = read_fields(value, place, readers)
    if "deadline" in said:
        said["deadline_seconds"] = said.pop("deadline")
    return replace(default, **said)


def _memory(value: object, place: str) -> MemoryRaises:
    readers: dict[str, Reader] = {"raises": at_most(RAISES_MAX), "memory_mib_max": at_most(MEMORY_MIB_MAX)}
    return MemoryRaises(**read_fields(value, place, readers))


def _backoff(default: Backoff) -> Reader:
    readers: dict[str, Reader] = {
        "base": duration(*BASE), "factor": between(*FACTOR), "cap": duration(*CAP),
    }  # fmt: skip

    def read(value: object, place: str) -> Backoff:
        said = read_fields(value, place, readers)
        backoff = Backoff(
            said.get("base", default.base_seconds),
            said.get("factor", default.factor),
            said.get("cap", max(default.cap_seconds, said.get("base", 0))),
        )
        if backoff.cap_seconds < backoff.base_seconds:
            raise fault(f"{place}.cap", said["cap"], "at least as long as the base")
        return backoff

    return read


def _providers(value: object, place: str) -> tuple[str, ...]:
    names = list_of(value, place)
    if not names or len(set(map(str, names))) < len(names) or any(name not in PROVIDERS for name in names):
        raise fault(place, value, f"a list of some of {', '.join(PROVIDERS)}, each once")
    return tuple(str(name) for name in names)


def _exits(value: object, place: str) -> tuple[Exit, ...]:
    entries = list_of(value, place)
    if len(entries) > EXITS_MAX:
        raise fault(place, f"{len(entries)} entries", f"a list of at most {EXITS_MAX}")
    return tuple(_exit(entry, f"{place}[{i}]") for i, entry in enumerate(entries))


def _exit(entry: object, place: str) -> Exit:
    readers: dict[str, Reader] = {"codes": _codes, "reason": text, "do": one_of(Then)}
    said = read_fields(entry, place, readers)
    if "do" not in said or not said.keys() & {"codes", "reason"}:
        raise fault(place, entry, "an exit that says codes or a reason, and what to do")
    return Exit(said["do"], said.get("codes", frozenset()), said.get("reason", ""))


def _codes(value: object, place: str) -> frozenset[int]:
    codes = list_of(value, place)
    if not 0 < len(codes) <= CODES_MAX:
        raise fault(place, value, f"a list of 1 to {CODES_MAX} exit codes")
    return frozenset(at_most(255)(code, f"{place}[{i}]") for i, code in enumerate(codes))
