"""Services -> the sizes they should have, for a person to see: nothing is recorded, nothing is asked of them.

It decides by the same steps as the plan of the day, on what AWS itself tells: kills for memory, floors and
sizes that were taken back are known only to an installation.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from math import ceil, isfinite
from typing import Final

from trimtab.decisions.agreement import NOT_ENROLLED, Agreement, compare_opinions
from trimtab.decisions.blind_shrinking import leave_to_person
from trimtab.decisions.opt_in import setting_if_observed
from trimtab.decisions.rightsize import Option, list_options
from trimtab.decisions.rightsize.measured import RATIO_ABSURD
from trimtab.decisions.rightsize.trust import Trust, trust_in
from trimtab.decisions.sizing_hints import Hint, sizing_hints
from trimtab.decisions.sizing_scope import Home, home_of, travels
from trimtab.model.decision import Keep, Resize
from trimtab.model.digest import SizingHistory
from trimtab.model.errors import UnreadableError
from trimtab.model.policy import Policy
from trimtab.model.price_book import PriceBook
from trimtab.model.scaling import Scaling
from trimtab.model.second_opinion import SecondOpinion
from trimtab.model.service import Service
from trimtab.model.sizing import Terms
from trimtab.model.tags import Mode
from trimtab.model.task_definition import TaskDefinition
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize
from trimtab.model.usage import SERIES, UsagePoints
from trimtab.ports import Insights, Laptop, UsageReader
from trimtab.workflows.not_judged import judged
from trimtab.workflows.read_usage import Readers, read_usage
from trimtab.workflows.size_of_service import (
    Sizeable,
    counts_if_pinned,
    size_of,
    sizeable,
    terms_for,
    with_containers,
)

ANY_SIZE: Final = FARGATE_LINUX_SIZES[-1]
"""A laptop knows no caps of a stack; those of the policy hold."""

NO_KILL_MIB: Final = 0
"""Nor does it know what kills for memory have taught."""

NOTHING_KNOWN: Final = SizingHistory()
NO_TRUST: Final = trust_in(NOTHING_KNOWN)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a service should have, and all that a person may ask about it.

    ``size`` is what is in force, None where its definition does not say. ``one`` and ``terms`` are None
    where its size is not decided. ``peak`` is the highest CPU of 5 minutes since the last deployment and
    the highest memory of all known days. ``on_fargate``: only there a size is what a task costs.
    """

    service: Service
    definition: TaskDefinition | None
    size: TaskSize | None
    answer: Keep | Resize
    prices: PriceBook
    on_fargate: bool
    history: SizingHistory = NOTHING_KNOWN
    trust: Trust = NO_TRUST
    agreement: Agreement = NOT_ENROLLED
    opinion: SecondOpinion | None = None
    one: Sizeable | None = None
    terms: Terms | None = None
    options: tuple[Option, ...] = ()
    peak: TaskSize | None = None
    hints: tuple[Hint, ...] = ()
    of_family: bool = False
    """Whether it is of a family of standalone tasks, which ``service`` stands for."""
    mode_at_most: Mode | None = None
    """How far another size could go if the service asked for ``apply``; None where it stays as it is."""

    @property
    def proposed(self) -> TaskSize | None:
        """The size it should have: another one, or that in force."""
        return self.answer.size if isinstance(self.answer, Resize) else self.size

    def monthly_usd(self, size: TaskSize | None) -> float | None:
        """Return what all of its tasks cost a month at a size, None where a size is not what they cost."""
        if size is None or self.definition is None or not self.on_fargate:
            return None
        return self.prices.of(self.definition).monthly_usd(size, self.service.desired_count)


def propose_sizes(services: Sequence[Service], policy: Policy, laptop: Laptop) -> Iterator[Proposal]:
    """Yield what each service should have, as it becomes known: not in their order.

    Args:
        services: As read now. One that is off or on hold is judged as if it was observed.
        policy: Bounds and profiles.
        laptop: Where to read.
    """
    now = laptop.clock.now()
    prices, scalings = laptop.prices.renew(now), laptop.autoscaling.scaling()
    second = _Second(services, laptop)
    known: dict[Service, Sizeable] = {}
    definitions: dict[Service, TaskDefinition | None] = {}
    for service in services:
        definition = definitions[service] = laptop.task_definitions.describe(service.task_definition)
        answer = judged(partial(_sizeable, service, definition, scalings, policy, laptop, now))
        if isinstance(answer, Keep):
            yield second.beside(_undecided(service, definition, answer, prices))
        else:
            known[service] = answer
    highest = _Highest(laptop.usage)
    readers = Readers(highest, laptop.deployment_history, laptop.task_definitions, lambda *_: ())
    unknown = {service: (one.size, NOTHING_KNOWN) for service, one in known.items()}
    for service, read in read_usage(unknown, readers, now):
        cpu_ratio = highest.cpu_ratios.get(service)
        decided = (
            read
            if isinstance(read, Keep)
            else judged(partial(_decided, known[service], read, cpu_ratio, prices, laptop.insights, now))
        )
        if isinstance(decided, Keep):
            decided = _undecided(service, definitions[service], decided, prices)
        yield second.beside(decided)


def _sizeable(
    service: Service,
    definition: TaskDefinition | None,
    scalings: Mapping[str, Scaling],
    policy: Policy,
    laptop: Laptop,
    now: datetime,
) -> Keep | Sizeable:
    setting = setting_if_observed(service.cluster, service.name, service.tags, policy)
    if isinstance(setting, Keep):
        return setting
    scaling = scalings.get(f"{service.cluster}/{service.name}")
    lately = counts_if_pinned(service, scaling, laptop.task_counts, now)
    return sizeable(service, definition, setting, ANY_SIZE, scaling, lately, now)


def _undecided(
    service: Service, definition: TaskDefinition | None, answer: Keep, prices: PriceBook
) -> Proposal:
    """Return the proposal of a service that is not sized; its definition may be what cannot be judged."""
    home = judged(lambda: home_of(service, definition)) if definition else answer
    on_fargate = home in (Home.FARGATE, Home.WINDOWS)
    size = judged(lambda: definition.metered_size) if definition else None
    told = None if isinstance(size, Keep) else size
    return Proposal(service, definition, told, answer, prices, on_fargate)


def _decided(
    one: Sizeable,
    history: SizingHistory,
    cpu_ratio: float | None,
    prices: PriceBook,
    insights: Insights,
    now: datetime,
) -> Proposal:
    one = with_containers(one, history, prices, insights, now)
    answer = size_of(one, history, NO_KILL_MIB, prices, now)
    chosen = answer.size if isinstance(answer, Resize) else one.size
    every = tuple(sorted({*one.scope.sizes, *one.scope.proposed}))
    terms = terms_for(one, every, history, NO_KILL_MIB, prices)
    peak = _peak(one, history, cpu_ratio)
    on_fargate = not one.scope.on_instances
    return Proposal(
        one.service,
        one.definition,
        one.size,
        answer,
        prices,
        on_fargate,
        history,
        trust_in(history),
        one=one,
        terms=terms,
        options=_options(one, history, terms, now) if history.digests else (),
        peak=peak,
        hints=sizing_hints(one.service, one.definition, chosen, prices, peak) if on_fargate else (),
        mode_at_most=_mode_at_most(one, answer),
    )


def _mode_at_most(one: Sizeable, answer: Keep | Resize) -> Mode | None:
    if isinstance(answer, Keep):
        return None
    setting = travels(answer, one.scope, replace(one.setting, mode=Mode.APPLY))
    return leave_to_person(answer, one.size, one.service, one.definition, setting)[1].mode


def _options(one: Sizeable, history: SizingHistory, terms: Terms, now: datetime) -> tuple[Option, ...]:
    """Return every size that may be chosen, and the one in force where it may not."""
    listed = list_options(history, now.date(), terms)
    if any(option.size == one.size for option in listed):
        return listed
    here = list_options(history, now.date(), Terms((one.size,), terms.profile, terms.price, terms.task_count))
    return (*here, *listed)


def _peak(one: Sizeable, history: SizingHistory, cpu_ratio: float | None) -> TaskSize | None:
    memory = [day.memory_peak_mib for day in history.digests if day.memory_peak_mib is not None]
    if cpu_ratio is None or not memory:
        return None
    return TaskSize(ceil(cpu_ratio * one.size.cpu_units), ceil(max(memory)))


class _Highest:
    """A ``UsageReader`` that notes the highest CPU since the last deployment while it is read by."""

    def __init__(self, usage: UsageReader) -> None:
        self._usage = usage
        self.cpu_ratios: dict[Service, float] = {}
        self.since, self.memory_of_family = usage.since, usage.memory_of_family

    def points(
        self, starts: Mapping[Service, datetime], end: datetime, series: Sequence[str] = SERIES
    ) -> Iterator[tuple[Service, UsagePoints]]:
        """Yield what the reader yields."""
        for service, points in self._usage.points(starts, end, series):
            begun = service.primary.created_at if service.primary else service.created_at
            known = [ratio for at, ratio in points.cpu_average if at >= begun and isfinite(ratio)]
            sane = [ratio for ratio in known if 0 <= ratio < RATIO_ABSURD]
            if sane:
                self.cpu_ratios[service] = max(sane)
            yield service, points


class _Second:
    """Compute Optimizer's opinions, asked for once."""

    def __init__(self, services: Sequence[Service], laptop: Laptop) -> None:
        self._cannot: Agreement | None = None
        self._opinions: Mapping[str, SecondOpinion] = {}
        try:
            opinions = laptop.second_opinions.opinions([service.arn for service in services])
        except UnreadableError as fault:
            self._cannot = Agreement(None, str(fault))
        else:
            self._opinions = opinions or {}
            self._cannot = NOT_ENROLLED if opinions is None else None

    def beside(self, proposal: Proposal) -> Proposal:
        """Return a proposal with the second opinion on it."""
        opinion = self._opinions.get(proposal.service.arn)
        if self._cannot is not None:
            return replace(proposal, agreement=self._cannot)
        if proposal.size is None or proposal.proposed is None:
            return replace(proposal, agreement=Agreement(None, "There is no size to compare."))
        days = len(proposal.history.digests)
        agreement = compare_opinions(opinion, proposal.size, proposal.proposed, days)
        return replace(proposal, opinion=opinion, agreement=agreement)
