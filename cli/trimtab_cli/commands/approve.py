"""`trimtab approve`: release a proposal that waits for a person."""

from typing import Annotated

import typer

from trimtab.model.change import plan_hash
from trimtab.model.decision import Refuse
from trimtab_cli.find_change import find_open
from trimtab_cli.installation import (
    ANSWER_IS_NO,
    DEFAULT_STACK,
    ChangesTable,
    ControlTable,
    Stack,
    asking_aws,
    complain,
    connect,
    one_line,
)


def approve(
    change_id: Annotated[str, typer.Argument(metavar="CHANGE", help="Its id, from `trimtab status`.")],
    plan: Annotated[str, typer.Option(help="Hash of the plan you read; without it, the plan is shown.")] = "",
    stack: Stack = DEFAULT_STACK,
    control_table: ControlTable = "",
    changes_table: ChangesTable = "",
) -> None:
    """Approve one proposal of a service in mode approve, exactly as it stands.

    First without --plan to read it, then with the hash it shows. The approval counts once, for this plan,
    until the proposal expires; tags, policy, switch and all guards are asked again when it is carried out.
    """
    from trimtab.workflows import by_hand
    from trimtab_cli.commands.status import ANY_TIME

    with asking_aws(f"approve {change_id}", "The proposal was left as it is."):
        operator = connect(stack, control_table, changes_table)
        change = find_open(operator, change_id, ANY_TIME)
        if not plan:
            typer.echo(one_line(f"{change.kind} {change.cluster}/{change.name}: {change.sentence}"))
            typer.echo(f"expires {change.decide_by:%Y-%m-%d %H:%M} UTC")
            typer.echo(f"trimtab approve {change.id} --plan {plan_hash(change)}")
            return
        now, person = operator.clock.now(), operator.identity.arn()
        answer = by_hand.approve(change, plan, person, operator.changes, now)
    if isinstance(answer, Refuse):
        complain(f"{change_id} was not approved: {answer.sentence}. The proposal was left as it is.")
        raise typer.Exit(ANSWER_IS_NO)
    typer.echo(f"{change_id} is approved and will be carried out when its guards allow it.")
