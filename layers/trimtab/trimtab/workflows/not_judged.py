"""A service whose data our code cannot bear is passed over and told: it stops no other."""

from collections.abc import Callable
from pathlib import PurePath
from traceback import extract_tb
from typing import Final, TypeVar

from trimtab.model.decision import Keep
from trimtab.model.service import Service
from trimtab.ports import Telemetry

Answer = TypeVar("Answer")

NOT_JUDGED: Final = "not_judged"

FAULTS: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What code raises over data that it does not expect. What AWS, the network or our own share of it raise is
not among them: that may pass, and whatever was begun is done again."""


def judged(judge: Callable[[], Answer]) -> Answer | Keep:
    """Return what ``judge`` returns, or a ``Keep`` ``not_judged`` where it fails over the data.

    The text of the fault is not passed on: it may hold values of the team's.
    """
    try:
        return judge()
    except FAULTS as fault:
        last = extract_tb(fault.__traceback__)[-1]
        where = f"{type(fault).__name__} at {PurePath(last.filename).name}:{last.lineno}"
        told = f"What is known of it cannot be judged by this version ({where})."
        return Keep(NOT_JUDGED, f"{told} Nothing was decided; please report it.")


def tell_if_not_judged(service: Service, answer: Keep, telemetry: Telemetry) -> None:
    """Count a service that was passed over, and name it in the log."""
    if answer.reason == NOT_JUDGED:
        telemetry.count("ServicesNotJudged")
        telemetry.note("not judged", ecs_service=service.name, told=answer.sentence)
