"""`trimtab undo`: take back what a Change did."""

from typing import Annotated

import typer

from trimtab.model.decision import Refuse
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


def undo(
    change_id: Annotated[str, typer.Argument(metavar="CHANGE", help="Id of the Change, from its notice.")],
    service: Annotated[str, typer.Option(metavar="ARN", help="ARN of the service that it changed.")],
    stack: Stack = DEFAULT_STACK,
    control_table: ControlTable = "",
    changes_table: ChangesTable = "",
) -> None:
    """Put back what was in force before a Change: the exact revision, or the exact strategy.

    Refuses when anything newer is in place, and says what. Trimtab's applier carries it out, also while
    the switch is at rollback-only.
    """
    from trimtab.workflows import by_hand

    with asking_aws(f"undo {change_id}", "The service was left as it is."):
        operator = connect(stack, control_table, changes_table)
        change = operator.changes.get(service, change_id)
        if change is None:
            complain(f"no Change {change_id[:40]!r} of {service[:200]!r}. The service was left as it is.")
            raise typer.Exit(WRONG_INPUT)
        now, person = operator.clock.now(), operator.identity.arn()
        answer = by_hand.undo(change, operator.services.describe(service), person, operator.changes, now)
    if isinstance(answer, Refuse):
        complain(f"{change_id} was not undone: {answer.sentence}. The service was left as it is.")
        raise typer.Exit(ANSWER_IS_NO)
    typer.echo(f"rollback {answer.id} is on its way; `trimtab status` shows it.")
