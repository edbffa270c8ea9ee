"""`trimtab clear`: let a service be changed, or a family started again, that was left alone."""

from typing import TYPE_CHECKING, Annotated

import typer

from trimtab.model.policy import BUILT_IN
from trimtab_cli.installation import (
    ANSWER_IS_NO,
    DEFAULT_STACK,
    WRONG_INPUT,
    ChangesTable,
    ControlTable,
    Stack,
    asking_aws,
    complain,
    connect,
)

if TYPE_CHECKING:
    from trimtab import wiring


def clear(
    service: Annotated[
        str, typer.Argument(metavar="ARN", help="Of the service, or of the task definition family.")
    ],
    reason: Annotated[str, typer.Option(help="Why; kept with it.")],
    stack: Stack = DEFAULT_STACK,
    control_table: ControlTable = "",
    changes_table: ChangesTable = "",
) -> None:
    """Let what became of earlier changes of a service, or starts of a family, count no longer.

    A service is left alone when two changes of it had to be taken back (quarantined), or somebody put its
    old size back twice (fought); a revision of a standalone family when it failed twice in the same way.
    This ends it, from now on; look at why it came to it first. A family's ARN is that of a revision
    without its number.
    """
    from trimtab.decisions.quarantine import why_left_alone

    kept = "It is left alone as before."
    if not reason.strip():
        complain(f"--reason is empty: say why, others will ask. {kept}")
        raise typer.Exit(WRONG_INPUT)
    with asking_aws(f"clear {service}", kept):
        operator = connect(stack, control_table, changes_table)
        if ":task-definition/" in service:
            _clear_family(service, reason, operator)
            return
        past = operator.changes.of(service)
        if not past:
            complain(f"no Change of {service[:200]!r}; it is named by its ARN. Nothing was cleared.")
            raise typer.Exit(WRONG_INPUT)
        _, policy = operator.steering.switch_and_policy()
        limits, cleared_at = (policy or BUILT_IN).limits, operator.steering.cleared_at(service)
        why = why_left_alone(past[0].name, past, cleared_at, limits)
        if not why:
            complain(f"{past[0].name} is neither quarantined nor fought over. Nothing was cleared.")
            raise typer.Exit(ANSWER_IS_NO)
        operator.steering.clear(service, reason, operator.identity.arn(), operator.clock.now())
    typer.echo(f"{past[0].name} may be changed again; it was {' and '.join(why)}.")


def _clear_family(family: str, reason: str, operator: "wiring.Operator") -> None:
    name = family.rpartition("/")[2]
    if ":" in name:
        complain(f"{name[:200]!r} names a revision; a family has no number. Nothing was cleared.")
        raise typer.Exit(WRONG_INPUT)
    cleared_at = operator.steering.cleared_at(family)
    held = operator.steering.quarantined_revisions(family)
    revisions = sorted(one for one, since in held.items() if cleared_at is None or since > cleared_at)
    if not revisions:
        complain(f"No revision of {name} is quarantined. Nothing was cleared.")
        raise typer.Exit(ANSWER_IS_NO)
    operator.steering.clear(family, reason, operator.identity.arn(), operator.clock.now())
    told = ", ".join(one.rpartition("/")[2] for one in revisions)
    typer.echo(f"{name} may be started again; quarantined was {told}.")
