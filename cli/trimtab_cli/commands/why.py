"""`trimtab why`: every size that a service could have, the sum of each, and why one of them wins."""

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trimtab.model.tags import Mode
from trimtab_cli.commands.status import PIPE_COLUMNS
from trimtab_cli.installation import one_line
from trimtab_cli.proposals.explain import as_json, forbids, options_of, rule_of
from trimtab_cli.proposals.gather import Clusters, Gathered, PolicyPath, gather, the_only
from trimtab_cli.proposals.rows import Row, row_of
from trimtab_cli.proposals.show import prices_told, short

if TYPE_CHECKING:
    from trimtab.workflows.propose_sizes import Proposal

HEADINGS = (
    "CPU units / MiB",
    "$/month",
    "CPU lacking",
    "short of CPU",
    "kill a day",
    "memory above peak",
    "sum $/day",
    "",
)


def why(
    service: Annotated[
        str, typer.Argument(metavar="SERVICE", help="NAME, or CLUSTER/NAME, of a service or family.")
    ],
    cluster: Clusters = None,
    policy: PolicyPath = None,
    every: Annotated[bool, typer.Option("--all", help="Every size that may be chosen.")] = False,
    as_json_object: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show the sizes that a service could have, what each costs and risks, and which wins. It only reads."""
    found = gather(cluster or (), service, policy)
    proposals = (*found.proposals, *found.families)
    the_only([one.service for one in proposals], service)
    (one,) = proposals
    if as_json_object:
        typer.echo(json.dumps(as_json(one, every), allow_nan=False))
        return
    out = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_COLUMNS)
    for line in _head(one):
        out.print(Text(one_line(line)))
    if rows := options_of(one, every):
        out.print()
        out.print(_table(rows))
        out.print()
    for line in _foot(one, found):
        out.print(Text(one_line(line)))


def _head(one: "Proposal") -> Iterator[str]:
    row = row_of(one)
    tasks = "1 task" if row["tasks"] == 1 else f"{row['tasks']} tasks"
    asked = f"mode {row['mode']}" if row["mode"] else "no mode tag"
    if one.of_family:
        tasks, asked = "standalone tasks", "only proposed"
    yield f"{row['cluster']}/{one.service.name}: {tasks} of {one.size or 'unknown size'}, {asked}"
    yield f"{row['reason']}: {row['sentence']}"
    if one.one is not None:
        yield f"Confidence {one.trust.level}: {one.trust.sentence}"
    yield from rule_of(one) if one.options else ()


def _table(rows: list[Row]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading in ("", HEADINGS[0]) else "right", no_wrap=True)
    for row in rows:
        table.add_row(
            f"{row['cpu_units']} / {row['memory_mib']}",
            _number(row["usd_month"], ",.2f"),
            _number(row["cpu_lacking_ratio"], ".2%"),
            _number(row["cpu_short_ratio"], ".2%"),
            _number(row["kill_chance_day"], ".2%"),
            _number(row["memory_headroom_ratio"], "+.0%"),
            _number(row["sum_usd_day"], ".2f"),
            ", ".join(row["marks"]),
        )
    return table


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _foot(one: "Proposal", found: Gathered) -> Iterator[str]:
    if one.peak is not None:
        yield f"Highest use of a task: {short(one.peak)} (CPU since its last deployment, 5-minute averages)."
    if one.mode_at_most is Mode.APPROVE:
        yield "In mode apply: a person approves it, since nothing shows how its users fare."
    yield from (f"Limits: {told}" for told in forbids(one))
    for hint in one.hints:
        saved = "" if hint.monthly_usd_saved is None else f" (-{hint.monthly_usd_saved:,.2f} $ a month)"
        yield f"Not ours to do{saved}: {hint.sentence}"
    yield f"Second opinion: {one.agreement.sentence}"
    yield from prices_told([row_of(one)], found.region)
