"""`trimtab backtest`: what our sizes, and those of others, would have cost and broken."""

import json
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress

from trimtab.model.price import FargatePrice, list_price
from trimtab_cli.installation import ANSWER_IS_NO, asking_aws, complain
from trimtab_cli.proposals.gather import Clusters

if TYPE_CHECKING:
    from trimtab_cli.backtest.series import Series

WIDTH_MIN = 140


def backtest(
    traces: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Recorded series, in the format of docs/traces.md.")
    ] = None,
    cluster: Clusters = None,
    service: Annotated[
        str, typer.Option(metavar="NAME", help="Of this service: NAME, or CLUSTER/NAME.")
    ] = "",
    days: Annotated[
        int, typer.Option(min=1, max=63, help="Days of CloudWatch to read, with --cluster or --service.")
    ] = 42,
    profile: Annotated[
        str, typer.Option(metavar="NAME", help="Whose decisions --decisions writes: save, balanced or safe.")
    ] = "balanced",
    decisions: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Write every size that was in force, and why.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the tables as JSON.")
    ] = None,
    cadence: Annotated[
        str, typer.Option(metavar="WHICH", help="production: as the functions look. exact: in each period.")
    ] = "production",
    by_source: Annotated[bool, typer.Option("--by-source", help="A table for each source as well.")] = False,
    ours_only: Annotated[bool, typer.Option("--ours-only", help="Leave the other tools' rules out.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = os.cpu_count() or 1,
) -> None:
    """Live recorded usage under sizes chosen by Trimtab and by other tools' rules, and compare.

    A closed loop: each policy sees only what the sizes it chose let it see. The usage is that of a folder
    (--traces), or what CloudWatch has of the account's own services (--cluster, --service).
    """
    if find_spec("numpy") is None:
        _stop("This command needs numpy: install trimtab[backtest]. Nothing was run.")
    from trimtab_cli.backtest.account import CUT_OFF
    from trimtab_cli.backtest.decisions_file import write_decisions
    from trimtab_cli.backtest.loop import Cadence
    from trimtab_cli.backtest.report import as_json, groups
    from trimtab_cli.backtest.run import PROFILES, live_all, policies
    from trimtab_cli.backtest.show import show
    from trimtab_cli.backtest.traces import TraceError, read_traces

    own = bool(cluster or service)
    if own == (traces is not None):
        _stop(
            "Give --traces a folder of recorded series (docs/traces.md), or name services of the account by "
            "--cluster or --service. Nothing was run."
        )
    if profile not in PROFILES:
        _stop(f"--profile {profile} is not one of {', '.join(PROFILES)}. Nothing was run.")
    if cadence not in tuple(Cadence):
        _stop(f"--cadence {cadence} is not one of {', '.join(Cadence)}. Nothing was run.")
    if traces is None:
        series, price = _own(cluster or (), service, days)
    else:
        price = list_price(None)
        try:
            series = read_traces(traces)
        except TraceError as fault:
            _stop(f"{fault}. Nothing was run. docs/traces.md has the format.")
    names = [name for name in policies() if not ours_only or name.partition(" +")[0] in PROFILES]
    lives: dict[str, Any] = {}
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("living", total=len(names))
        for name, some in live_all(series, names, price, Cadence(cadence), workers):
            lives[name] = some
            progress.update(bar, advance=1, description=f"lived {name}")
    found = groups(series, lives, by_source)
    out = Console(highlight=False)
    show(Console(width=max(out.width, WIDTH_MIN), highlight=False), found)
    out.print(f"Cadence {cadence}; prices: {price.basis}.")
    if own:
        out.print(CUT_OFF)
    if json_file is not None:
        json_file.write_text(
            json.dumps(as_json(found, cadence, price.basis, cut_off=own), indent=1) + "\n", "utf-8"
        )
    if decisions is not None:
        rows = write_decisions(decisions, series, lives[profile])
        print(f"{rows} sizes of {len(series)} series written to {decisions}.", file=sys.stderr)


def _own(clusters: Sequence[str], service: str, days: int) -> tuple[list["Series"], FargatePrice]:
    """Return the account's own usage, or end where none of it is enough."""
    from trimtab_cli.backtest.account import read_account

    with asking_aws("read services and their usage", "Nothing was run."):
        from trimtab import wiring

        series, price = read_account(wiring.laptop(complain), clusters, service, days, complain)
    if not series:
        complain("no service has usage that could be lived. Nothing was run.")
        raise typer.Exit(ANSWER_IS_NO)
    return series, price


def _stop(told: str) -> NoReturn:
    typer.echo(told, err=True)
    raise typer.Exit(2)
