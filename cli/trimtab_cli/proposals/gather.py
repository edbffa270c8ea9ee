"""An account -> proposals, with a person's credentials and progress on stderr."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress

from trimtab.model.policy import BUILT_IN, Policy
from trimtab.model.service import Service, service_of_arn
from trimtab_cli.installation import WRONG_INPUT, asking_aws, complain
from trimtab_cli.policy_file import PolicyFileError, read_policy_file

if TYPE_CHECKING:
    from trimtab.ports import Laptop
    from trimtab.workflows.propose_sizes import Proposal

TRIED: Final = "read services and their usage"
NOTHING: Final = "Nothing was changed."

Clusters = Annotated[
    list[str] | None,
    typer.Option(
        "--cluster", metavar="NAME", help="Of this cluster; may be repeated. Default: every cluster."
    ),
]
PolicyPath = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="Bounds and profiles of this policy file."),
]


@dataclass(frozen=True, slots=True)
class Gathered:
    """The proposals in the order of cluster and service, and when and for which Region they were made.

    ``families`` are those of standalone tasks.
    """

    at: datetime
    region: str
    proposals: tuple["Proposal", ...]
    families: tuple["Proposal", ...] = ()


def gather(clusters: Sequence[str], service: str, policy_path: Path | None) -> Gathered:
    """Return a proposal for each service and family that is meant, or end with an exit code and a sentence.

    Args:
        clusters: Names or ARNs; none means every cluster.
        service: ``NAME`` or ``CLUSTER/NAME`` of a service, or of a declared family; empty means all.
        policy_path: Bounds, profiles and declared families, None for the built-in ones.
    """
    policy = _policy(policy_path)
    with asking_aws(TRIED, NOTHING):
        from trimtab import wiring
        from trimtab.workflows.propose_families import propose_families
        from trimtab.workflows.propose_sizes import propose_sizes

        laptop = wiring.laptop(complain)
        services = _read_services(laptop, clusters, service)
        where, _, name = service.rpartition("/")
        names = [where] if where else [cluster.rpartition("/")[2] for cluster in clusters]
        every = laptop.services.all(names) if name else services
        families = [] if name and services else list(propose_families(every, policy, names, name, laptop))
        if name and not services and not families:
            _not_there(where, clusters, name)
        told = Console(stderr=True)
        with Progress(console=told, transient=True, disable=not told.is_terminal) as progress:
            bar = progress.add_task("reading usage", total=len(services))
            found = []
            for proposal in propose_sizes(services, policy, laptop):
                found.append(proposal)
                progress.update(bar, advance=1, description=f"read {proposal.service.name}")
    return Gathered(laptop.clock.now(), laptop.region, _ordered(found), _ordered(families))


def _ordered(proposals: Sequence["Proposal"]) -> tuple["Proposal", ...]:
    return tuple(sorted(proposals, key=lambda one: (one.service.cluster, one.service.name)))


def find_services(laptop: "Laptop", clusters: Sequence[str], service: str) -> list[Service]:
    """Return the services that are meant; one that is named and not there ends the command."""
    found = _read_services(laptop, clusters, service)
    where, _, name = service.rpartition("/")
    if name and not found:
        _not_there(where, clusters, name)
    return found


def _read_services(laptop: "Laptop", clusters: Sequence[str], service: str) -> list[Service]:
    where, _, name = service.rpartition("/")
    names = [cluster.rpartition("/")[2] for cluster in clusters]
    if where and names and where not in names:
        raise typer.BadParameter(f"{service} is in none of the clusters {', '.join(names)}.")
    from trimtab import wiring

    try:
        return list(
            laptop.services.all(
                [where] if where else clusters,
                (lambda arn: service_of_arn(arn)[1] == name) if name else None,
            )
        )
    except wiring.AWS_FAULTS as fault:
        if "ClusterNotFoundException" not in str(fault):
            raise
        complain(f"no cluster {where or ', '.join(names)} in this account and Region. {NOTHING}")
        raise typer.Exit(WRONG_INPUT) from fault


def _not_there(where: str, clusters: Sequence[str], name: str) -> NoReturn:
    names = [cluster.rpartition("/")[2] for cluster in clusters]
    place = where or ", ".join(names) or "any cluster of this account and Region"
    complain(f"no service {name} in {place}. {NOTHING} `trimtab plan` lists services.")
    raise typer.Exit(WRONG_INPUT)


def the_only(services: Sequence[Service], name: str) -> Service:
    """Return the one service of that name; where several clusters have one, end with exit code 2."""
    if len(services) > 1:
        places = ", ".join(sorted(f"{one.cluster}/{one.name}" for one in services))
        complain(f"{name} is in several clusters: name one of {places}. {NOTHING}")
        raise typer.Exit(WRONG_INPUT)
    return services[0]


def _policy(path: Path | None) -> Policy:
    if path is None:
        return BUILT_IN
    try:
        return read_policy_file(path).policy
    except PolicyFileError as fault:
        for line in fault.faults:
            complain(line)
        complain(f"cannot use the policy {path}. {NOTHING}")
        raise typer.Exit(WRONG_INPUT) from fault
