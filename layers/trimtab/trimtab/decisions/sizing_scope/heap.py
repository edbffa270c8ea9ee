"""Heaps that a container's runtime was told to have: a fixed one does not shrink with its task.

Only numbers are taken out of environments and commands, never a text: they may hold secrets.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from trimtab.model.container_sizes import claimed_mib

HEAP_ROOM: Final = 1.25
"""Memory that a process needs for each MiB of its heap: code, threads and buffers lie beside it."""

GO_ROOM: Final = 1.1
"""GOMEMLIMIT counts all that the Go runtime maps; a tenth is left for what it does not see."""

MIB: Final = 1024 * 1024
HEAP_MIB_MAX: Final = 32 * MIB
"""32 TiB, more than any instance has: a larger number is no heap."""

UNITS: Final = {"": 1, "k": 1024, "m": MIB, "g": 1024 * MIB, "t": MIB * MIB}

# Sources: Oracle, java (-Xmx, -XX:MaxHeapSize, -XX:MaxRAMPercentage); Node.js, command-line API
# (--max-old-space-size, in MiB); Go, package runtime (GOMEMLIMIT); Microsoft, runtime configuration options
# for garbage collection (environment values are hexadecimal). All read 2026-11-22.
_JAVA = re.compile(r"(-Xmx|-XX:MaxHeapSize=)(\d{1,15})([kmgtKMGT]?)(?!\w)")
_NODE = re.compile(r"--max[-_]old[-_]space[-_]size[= ](\d{1,12})(?!\w)")
_SHARES = (
    ("-XX:MaxRAMPercentage", re.compile(r"-XX:MaxRAMPercentage=(\d{1,3}(?:\.\d{1,9})?)(?![\w.])")),
    (
        "--max-old-space-size-percentage",
        re.compile(r"--max[-_]old[-_]space[-_]size[-_]percentage[= ](\d{1,3}(?:\.\d{1,9})?)(?![\w.])"),
    ),
)
_GO = re.compile(r"\s*(\d{1,18})(|B|KiB|MiB|GiB|TiB)\s*")
_HEX = re.compile(r"\s*(?:0[xX])?([0-9a-fA-F]{1,16})\s*")
_DOTNET = ("DOTNET_GCHeapHardLimit", "COMPlus_GCHeapHardLimit")


@dataclass(frozen=True, slots=True)
class Heap:
    """A heap as a container's runtime was told: ``heap_mib`` fixed, or ``percent`` of what it has.

    ``setting`` is one of the names that this module knows, never a text of the definition's.
    """

    container: str
    setting: str
    heap_mib: int | None = None
    percent: float | None = None
    room: float = HEAP_ROOM

    @property
    def needs_mib(self) -> int:
        """The memory below which a full heap does not fit, 0 for one that goes along."""
        return ceil((self.heap_mib or 0) * self.room)

    @property
    def told(self) -> str:
        """The heap in words."""
        if self.heap_mib is None:
            return f"{self.setting} gives container {self.container} {self.percent:g} % of its memory as heap"
        return f"{self.setting} gives container {self.container} a heap of {self.heap_mib} MiB"


def find_heaps(containers: Sequence[Mapping[str, Any]]) -> tuple[Heap, ...]:
    """Return the heap of each container that sets one: the largest fixed one, else a share."""
    found = []
    for one in containers:
        heaps = list(_of(one))
        fixed = [heap for heap in heaps if heap.heap_mib is not None]
        if heaps:
            found.append(max(fixed, key=lambda heap: heap.needs_mib) if fixed else heaps[0])
    return tuple(found)


def least_for_heaps(containers: Sequence[Mapping[str, Any]], heaps: Sequence[Heap]) -> int:
    """Return the MiB that a task needs for its fixed heaps beside its other containers; 0 without any."""
    needs = {heap.container: heap.needs_mib for heap in heaps if heap.heap_mib is not None}
    if not needs:
        return 0
    return sum(needs.get(str(one.get("name"))) or claimed_mib(one) for one in containers)


def _of(container: Mapping[str, Any]) -> Iterator[Heap]:
    name = str(container.get("name"))
    environment = [
        (str(pair.get("name")), pair["value"])
        for pair in container.get("environment") or ()
        if isinstance(pair.get("value"), str)
    ]
    words = [*(container.get("entryPoint") or ()), *(container.get("command") or ())]
    texts = [" ".join(word for word in words if isinstance(word, str)), *(value for _, value in environment)]
    for text in texts:
        yield from _in_text(name, text)
    for key, value in environment:
        yield from _by_name(name, key, value)


def _in_text(container: str, text: str) -> Iterator[Heap]:
    for setting, number, unit in _JAVA.findall(text):
        yield from _fixed(container, setting.rstrip("="), int(number) * UNITS[unit.lower()])
    for number in _NODE.findall(text):
        yield from _fixed(container, "--max-old-space-size", int(number) * MIB)
    for setting, pattern in _SHARES:
        for number in pattern.findall(text):
            yield from _share(container, setting, float(number))


def _by_name(container: str, key: str, value: str) -> Iterator[Heap]:
    if key == "GOMEMLIMIT" and (go := _GO.fullmatch(value)):
        unit = go[2][:1].lower().replace("b", "")
        yield from _fixed(container, key, int(go[1]) * UNITS[unit], GO_ROOM)
    number = _HEX.fullmatch(value) if key.startswith(_DOTNET) else None
    if number and key in _DOTNET:
        yield from _fixed(container, key, int(number[1], 16))
    elif number and key in tuple(f"{name}Percent" for name in _DOTNET):
        yield from _share(container, key, int(number[1], 16))


def _fixed(container: str, setting: str, size: int, room: float = HEAP_ROOM) -> Iterator[Heap]:
    if MIB <= size <= HEAP_MIB_MAX * MIB:
        yield Heap(container, setting, heap_mib=ceil(size / MIB), room=room)


def _share(container: str, setting: str, percent: float) -> Iterator[Heap]:
    if 0 < percent <= 100:
        yield Heap(container, setting, percent=percent)
