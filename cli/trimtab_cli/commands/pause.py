"""`trimtab pause`: set the switch to rollback-only or stop."""

from typing import Annotated

import typer

from trimtab.model.switch import Position, Switch
from trimtab_cli.installation import (
    ANSWER_IS_NO,
    DEFAULT_STACK,
    WRONG_INPUT,
    ControlTable,
    Stack,
    asking_aws,
    complain,
    connect,
)

LET_THROUGH = {
    Position.ROLLBACK_ONLY: "only rollbacks of Trimtab's own changes are let through",
    Position.STOP: "nothing is let through, rollbacks neither",
}


def pause(
    reason: Annotated[str, typer.Option(help="Why; kept with the switch and shown with every refusal.")],
    stop: Annotated[bool, typer.Option("--stop", help="Let rollbacks through neither.")] = False,
    stack: Stack = DEFAULT_STACK,
    control_table: ControlTable = "",
) -> None:
    """Stop Trimtab from changing ECS; it goes on observing.

    A write that has been sent to ECS is not called back, and a roll-out under way goes on. Without --stop
    Trimtab may still undo its own changes.
    """
    if not reason.strip():
        complain("--reason is empty: say why, others will ask. The switch was left as it is.")
        raise typer.Exit(WRONG_INPUT)
    wanted = Position.STOP if stop else Position.ROLLBACK_ONLY
    with asking_aws(f"set the switch to {wanted}", "The switch was left as it is."):
        operator = connect(stack, control_table)
        now = operator.clock.now()
        after = Switch(wanted, reason, operator.identity.arn(), now)
        before = None
        if wanted is Position.ROLLBACK_ONLY:
            before = operator.steering.switch()
            if before.position is Position.STOP and before.set_at is not None:
                complain(
                    f"the switch is at stop, which is stricter ({before.reason}). It was left as it is. "
                    "`trimtab resume --rollback-only` loosens it."
                )
                raise typer.Exit(ANSWER_IS_NO)
        operator.steering.set_switch(after, before)
    typer.echo(f"The switch is at {wanted}: {LET_THROUGH[wanted]}. `trimtab resume` lets Trimtab run again.")
