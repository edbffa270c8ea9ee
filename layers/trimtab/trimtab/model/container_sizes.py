"""What the containers of a task get of another task size: the application takes the change, the rest stays.

A value that a container does not have it never gets. What ECS puts into a task by itself (the Service Connect
proxy, agents) is not in its definition and not in these sums.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trimtab.model.task_size import TaskSize

CONTAINER_MIB_MIN: Final = 6
"""The least memory that a container may have. Source: ECS API Reference, ContainerDefinition, memory
(read 2026-11-22)."""

Container = Mapping[str, Any]


def application_of(containers: Sequence[Container]) -> str | None:
    """Return the name of the container that a task is there for, None where nothing tells.

    It is the only essential one, or of several the one with the most memory, then CPU, of its own.
    """
    essential = [one for one in containers if one.get("essential", True)]
    if len(essential) == 1:
        return str(essential[0]["name"])
    ranked = sorted(essential, key=_rank, reverse=True)
    if len(ranked) > 1 and _rank(ranked[0]) > _rank(ranked[1]):
        return str(ranked[0]["name"])
    return None


def fit_containers(containers: Sequence[Container], old: TaskSize, new: TaskSize) -> list[dict[str, Any]]:
    """Return the containers of a task of size ``old`` as they are in one of size ``new``.

    A larger task gives all that it has more to the application's own limits. A smaller one takes first what
    no container had claimed, then of the application. Its memory stays above its reservation.
    """
    name = application_of(containers)
    fitted = [dict(one) for one in containers]
    for one in fitted:
        if one["name"] == name:
            memory_mib, cpu_units = _others(containers, name)
            _fit(one, "cpu", new.cpu_units - old.cpu_units, new.cpu_units - cpu_units)
            was = one.get("memory")
            _fit(one, "memory", new.memory_mib - old.memory_mib, new.memory_mib - memory_mib)
            _fit_reservation(one, was, new.memory_mib - memory_mib)
    return fitted


def least_task(containers: Sequence[Container]) -> TaskSize:
    """Return the smallest task that holds what the containers claim for themselves.

    The application gives what it can: it keeps as much CPU as the others have together where it had that,
    since shares decide who waits, and the least memory that ECS lets it have.
    """
    name = application_of(containers)
    memory_mib, cpu_units = _others(containers, name)
    for one in containers:
        if one["name"] == name:
            cpu_units += min(int(one.get("cpu") or 0), cpu_units)
            memory_mib += CONTAINER_MIB_MIN if claimed_mib(one) else 0
    return TaskSize(cpu_units, memory_mib)


def memory_aside_mib(containers: Sequence[Container]) -> int:
    """Return the memory of a task that its application cannot have: what the others claim.

    Nothing where the application has no limit of its own: then it may use what the others leave.
    """
    name = application_of(containers)
    limited = any(one["name"] == name and one.get("memory") for one in containers)
    return _others(containers, name)[0] if limited else 0


def claimed_mib(container: Container) -> int:
    """Return the memory that a container claims of its task, 0 where it claims none."""
    return int(container.get("memory") or container.get("memoryReservation") or 0)


def told_moves(before: Sequence[Container], after: Sequence[Container]) -> str:
    """Return in words which containers get other sizes, empty where none does."""
    moves = [
        f"{was['name']} {what} {was[what]} → {now[what]}"
        for was, now in zip(before, after, strict=True)
        for what in ("cpu", "memory", "memoryReservation")
        if was.get(what) != now.get(what)
    ]
    return ", ".join(moves)


def _rank(container: Container) -> tuple[int, int]:
    return claimed_mib(container), int(container.get("cpu") or 0)


def _others(containers: Sequence[Container], name: str | None) -> tuple[int, int]:
    """Return the MiB and the CPU units that all but one container claim."""
    others = [one for one in containers if one["name"] != name]
    return sum(map(claimed_mib, others)), sum(int(one.get("cpu") or 0) for one in others)


def _fit(container: dict[str, Any], what: str, more: int, left: int) -> None:
    own = int(container.get(what) or 0)
    if own:
        container[what] = own + more if more >= 0 else max(min(own, left), 1)


def _fit_reservation(container: dict[str, Any], was: int | None, left_mib: int) -> None:
    """Cut a reservation along with the limit above it, or to what is left where there is no limit."""
    own = int(container.get("memoryReservation") or 0)
    if own and was:
        cut = own * int(container["memory"]) // int(was)
        container["memoryReservation"] = min(own, max(cut, CONTAINER_MIB_MIN))
    elif own:
        container["memoryReservation"] = min(own, max(left_mib, CONTAINER_MIB_MIN))
