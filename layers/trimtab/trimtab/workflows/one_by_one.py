"""Going through many things so that the fault of one does not keep the others waiting."""

from collections.abc import Callable, Iterable
from typing import TypeVar

Thing = TypeVar("Thing")


def each(things: Iterable[Thing], act: Callable[[Thing], object], faults: list[Exception]) -> int:
    """Do ``act`` for each thing, keep what went wrong in ``faults``, and return how many there were."""
    count = 0
    for thing in things:
        count += 1
        try:
            act(thing)
        except Exception as fault:
            faults.append(fault)
    return count


def raise_together(faults: list[Exception], count: int, what: str) -> None:
    """Raise what went wrong on the way, once everything else is done.

    Raises:
        ExceptionGroup: There were faults; all of them, with how many of ``count`` things they struck.
    """
    if faults:
        raise ExceptionGroup(f"{len(faults)} of {count} {what} had a fault; the others were visited", faults)
