"""`trimtab stops`: search the archive of stopped tasks, which ECS forgets after an hour."""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trimtab.model.stop import Stop
from trimtab.model.verdict import Cause
from trimtab_cli.commands.status import PIPE_COLUMNS, instant
from trimtab_cli.installation import (
    DEFAULT_STACK,
    ControlTable,
    Stack,
    asking_aws,
    complain,
    connect,
    one_line,
)
from trimtab_cli.since import read_since

ARCHIVED: Final = "30d"


def stops(
    service: Annotated[
        str, typer.Option(metavar="NAME", help="Of this service: NAME, or CLUSTER/NAME, which is faster.")
    ] = "",
    family: Annotated[str, typer.Option(metavar="NAME", help="Of this task definition family.")] = "",
    cluster: Annotated[str, typer.Option(metavar="NAME", help="In this cluster.")] = "",
    cause: Annotated[
        Cause | None, typer.Option(metavar="CAUSE", help="For this cause; docs/explain.md lists them.")
    ] = None,
    since: Annotated[
        str,
        typer.Option(metavar="WHEN", help="90m, 24h, 7d, a date, or an instant; at most 30 days are kept."),
    ] = "24h",
    stack: Stack = DEFAULT_STACK,
    control_table: ControlTable = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show why tasks stopped and what Trimtab made of it, oldest first."""
    where, _, name = service.rpartition("/")
    if where and cluster and where != cluster:
        raise typer.BadParameter(f"--service {service} is not in --cluster {cluster}.")
    with asking_aws("search the archive of stops", "Nothing was changed."):
        operator = connect(stack, control_table)
        now = operator.clock.now()
        found = operator.stops.search(
            read_since(since, now),
            now,
            cluster=where or cluster or None,
            service=name or None,
            family=family or None,
            cause=cause.value if cause else None,
        )
        causes = _print_lines(found) if as_json else _print_table(list(found))
    complain(_summary(causes, since))


def _print_lines(found: Iterable[Stop]) -> Counter[str]:
    causes: Counter[str] = Counter()
    for stop in found:
        typer.echo(json.dumps(_as_json(stop), allow_nan=False))
        causes[stop.cause] += 1
    return causes


def _as_json(stop: Stop) -> dict[str, Any]:
    return {
        "stopped_at": instant(stop.at),
        "task_arn": stop.task_arn,
        "cluster": stop.cluster,
        "service": stop.service,
        "family": stop.family,
        "task_definition": stop.task_definition,
        "owner": stop.owner,
        "cause": stop.cause,
        "rule": stop.rule,
        "action": stop.action,
        "reason": stop.reason,
        "sentence": stop.sentence,
        "decided": stop.decided,
        "decided_sentence": stop.decided_sentence,
        "evidence": dict(stop.evidence),
    }


def _print_table(found: list[Stop]) -> Counter[str]:
    """Write a line a stop; into a pipe no line is folded."""
    table = Table(
        "stopped at", "task", "of", "cause", "exit codes", "decided", "why", box=None, pad_edge=False
    )
    for stop in found:
        cells = (
            _second(stop.at),
            stop.task_arn.rpartition("/")[2][:12],
            f"{stop.cluster}/{stop.service or stop.family}",
            stop.cause,
            str(stop.evidence.get("exit_codes", "")),
            stop.decided,
            stop.sentence,
        )
        table.add_row(*(Text(one_line(cell), overflow="fold") for cell in cells))
    if found:
        Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_COLUMNS).print(table)
    return Counter(stop.cause for stop in found)


def _second(at: datetime) -> str:
    return instant(at).replace("T", " ")


def _summary(causes: Counter[str], since: str) -> str:
    told = ", ".join(f"{count} {cause}" for cause, count in causes.most_common())
    return f"{causes.total()} stops since {since}{': ' if told else '.'}{told}"
