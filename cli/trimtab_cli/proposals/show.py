"""A plan as text: a table for people, CSV, Markdown, JSON."""

import csv
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trimtab.model.tags import Mode
from trimtab.model.task_size import TaskSize
from trimtab_cli.commands.status import instant
from trimtab_cli.installation import one_line
from trimtab_cli.proposals.gather import Gathered
from trimtab_cli.proposals.rows import COLUMNS, Row, Total, bases, details_of, row_of, total_of

if TYPE_CHECKING:
    from trimtab.workflows.propose_sizes import Proposal

HEADINGS = ("service", "tasks", "CPU units / MiB", "should have", "$/month", "then", "confidence", "why")
RIGHT = ("tasks", "$/month", "then")
HOURS = "An on-demand month of 730 hours of every task that is wanted now; without Spot and Savings Plans."


def as_table(found: Gathered, width: int | None) -> str:
    """Return the table for people, with the total and what the figures rest on."""
    out = Console(file=io.StringIO(), highlight=False, width=width, force_terminal=False)
    table = Table(box=None, pad_edge=False)
    for heading in HEADINGS:
        justify, folds = ("right" if heading in RIGHT else "left"), heading in ("service", "why")
        table.add_column(heading, justify=justify, no_wrap=not folds, overflow="fold")  # type: ignore[arg-type]
    for one in (*found.proposals, *found.families):
        table.add_row(*(Text(one_line(cell)) for cell in _cells(one)))
    if found.proposals or found.families:
        out.print(table)
        out.print()
    for line in foot(found):
        out.print(Text(line))
    text = out.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines())


def as_markdown(found: Gathered) -> str:
    """Return the same as a Markdown table."""
    lines = [
        f"| {' | '.join(HEADINGS)} |",
        "|" + "|".join("--:" if h in RIGHT else "---" for h in HEADINGS) + "|",
    ]
    for one in (*found.proposals, *found.families):
        cells = (one_line(cell).replace("|", "\\|") for cell in _cells(one))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *(f"{line}  " for line in foot(found))])


def as_csv(found: Gathered) -> str:
    """Return a line a service and family; what is not known is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for one in (*found.proposals, *found.families):
        writer.writerow({key: _safe(value) for key, value in row_of(one).items()})
    return text.getvalue().rstrip("\n")


def as_json(found: Gathered) -> str:
    """Return one JSON object, as docs/plan.md has it."""
    rows = [row_of(one) for one in found.proposals]
    total = total_of(rows)
    told: dict[str, Any] = {
        "at": instant(found.at),
        "region": found.region,
        "price_basis": bases(rows),
        "services": [details_of(one) for one in found.proposals],
        "families": [details_of(one) for one in found.families],
        "total": {
            "services": total.services,
            "resized": total.resized,
            "unpriced": total.unpriced,
            "usd_month": total.usd_month,
            "proposed_usd_month": total.proposed_usd_month,
            "usd_month_saved": total.saved,
        },
    }
    return json.dumps(told, allow_nan=False)


def foot(found: Gathered) -> list[str]:
    """Return the lines below a table: the sum, the prices, the second opinion."""
    rows = [row_of(one) for one in found.proposals]
    return [
        _sum(total_of(rows)),
        *_for_people(found.proposals),
        *_families_told(found.families),
        *prices_told(rows, found.region),
        _opinions(found.proposals),
    ]


def _families_told(families: Sequence["Proposal"]) -> list[str]:
    """Return how many families of standalone tasks there are; what they cost is in no sum."""
    if not families:
        return []
    rows = [row_of(one) for one in families]
    which = "1 family" if len(rows) == 1 else f"{len(rows)} families"
    resized = sum(row["answer"] == "resize" for row in rows)
    return [f"{which} of standalone tasks, {resized} with another size: one task each, as long as any ran."]


def _for_people(proposals: Sequence["Proposal"]) -> list[str]:
    """Return how many sizes a person would have to approve in any mode."""
    blind = sum(one.mode_at_most is Mode.APPROVE for one in proposals)
    if not blind:
        return []
    which = "1 of them would wait" if blind == 1 else f"{blind} of them would wait"
    return [
        f"{which} for a person even in mode apply: no load balancer, linked alarm or container health check "
        "shows how its users fare."
    ]


def prices_told(rows: Sequence[Row], region: str) -> list[str]:
    """Return what the figures rest on; shipped prices of another Region are said to be that."""
    used = bases(rows)
    if not used:
        return []
    elsewhere = any("list price" in basis for basis in used) and region != "us-east-1"
    told = f" Those of {region} could not be read; they may be a fifth higher." if elsewhere else ""
    return [f"Prices: {'; '.join(used)}.{told} {HOURS}"]


def _sum(total: Total) -> str:
    if not total.services:
        return "No services."
    services = "1 service" if total.services == 1 else f"{total.services} services"
    without = f", {total.unpriced} without a price" if total.unpriced else ""
    return (
        f"{services}, {total.resized} with another size{without}: "
        f"{total.usd_month:,.2f} → {total.proposed_usd_month:,.2f} $ a month ({-total.saved:+,.2f})."
    )


def _opinions(proposals: Sequence["Proposal"]) -> str:
    agree = sum(one.agreement.agrees is True for one in proposals)
    differ = sum(one.agreement.agrees is False for one in proposals)
    if agree + differ:
        return f"Compute Optimizer agrees on {agree} and differs on {differ}; `trimtab why SERVICE` says why."
    told = {one.agreement.sentence for one in proposals}
    return told.pop() if len(told) == 1 else "Compute Optimizer says nothing of these services."


def _cells(one: "Proposal") -> tuple[str, ...]:
    row = row_of(one)
    same = row["answer"] == "keep"
    return (
        f"{row['cluster']}/{one.service.name}{' (family)' if one.of_family else ''}",
        "-" if one.of_family else str(row["tasks"]),
        short(one.size),
        "same" if same and one.size else short(one.proposed),
        _usd(row["usd_month"]),
        "" if same else _usd(row["proposed_usd_month"]),
        row["confidence"] if one.one else "-",
        why_in_short(one),
    )


def why_in_short(one: "Proposal") -> str:
    """Return the reason code and, of a new size, what it does to the risks, else the sentence."""
    told = one.answer.evidence
    keys = [f"{what}_{when}" for what in ("out_of_memory", "shed_ratio") for when in ("before", "after")]
    if any(key not in told for key in keys):
        return f"{one.answer.reason}: {one.answer.sentence}"
    kill_before, kill_after, shed_before, shed_after = (float(told[key]) for key in keys)
    return (
        f"{one.answer.reason}: kill for memory {kill_before:.2%} → {kill_after:.2%} a day, "
        f"CPU lacking {shed_before:.2%} → {shed_after:.2%}"
    )


def short(size: TaskSize | None) -> str:
    """Return a size as CPU units and MiB without the words."""
    return f"{size.cpu_units} / {size.memory_mib}" if size else "-"


def _usd(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"


def _safe(value: object) -> object:
    """Return a CSV cell; a text that a spreadsheet would take for a formula is quoted as text."""
    if isinstance(value, str):
        text = one_line(value)
        return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
    return value
