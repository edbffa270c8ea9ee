"""`trimtab clear`: let a service be changed again that was quarantined or fought over."""

from typing import Annotated

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


def clear(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="ARN of the service.")],
    reason: Annotated[str, typer.Option(help="Why; kept with it.")],
    stack: Stack = DEFAULT_STACK,
    control_table: ControlTable = "",
    changes_table: ChangesTable = "",
) -> None:
    """Let what became of earlier changes of a service count against it no longer.

    A service is left alone when two changes of it had to be taken back (quarantined), or somebody put its
    old size back twice (fought). This ends it, from now on; look at why it came to it first.
    """
    from trimtab.decisions.quarantine import why_left_alone

    kept = "The service is left alone as before."
    if not reason.strip():
        complain(f"--reason is empty: say why, others will ask. {kept}")
        raise typer.Exit(WRONG_INPUT)
    with asking_aws(f"clear {service}", kept):
        operator = connect(stack, control_table, changes_table)
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
