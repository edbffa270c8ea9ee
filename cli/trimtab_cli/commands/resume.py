"""`trimtab resume`: set the switch to run."""

from typing import Annotated

import typer

from trimtab.model.switch import Position, Switch
from trimtab_cli.installation import (
    ANSWER_IS_NO,
    DEFAULT_STACK,
    ControlTable,
    Stack,
    asking_aws,
    complain,
    connect,
)


def resume(
    reason: Annotated[str, typer.Option(help="Why; kept with the switch.")] = "resumed",
    rollback_only: Annotated[
        bool, typer.Option("--rollback-only", help="From stop, go back to rollback-only, no further.")
    ] = False,
    stack: Stack = DEFAULT_STACK,
    control_table: ControlTable = "",
) -> None:
    """Arm a new installation, or let a paused one run again.

    What Trimtab may then change is still limited by tags, policy and IAM.
    """
    wanted = Position.ROLLBACK_ONLY if rollback_only else Position.RUN
    with asking_aws(f"set the switch to {wanted}", "The switch was left as it is."):
        operator = connect(stack, control_table)
        before = operator.steering.switch()
        if rollback_only and before.position is Position.RUN:
            complain(
                "the switch is at run; that would be a pause. It was left as it is. Use `trimtab pause`."
            )
            raise typer.Exit(ANSWER_IS_NO)
        now = operator.clock.now()
        operator.steering.set_switch(Switch(wanted, reason, operator.identity.arn(), now), before)
    typer.echo(f"The switch is at {wanted}; it was at {before.position} ({before.reason}).")
