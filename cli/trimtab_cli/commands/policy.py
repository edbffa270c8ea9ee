"""`trimtab policy`: check, store and show the policy document."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from trimtab.model.errors import PolicyError
from trimtab.model.policy_document import read_policy
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
from trimtab_cli.policy_file import PolicyFile, PolicyFileError, read_policy_file

app = typer.Typer(help="Check, store and show the policy document.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The policy, as YAML.")]


@app.command()
def check(file: File) -> None:
    """Check a policy file against the schema. Asks no AWS API and stores nothing."""
    read = _read(file, "Nothing was stored.")
    typer.echo(f"{file}: a policy with {_entries(read)}. Nothing was stored.")


@app.command()
def put(file: File, stack: Stack = DEFAULT_STACK, control_table: ControlTable = "") -> None:
    """Check a policy file and put it in force as the next version."""
    kept = "The policy in force was left as it is."
    read = _read(file, kept)
    with asking_aws(f"store {file} as the policy", kept):
        operator = connect(stack, control_table)
        stored = operator.steering.stored_policy()
        if stored and _understood(stored)[0] == read.document:
            typer.echo(f"Version {stored['version']} in force says the same. Nothing was stored.")
            return
        version = operator.steering.put_policy(read.document, operator.identity.arn(), operator.clock.now())
    typer.echo(f"{file} is in force as version {version}, with {_entries(read)}.")


@app.command()
def show(
    stack: Stack = DEFAULT_STACK,
    control_table: ControlTable = "",
    version: Annotated[int | None, typer.Option(min=1, help="A version other than the one in force.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show the policy in force, as YAML that `trimtab policy put` takes."""
    with asking_aws("read the policy", "Nothing was changed."):
        stored = connect(stack, control_table).steering.stored_policy(version)
    if stored is None and version is not None:
        complain(f"there is no policy version {version}. Leave --version out to see the one in force.")
        raise typer.Exit(ANSWER_IS_NO)
    answer: dict[str, Any] = {"version": 0, "set_by": "", "set_at": None, "document": {}, "readable": True}
    if stored:
        document, fault = _understood(stored)
        answer = {
            "version": stored.get("version"),
            "set_by": stored.get("set_by", ""),
            "set_at": stored.get("set_at"),
            "document": document,
            "readable": not fault,
        }
        if fault:
            complain(f"{fault} Trimtab writes nothing until a policy that can be read is stored.")
    typer.echo(json.dumps(answer) if as_json else _as_yaml(answer))
    if not answer["readable"]:
        raise typer.Exit(ANSWER_IS_NO)


def _read(file: Path, kept: str) -> PolicyFile:
    try:
        return read_policy_file(file)
    except PolicyFileError as error:
        for fault in error.faults:
            complain(fault)
        complain(f"{file}: {len(error.faults)} fault{'s' * (len(error.faults) > 1)}. {kept}")
        raise typer.Exit(WRONG_INPUT) from error


def _entries(read: PolicyFile) -> str:
    policy = read.policy
    return f"{len(policy.services)} entries for services and {len(policy.standalone)} for standalone tasks"


def _understood(stored: Any) -> tuple[Any, str]:
    """Return the document of a stored item, and why it cannot be understood, if so."""
    try:
        document = json.loads(stored["document"])
    except (KeyError, ValueError, TypeError):
        return None, "the stored policy is not a document."
    try:
        read_policy(document, 0)
    except PolicyError as fault:
        return document, str(fault)
    return document, ""


def _as_yaml(answer: dict[str, Any]) -> str:
    head = "# version 0: none is stored, so the built-in policy holds"
    if answer["version"]:
        head = f"# version {answer['version']}, stored {answer['set_at'] or 'at an unknown time'}"
        head += f" by {answer['set_by'] or 'somebody unnamed'}"
    body = yaml.safe_dump(answer["document"], sort_keys=False, allow_unicode=True, width=110)
    return f"{head}\n{body}".rstrip("\n")
