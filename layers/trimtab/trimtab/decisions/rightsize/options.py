"""Every size that a workload could have, with what it costs and what may go wrong at it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from trimtab.decisions.rightsize.risk import Risk
from trimtab.model.digest import SizingHistory
from trimtab.model.sizing import Terms
from trimtab.model.task_size import TaskSize


@dataclass(frozen=True, slots=True)
class Option:
    """One size of one task. ``total_usd`` is the sum that decides, like ``daily_usd`` in USD a day.

    ``shed_ratio`` is the expected share of its CPU that it lacks, ``short_ratio`` that of the time in which
    it wants all of it or more; ``out_of_memory`` is the chance that a day brings a kill.
    """

    size: TaskSize
    daily_usd: float
    shed_ratio: float
    short_ratio: float
    out_of_memory: float
    total_usd: float

    @property
    def order(self) -> tuple[float, TaskSize]:
        """The cheapest sum first, the smaller size first where two cost the same."""
        return self.total_usd, self.size


def list_options(history: SizingHistory, today: date, terms: Terms) -> tuple[Option, ...]:
    """Return what each size of ``terms`` costs a day, and what may go wrong at it, on what is known now."""
    return weigh(terms.sizes, Risk.after(history.digests, today), terms)


def weigh(sizes: Iterable[TaskSize], risk: Risk, terms: Terms) -> tuple[Option, ...]:
    """Add up for each size what it costs to run, to lack CPU, and to be killed for memory."""
    chances: dict[int, float] = {}
    lacking: dict[int, tuple[float, float]] = {}
    options = []
    for size in sizes:
        cpu, memory = size.cpu_units, size.memory_mib
        if memory not in chances:
            chances[memory] = risk.out_of_memory(memory)
        if cpu not in lacking:
            lacking[cpu] = risk.shed_ratio(cpu), risk.short_ratio(cpu)
        (shed, short), profile = lacking[cpu], terms.profile
        daily = terms.price.daily_usd(size)
        lack = daily * profile.shed_price * shed + profile.short_usd * short
        total = daily + lack + profile.oom_usd * chances[memory]
        options.append(Option(size, daily, shed, short, chances[memory], total))
    return tuple(options)


def cheapest(options: Iterable[Option], chance_max: float) -> Option:
    """Return the cheapest sum among the sizes that keep kills rare enough; else the one of the fewest."""
    offered = tuple(options)
    rare = [option for option in offered if option.out_of_memory <= chance_max]
    if rare:
        return min(rare, key=lambda option: option.order)
    return min(offered, key=lambda option: (option.out_of_memory, *option.order))
