"""``trimtab demo``: a simulated fleet, lived with Trimtab and without."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from trimtab_lab.lab import START
from trimtab_lab.traces import TraceError

WIDTH_MIN = 120
"""Narrower than this the tables are no longer read."""


def demo(
    seed: Annotated[int, typer.Option(help="Same seed, same output.")] = 7,
    days: Annotated[int, typer.Option(min=1, max=60, help="Simulated days.")] = 14,
    traces: Annotated[
        Path | None, typer.Option(help="Folder of recorded series (docs/traces.md) to drive the services.")
    ] = None,
) -> None:
    """Live some days of a simulated fleet, with Trimtab and without, and tell the difference.

    The handlers, template and AWS SDK are the real ones; Amazon ECS and the rest of AWS are simulated in
    this process. Nothing leaves this machine.
    """
    from trimtab_cli.demo.run import live
    from trimtab_cli.demo.show import show_refusals, show_timeline, show_totals
    from trimtab_cli.demo.story import refusals, timeline
    from trimtab_cli.demo.traced import Traced

    try:
        traced = Traced(traces) if traces else None
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("living without Trimtab", total=2 * days)
            off = live(seed, days, False, traced, lambda _: progress.advance(bar))
            progress.update(bar, description="living with Trimtab")
            on = live(seed, days, True, traced, lambda _: progress.advance(bar))
    except TraceError as fault:
        typer.echo(f"{fault}. Nothing was run. Give --traces a folder as in docs/traces.md.", err=True)
        raise typer.Exit(2) from None
    out = Console()
    out = Console(width=max(out.width, WIDTH_MIN), highlight=False)
    show_timeline(out, timeline(on.changes), START)
    show_refusals(out, refusals(on.control))
    show_totals(out, off.totals, on.totals, days)
