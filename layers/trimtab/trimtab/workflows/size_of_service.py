"""What size a service should have: the same for the plan of the day and for a person at a laptop."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from trimtab.decisions.fit import judge_fit
from trimtab.decisions.rightsize.offer import NOTHING, memory_to_start_mib, offer_size, terms_of
from trimtab.model.decision import Keep, Resize, Setting
from trimtab.model.digest import SizingHistory
from trimtab.model.price_book import PriceBook
from trimtab.model.service import Service
from trimtab.model.sizing import Terms
from trimtab.model.task_definition import TaskDefinition, size_floor
from trimtab.model.task_size import TaskSize

YOUNG: Final = timedelta(days=1)
"""Of a service that is younger, no day is known."""


@dataclass(frozen=True, slots=True)
class Sizeable:
    """A service whose size may be decided, and what it is decided on."""

    service: Service
    definition: TaskDefinition
    size: TaskSize
    setting: Setting


def sizeable(
    service: Service, definition: TaskDefinition | None, setting: Setting, largest: TaskSize
) -> Keep | Sizeable:
    """Return what a service's size is decided on, or why it is not decided.

    Args:
        service: As read now.
        definition: The revision it runs, None when ECS does not know it.
        setting: What tags and policy allow.
        largest: What may be registered at all.
    """
    if service.deployment_controller != "ECS" or service.scheduling_strategy != "REPLICA":
        return Keep("other_controller", "It is not a replica service with the controller ECS.")
    unfit = judge_fit(service, definition)
    if unfit is not None:
        return unfit
    if definition is None or definition.size is None:
        return Keep("no_task_size", "Its task definition sets no task size.")
    if not largest.holds(definition.size):
        return Keep(
            "size_above_caps",
            f"It runs {definition.size}, more than the stack's caps let Trimtab register.",
        )
    if service.deploying:
        return Keep("deployment_in_progress", "A deployment is on its way.")
    return Sizeable(service, definition, definition.size, setting)


def terms_for(one: Sizeable, history: SizingHistory, kill_floor_mib: int, prices: PriceBook) -> Terms:
    """Return what may be chosen for a service now; ``kill_floor_mib`` is what a memory kill has taught."""
    memory_mib = max(kill_floor_mib, start_floor_mib(one, history))
    own = size_floor(one.definition)
    floor = TaskSize(own.cpu_units, max(own.memory_mib, memory_mib))
    price, tasks = prices.of(one.definition), max(one.service.desired_count, 1)
    return terms_of(one.setting, price, floor, tasks)


def start_floor_mib(one: Sizeable, history: SizingHistory) -> int:
    """Return the memory that it takes to start; it does start with what it has."""
    return min(memory_to_start_mib(history), one.size.memory_mib)


def size_of(
    one: Sizeable, history: SizingHistory, terms: Terms, now: datetime, too_small: TaskSize = NOTHING
) -> Keep | Resize:
    """Choose by what is known up to yesterday, with more than ``too_small``, which had to be given back."""
    if now - one.service.created_at < YOUNG:
        return Keep("too_little_data", f"{one.service.name} is younger than a day.")
    return offer_size(one.size, history, now.date(), terms, too_small)
