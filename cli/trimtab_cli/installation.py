"""Finding an installation's tables, and saying in one line what AWS refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import typer

from trimtab.model.errors import ConflictError

if TYPE_CHECKING:
    from trimtab import wiring

ANSWER_IS_NO: Final = 1
WRONG_INPUT: Final = 2
AWS_REFUSED: Final = 3

Stack = Annotated[
    str,
    typer.Option(
        "--stack", metavar="NAME", help="CloudFormation stack of Trimtab; its outputs name the tables."
    ),
]
ControlTable = Annotated[
    str,
    typer.Option("--control-table", metavar="NAME", help="Name of the Control table, instead of --stack."),
]
ChangesTable = Annotated[
    str,
    typer.Option("--changes-table", metavar="NAME", help="Name of the Changes table, instead of --stack."),
]
DEFAULT_STACK: Final = "trimtab"


def connect(stack: str, control_table: str, changes_table: str | None = None) -> "wiring.Operator":
    """Return what a command touches; asks CloudFormation only for names that are not given.

    Args:
        stack: Name of the stack.
        control_table: Name of the Control table, or empty.
        changes_table: Name of the Changes table, or empty; None when the command does not need it.
    """
    from trimtab import wiring  # a third of a second of boto3, which `trimtab explain` need not wait for

    if control_table and changes_table != "":
        return wiring.operator(control_table, changes_table or "", complain)
    outputs = wiring.stack_outputs().of(stack)
    control = control_table or outputs.get("ControlTableName", "")
    changes = changes_table or outputs.get("ChangesTableName", "")
    if not control or not changes:
        complain(
            f"no stack {stack} with Trimtab's outputs in this account and Region. Nothing was changed. "
            "Name the stack with --stack, or the tables by their options."
        )
        raise typer.Exit(WRONG_INPUT)
    return wiring.operator(control, changes, complain)


@contextmanager
def asking_aws(tried: str, unchanged: str) -> Iterator[None]:
    """Turn a refusal into one line and an exit code.

    Args:
        tried: What is being done, as in ``cannot <tried>``.
        unchanged: A sentence on what is left as it was if it does not succeed.
    """
    from trimtab import wiring

    try:
        yield
    except ConflictError as fault:
        complain(str(fault))
        raise typer.Exit(ANSWER_IS_NO) from fault
    except wiring.NO_REGION as fault:
        complain(
            f"cannot {tried}: no AWS Region is set. {unchanged} "
            "Set AWS_DEFAULT_REGION, or the Region of a profile."
        )
        raise typer.Exit(WRONG_INPUT) from fault
    except wiring.AWS_FAULTS as fault:
        complain(
            f"cannot {tried}: {fault}. {unchanged} "
            "Check the credentials, their permissions, the Region, and the names of stack and tables."
        )
        raise typer.Exit(AWS_REFUSED) from fault
    except ValueError as fault:
        if "Invalid endpoint" not in str(fault):  # what the SDK says of a Region that is empty
            raise
        complain(f"cannot {tried}: {fault}. {unchanged} Set AWS_DEFAULT_REGION to the name of a Region.")
        raise typer.Exit(WRONG_INPUT) from fault


def complain(told: str) -> None:
    """Write one line on stderr."""
    typer.echo(one_line(told), err=True)


def one_line(text: str) -> str:
    """Return ``text`` without line breaks and control characters: names and reasons are not to be trusted."""
    return "".join(char if char.isprintable() else "?" for char in " ".join(text.split()))
