"""Families of standalone tasks -> the sizes they should have, for a person to see: nothing is recorded."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from trimtab.decisions.agreement import Agreement
from trimtab.decisions.declared_families import Declared, declared_families
from trimtab.decisions.rightsize import list_options
from trimtab.decisions.rightsize.family_offer import (
    as_whole_days,
    for_its_runs,
    month_share,
    scaled,
    trust_in_runs,
)
from trimtab.model.decision import Keep
from trimtab.model.digest import SizingHistory
from trimtab.model.policy import Policy
from trimtab.model.price import LIST_PRICES
from trimtab.model.price_book import PriceBook
from trimtab.model.service import Service
from trimtab.model.task_definition import TaskDefinition, family_of
from trimtab.model.usage import FamilyName
from trimtab.ports import Laptop
from trimtab.workflows.not_judged import judged
from trimtab.workflows.propose_sizes import NO_KILL_MIB, NOTHING_KNOWN, Proposal
from trimtab.workflows.size_of_family import as_service, read_families, size_of_family, sizeable_family
from trimtab.workflows.size_of_service import Sizeable, terms_for

NO_OPINION: Final = Agreement(None, "Compute Optimizer does not judge tasks outside services.")


def propose_families(
    services: Iterable[Service], policy: Policy, clusters: Sequence[str], named: str, laptop: Laptop
) -> Iterator[Proposal]:
    """Yield what the tasks of each declared family should have.

    Args:
        services: Of the clusters, as read now: what they run is measured together with their family.
        policy: Its entries ``standalone`` declare families.
        clusters: Names of those that are meant, none for all.
        named: Only the family of this name; empty for all.
        laptop: Where to read.
    """
    if not policy.standalone:
        return
    now, prices = laptop.clock.now(), laptop.prices.renew(laptop.clock.now())
    of_services = {(service.cluster, family_of(service.task_definition)) for service in services}
    measured = laptop.insights.families(clusters)
    known: dict[FamilyName, Sizeable] = {}
    for one in declared_families(policy, measured, of_services, clusters):
        if named in ("", one.family):
            definition = None if one.answer else laptop.task_definitions.latest(one.family)
            ask = partial(sizeable_family, one.cluster, one.family, one.rule, definition, now)
            answer: Keep | Sizeable = judged(ask) if one.answer is None else one.answer
            if isinstance(answer, Keep):
                yield _undecided(one, definition, answer, prices)
            else:
                known[one.cluster, one.family] = answer
    unknown = dict.fromkeys(known, NOTHING_KNOWN)
    for family, read in read_families(unknown, laptop.insights, lambda *_: (), now):
        one_family = known[family]
        decided = read if isinstance(read, Keep) else judged(partial(_decided, one_family, read, prices, now))
        if isinstance(decided, Keep):
            decided = _left(one_family.service, one_family.definition, decided, prices)
        yield decided


def _undecided(one: Declared, definition: TaskDefinition | None, answer: Keep, prices: PriceBook) -> Proposal:
    return _left(as_service(one.cluster, one.family, definition), definition, answer, prices)


def _left(family: Service, definition: TaskDefinition | None, answer: Keep, prices: PriceBook) -> Proposal:
    size = judged(lambda: definition.size if definition else None)
    told = None if isinstance(size, Keep) else size
    return Proposal(family, definition, told, answer, prices, True, agreement=NO_OPINION, of_family=True)


def _decided(one: Sizeable, history: SizingHistory, prices: PriceBook, now: datetime) -> Proposal:
    today, stretched = now.date(), as_whole_days(history)
    every = tuple(sorted({*one.scope.sizes, *one.scope.proposed, one.size}))
    terms = for_its_runs(terms_for(one, every, history, NO_KILL_MIB, prices), history)
    return Proposal(
        one.service,
        one.definition,
        one.size,
        size_of_family(one, history, NO_KILL_MIB, prices, now),
        _for_its_runs(prices, month_share(history, today)),
        True,
        stretched,
        trust_in_runs(history),
        NO_OPINION,
        one=one,
        terms=terms,
        options=list_options(stretched, today, terms) if history.digests else (),
        of_family=True,
    )


def _for_its_runs(prices: PriceBook, share: float) -> PriceBook:
    """Return what one task costs that runs as long as any of its family did."""
    every = {**LIST_PRICES, **prices.fargate}
    return replace(prices, fargate={platform: scaled(price, share) for platform, price in every.items()})
