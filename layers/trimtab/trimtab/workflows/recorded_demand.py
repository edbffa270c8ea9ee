"""Services -> what their tasks are known to have used, as far back as CloudWatch keeps it in 5 minutes.

What was used was measured under the size in force and cut off at it: what was wanted above is not known.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final

from trimtab.decisions.rightsize.measured import Demand, known_demand
from trimtab.decisions.sizing_scope import Home, home_of
from trimtab.model.service import Service
from trimtab.model.task_size import TaskSize
from trimtab.ports import Laptop
from trimtab.workflows.read_usage import Readers, eras_of

KEPT_DAYS: Final = 63
"""So long CloudWatch keeps points of 5 minutes. Source: CloudWatch User Guide, "Metrics retention" (read
2026-11-22)."""


def recorded_demand(
    services: Sequence[Service], days: int, laptop: Laptop
) -> Iterator[tuple[Service, str | tuple[Demand, ...]]]:
    """Yield each service with what a task of it used, or with a sentence on why that is not known.

    Args:
        services: As read now.
        days: Whole days before today, at most ``KEPT_DAYS``.
        laptop: Where to read.
    """
    now = laptop.clock.now()
    end = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    sizes: dict[Service, TaskSize] = {}
    for service in services:
        answer = _size(service, laptop)
        if isinstance(answer, str):
            yield service, answer
        elif service.created_at >= end:
            yield service, f"{service.name} is younger than a day."
        else:
            sizes[service] = answer
    starts = {service: max(service.created_at, end - timedelta(days=days)) for service in sizes}
    readers = Readers(laptop.usage, laptop.deployment_history, laptop.task_definitions, lambda *_: ())
    for service, points in laptop.usage.points(starts, end):
        times = eras_of(service, sizes[service], starts[service], now, readers)
        yield service, known_demand(points, times, service.desired_count)


def _size(service: Service, laptop: Laptop) -> str | TaskSize:
    definition = laptop.task_definitions.describe(service.task_definition)
    home = home_of(service, definition) if definition else None
    if definition is None or definition.size is None or home is not Home.FARGATE:
        return "Only sizes of Fargate on Linux are lived in the loop."
    return definition.size
