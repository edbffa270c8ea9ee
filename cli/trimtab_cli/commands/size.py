"""`trimtab size`: what was handed over to one service, for a pipeline between render and register."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from trimtab.model.errors import UnreadableError
from trimtab.model.handed_size import HandedSize, parameter_path, read_handed_size
from trimtab_cli.commands.status import instant
from trimtab_cli.installation import ANSWER_IS_NO, WRONG_INPUT, asking_aws, complain
from trimtab_cli.json_file import FileFaultError
from trimtab_cli.proposals.gather import find_services, the_only
from trimtab_cli.proposals.sizes_file import read_sizes


def size(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="NAME, or CLUSTER/NAME.")],
    cluster: Annotated[str, typer.Option(metavar="NAME", help="Name of its cluster.")] = "",
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Read this trimtab.sizes.json, and ask nothing of AWS."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object, with limits of containers.")
    ] = False,
) -> None:
    """Print the size that was handed over to a service: lines cpu= and memory=, or JSON.

    Exit code 1 where there is none, or it has expired and the service does not run it.
    """
    where, _, name = service.rpartition("/")
    if where and cluster and where != cluster:
        raise typer.BadParameter(f"{service} is not in --cluster {cluster}.")
    found = _of_file(file, where or cluster, name) if file else _of_parameter(where or cluster, name)
    if as_json:
        typer.echo(found.text())
    else:
        typer.echo(f"cpu={found.size.cpu_units}\nmemory={found.size.memory_mib}")


def _of_file(path: Path, cluster: str, name: str) -> HandedSize:
    try:
        sizes = read_sizes(path)
    except FileFaultError as fault:
        complain(f"{path} {fault}. Nothing was changed.")
        raise typer.Exit(WRONG_INPUT) from fault
    found = {place: one for place, one in sizes.items() if place.rpartition("/")[2] == name}
    if cluster:
        found = {place: one for place, one in found.items() if place == f"{cluster}/{name}"}
    if len(found) > 1:
        complain(f"{name} is in several clusters: name one of {', '.join(sorted(found))}.")
        raise typer.Exit(WRONG_INPUT)
    for one in found.values():
        if one.until > _now():
            return one
        _no(f"the size in {path} expired at {instant(one.until)}: write the file again with `trimtab plan`.")
    _no(f"{path} has no size of {cluster + '/' if cluster else ''}{name}.")


def _of_parameter(cluster: str, name: str) -> HandedSize:
    if not cluster:
        complain(f"name the cluster of {name}: --cluster NAME, or CLUSTER/{name}. Nothing was changed.")
        raise typer.Exit(WRONG_INPUT)
    path = f"{parameter_path(cluster, name)}/size"
    with asking_aws(f"read the parameter {path}", "Nothing was changed."):
        from trimtab import wiring

        text = wiring.handed_over().get(path)
    if text is None:
        _no(f"there is no parameter {path}: nothing was handed over.")
    try:
        found = read_handed_size(json.loads(text))
    except (UnreadableError, ValueError) as fault:
        _no(f"the parameter {path} is none of Trimtab's: {fault}.")
    if found.until <= _now() and not _runs_it(cluster, name, found):
        _no(f"the size in {path} expired at {instant(found.until)}, and the service does not run it.")
    return found


def _runs_it(cluster: str, name: str, handed: HandedSize) -> bool:
    """Tell whether a service has taken a size up: then it stands until another one is handed over."""
    with asking_aws(f"read the service {name}", "Nothing was changed."):
        from trimtab import wiring

        laptop = wiring.laptop(complain)
        service = the_only(find_services(laptop, [cluster], name), name)
        definition = laptop.task_definitions.describe(service.task_definition)
    return definition is not None and definition.size == handed.size


def _now() -> datetime:
    from trimtab.adapters.clock import SystemClock

    return SystemClock().now()


def _no(told: str) -> NoReturn:
    complain(told)
    raise typer.Exit(ANSWER_IS_NO)
