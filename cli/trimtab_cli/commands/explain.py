"""`trimtab explain`: what Trimtab would do with an event, without AWS."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from trimtab.model.errors import MessageError
from trimtab.model.verdict import Action, Verdict
from trimtab_cli.event_verdict import judge_event
from trimtab_cli.json_file import FileFaultError, read_json
from trimtab_cli.task_definition_file import TaskDefinitionFile, read_task_definition

WRONG_INPUT = 2
WITHOUT_DEFINITION = (
    "Every container counts as essential. Give what `aws ecs describe-task-definition` prints, or leave the "
    "option out."
)

_STYLES = {
    Action.RESTART: "bold green",
    Action.RAISE_MEMORY: "bold green",
    Action.SHIFT_CAPACITY: "bold green",
    Action.PREPARE: "bold green",
    Action.ALERT: "bold yellow",
}


def explain(
    events: Annotated[list[Path], typer.Argument(metavar="EVENT.json", help="Files with one event each.")],
    task_definition: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="DescribeTaskDefinition output; without it every container but known injected ones counts.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Say what Trimtab would do with an EventBridge event, and why.

    It asks no AWS API. The workload is taken as opted in with `apply`, its family as safe to run again, its
    pools as FARGATE_SPOT then FARGATE, and the event as fresh and ours.
    """
    wrong = False
    definition: TaskDefinitionFile | None = None
    if task_definition is not None:
        try:
            definition = read_task_definition(read_json(task_definition), str(task_definition))
        except (FileFaultError, MessageError) as fault:
            what = fault.what if isinstance(fault, MessageError) else fault
            wrong = _complain(task_definition, f"{what}. {WITHOUT_DEFINITION}")
    for path in events:
        warnings: list[str] = []
        try:
            verdict = judge_event(read_json(path), definition, warnings.append)
        except (FileFaultError, MessageError) as fault:
            wrong = _complain(path, str(fault))
            continue
        for warning in warnings:
            _complain(path, warning)
        _show_json(path, verdict) if as_json else _show(path, verdict)
    if wrong:
        raise typer.Exit(WRONG_INPUT)


def _complain(path: Path, what: str) -> bool:
    """Write one line on stderr; the answer is True so that the caller can remember it."""
    typer.echo(_one_line(f"{path}: {what}"), err=True)
    return True


def _show_json(path: Path, verdict: Verdict) -> None:
    row = {
        "file": str(path),
        "action": verdict.action,
        "cause": verdict.cause,
        "owner": verdict.owner,
        "reason": verdict.reason,
        "sentence": verdict.sentence,
        "evidence": dict(verdict.evidence),
    }
    typer.echo(json.dumps(row, allow_nan=False))


def _show(path: Path, verdict: Verdict) -> None:
    """Write a paragraph; lines are never folded, so that they can be searched in a pipe."""
    out = Console(soft_wrap=True, highlight=False)
    out.print(Text(_one_line(str(path)), style="bold"))
    action = Text("  ").append(str(verdict.action), style=_STYLES.get(verdict.action, "bold"))
    out.print(action.append(f"  (cause {verdict.cause}, owner {verdict.owner})"))
    out.print(Text(_one_line(f"  {verdict.sentence}", indent="  ")))
    shown = {"rule": verdict.rule, "reason": verdict.reason} | dict(verdict.evidence)
    width = max(len(name) for name in shown)
    for name, value in shown.items():
        out.print(Text(f"    {name:<{width}}  ", style="dim").append(_one_line(str(value)), style="default"))
    out.print()


def _one_line(text: str, indent: str = "") -> str:
    """Return ``text`` without line breaks and control characters: event texts are not to be trusted."""
    words = " ".join(text.split())
    return indent + "".join(char if char.isprintable() else "?" for char in words)
