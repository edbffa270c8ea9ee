"""A proposal as a row of plain values: what CSV and JSON say, and what the table is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from trimtab.model.decision import Resize
from trimtab.model.tags import MODE_TAG

if TYPE_CHECKING:
    from trimtab.workflows.propose_sizes import Proposal

COLUMNS: Final = (
    "cluster",
    "service",
    "tasks",
    "mode",
    "cpu_units",
    "memory_mib",
    "proposed_cpu_units",
    "proposed_memory_mib",
    "usd_month",
    "proposed_usd_month",
    "usd_month_saved",
    "confidence",
    "days",
    "answer",
    "reason",
    "sentence",
    "price_basis",
    "family",
    "mode_at_most",
)
"""Of the CSV, in this order; docs/plan.md says what they are."""

Row = dict[str, Any]


def row_of(one: "Proposal") -> Row:
    """Return the values of ``COLUMNS``; None is "not known"."""
    before, after = one.monthly_usd(one.size), one.monthly_usd(one.proposed)
    price = one.prices.of(one.definition) if one.definition and one.on_fargate else None
    return {
        "cluster": one.service.cluster,
        "service": None if one.of_family else one.service.name,
        "tasks": None if one.of_family else one.service.desired_count,
        "mode": one.service.tags.get(MODE_TAG),
        "cpu_units": one.size.cpu_units if one.size else None,
        "memory_mib": one.size.memory_mib if one.size else None,
        "proposed_cpu_units": one.proposed.cpu_units if one.proposed else None,
        "proposed_memory_mib": one.proposed.memory_mib if one.proposed else None,
        "usd_month": before,
        "proposed_usd_month": after,
        "usd_month_saved": None if before is None or after is None else round(before - after, 2),
        "confidence": one.trust.level.value,
        "days": len(one.history.digests),
        "answer": "resize" if isinstance(one.answer, Resize) else "keep",
        "reason": one.answer.reason,
        "sentence": one.answer.sentence,
        "price_basis": price.basis if price else None,
        "family": one.service.name if one.of_family else None,
        "mode_at_most": None if one.mode_at_most is None else one.mode_at_most.name.lower(),
    }


@dataclass(frozen=True, slots=True)
class Total:
    """Sums over a fleet; ``unpriced`` are the services that no price can be told of."""

    services: int
    resized: int
    unpriced: int
    usd_month: float
    proposed_usd_month: float

    @property
    def saved(self) -> float:
        """What the fleet would cost less a month."""
        return round(self.usd_month - self.proposed_usd_month, 2)


def total_of(rows: Sequence[Row]) -> Total:
    """Add up rows."""
    priced = [row for row in rows if row["usd_month"] is not None and row["proposed_usd_month"] is not None]
    return Total(
        len(rows),
        sum(row["answer"] == "resize" for row in rows),
        len(rows) - len(priced),
        round(sum(row["usd_month"] for row in priced), 2),
        round(sum(row["proposed_usd_month"] for row in priced), 2),
    )


def bases(rows: Iterable[Row]) -> list[str]:
    """Return whose prices were used, each once."""
    return sorted({row["price_basis"] for row in rows if row["price_basis"]})


def opinion_of(one: "Proposal") -> dict[str, Any]:
    """Return the second opinion as JSON says it."""
    told = one.opinion
    size = told.size if told else None
    return {
        "agrees": one.agreement.agrees,
        "sentence": one.agreement.sentence,
        "finding": told.finding if told else None,
        "cpu_units": size.cpu_units if size else None,
        "memory_mib": size.memory_mib if size else None,
        "usd_month_saved": told.monthly_usd_saved if told else None,
    }


def details_of(one: "Proposal") -> Row:
    """Return a row with what JSON says beyond it."""
    evidence = dict(one.answer.evidence)
    hints = [
        {"code": hint.code, "usd_month_saved": hint.monthly_usd_saved, "sentence": hint.sentence}
        for hint in one.hints
    ]
    return {
        **row_of(one),
        "service_arn": None if one.of_family else one.service.arn,
        "task_definition": one.service.task_definition,
        "confidence_sentence": one.trust.sentence,
        "evidence": evidence,
        "hints": hints,
        "second_opinion": opinion_of(one),
    }
