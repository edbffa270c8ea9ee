"""The demo on paper: a timeline, what was left alone, and the difference Trimtab made."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from trimtab_cli.demo.story import Line, Refusal
from trimtab_cli.demo.totals import Totals

GOOD, BAD = "green", "red"
_COLOURS = {
    "succeeded": GOOD, "rolled_back": "yellow", "superseded": "yellow", "refused": "yellow",
    "needs_human": BAD, "failed": BAD, "expired": "yellow",
}  # fmt: skip

MEASURES = (
    ("fargate_usd", "Fargate, USD", True),
    ("memory_kills", "Out-of-memory kills", True),
    ("jobs_lost", "Jobs never finished", True),
    ("task_minutes_missing", "Task-minutes missing", True),
    ("restarts", "Tasks started again by Trimtab", False),
    ("deploys", "Deploys by people and pipelines", False),
    ("deploys_preserved", "… whose image stayed in force", False),
)
"""Field of Totals, its name for people, and whether less of it is better."""


def show_timeline(console: Console, lines: Sequence[Line], start: datetime) -> None:
    """Print the Changes: what, how it ended, and in a second line why."""
    console.print("[bold]What Trimtab decided[/]\n")
    for line in lines:
        colour = _COLOURS.get(line.state, "cyan")
        console.print(
            f"{_when(line.at, start)}  {line.workload:<15} [bold]{line.kind:<13}[/]{escape(line.what)}  "
            f"[{colour}]{line.state}[/]{_again(line, start)}",
            soft_wrap=True,
        )
        for label, text in (("why", line.why), ("end", line.outcome)):
            if text:
                console.print(Padding(f"[dim]{label}: {escape(text)}[/]", (0, 0, 0, 15)))


def _when(at: datetime, start: datetime) -> str:
    return f"day {(at - start).days + 1:2} {at:%H:%M}"


def _again(line: Line, start: datetime) -> str:
    if line.count == 1 or line.last_at is None:
        return ""
    return f"  and {line.count - 1} more like it, the last on {_when(line.last_at, start)}"


def show_refusals(console: Console, found: Sequence[Refusal]) -> None:
    """Print what was left alone."""
    console.print("\n[bold]What it left alone[/]\n")
    table = Table(box=None, expand=True, pad_edge=False)
    table.add_column("workload", no_wrap=True)
    table.add_column("times", justify="right", no_wrap=True)
    table.add_column("reason", no_wrap=True)
    table.add_column("in words (the last time)", overflow="fold", ratio=1)
    for one in found:
        table.add_row(escape(one.workload), str(one.count), escape(one.reason), escape(one.sentence))
    console.print(table)


def show_totals(console: Console, off: Totals, on: Totals, days: int) -> None:
    """Print both runs and their difference."""
    console.print(f"\n[bold]{days} days of the same fleet, people and weather[/]\n")
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("")
    for heading in ("without Trimtab", "with Trimtab", "difference"):
        table.add_column(heading, justify="right")
    without, with_it = asdict(off), asdict(on)
    for field, name, less_is_better in MEASURES:
        change = with_it[field] - without[field]
        row = (_number(without[field]), _number(with_it[field]), _difference(change, less_is_better))
        table.add_row(name, *row)
    console.print(table)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def _difference(value: float, less_is_better: bool) -> str:
    text = f"{value:+,}" if isinstance(value, int) else f"{value:+,.2f}"
    if not less_is_better or not value:
        return text
    return f"[{GOOD if value < 0 else BAD}]{text}[/]"
