"""`trimtab plan`: the size that each service should have, and what that would cost; it changes nothing."""

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trimtab_cli.commands.status import PIPE_COLUMNS
from trimtab_cli.installation import ANSWER_IS_NO, WRONG_INPUT, complain
from trimtab_cli.proposals.gather import Clusters, Gathered, PolicyPath, gather
from trimtab_cli.proposals.show import as_csv, as_json, as_markdown, as_table
from trimtab_cli.proposals.sizes_file import DEFAULT_FILE, sizes_document, write_sizes


class Format(StrEnum):
    """How a plan is written."""

    TABLE = "table"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSON = "json"
    SIZES = "sizes"


def plan(
    cluster: Clusters = None,
    service: Annotated[
        str, typer.Option(metavar="NAME", help="Of this service: NAME, or CLUSTER/NAME.")
    ] = "",
    policy: PolicyPath = None,
    as_json_object: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    form: Annotated[
        Format, typer.Option("--format", help="sizes writes trimtab.sizes.json for a pipeline.")
    ] = Format.TABLE,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it there instead of to stdout.")
    ] = None,
) -> None:
    """Show the size that each service should have, from what CloudWatch has measured. Changes nothing.

    It needs no installation, only permission to read: docs/plan.md lists the actions.
    """
    form = Format.JSON if as_json_object else form
    found = gather(cluster or (), service, policy)
    if form is Format.SIZES:
        _hand_over(found, output or DEFAULT_FILE)
        return
    text = _as_text(found, form, to_file=output is not None)
    if output is None:
        typer.echo(text)
    else:
        _write(output, lambda: output.write_text(text + "\n", "utf-8"))


def _as_text(found: Gathered, form: Format, to_file: bool) -> str:
    if form is Format.JSON:
        return as_json(found)
    if form is Format.CSV:
        return as_csv(found)
    if form is Format.MARKDOWN:
        return as_markdown(found)
    return as_table(found, None if sys.stdout.isatty() and not to_file else PIPE_COLUMNS)


def _hand_over(found: Gathered, path: Path) -> None:
    document = sizes_document(found)
    if not document["services"]:
        complain(f"no service has a size that could be handed over. {path} was not written.")
        raise typer.Exit(ANSWER_IS_NO)
    _write(path, lambda: write_sizes(path, document))
    complain(f"{len(document['services'])} sizes written to {path}.")


def _write(path: Path, write: Callable[[], object]) -> None:
    try:
        write()
    except OSError as fault:
        complain(f"cannot write {path}: {fault.strerror or fault}. Nothing was changed.")
        raise typer.Exit(WRONG_INPUT) from fault
