"""`trimtab status`: switch, policy version and open Changes."""

import json
import sys
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trimtab.model.change import Change, Turn
from trimtab.model.policy import Policy
from trimtab.model.switch import Switch
from trimtab_cli.installation import (
    DEFAULT_STACK,
    ChangesTable,
    ControlTable,
    Stack,
    asking_aws,
    connect,
    one_line,
)

ANY_TIME: Final = datetime(9999, 12, 31, tzinfo=UTC)
OPEN_TURNS: Final = (Turn.APPLY, Turn.SETTLE, Turn.PERSON)
PIPE_COLUMNS: Final = 240


def instant(at: datetime) -> str:
    """Return an instant as text in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def status(
    stack: Stack = DEFAULT_STACK,
    control_table: ControlTable = "",
    changes_table: ChangesTable = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show the switch, the policy's version, and every open Change: whose turn, when due, and why."""
    with asking_aws("read the state of the installation", "Nothing was changed."):
        operator = connect(stack, control_table, changes_table)
        switch = operator.steering.switch()
        _, policy = operator.steering.switch_and_policy()
        changes = [change for turn in OPEN_TURNS for change in operator.changes.due(turn, ANY_TIME)]
    if as_json:
        typer.echo(json.dumps(_as_json(switch, policy, changes), allow_nan=False))
    else:
        _show(switch, policy, changes)


def _as_json(switch: Switch, policy: Policy | None, changes: list[Change]) -> dict[str, Any]:
    return {
        "switch": {
            "position": switch.position.value,
            "reason": switch.reason,
            "set_by": switch.set_by,
            "set_at": instant(switch.set_at) if switch.set_at else None,
        },
        "policy": {"version": policy.version if policy else None, "readable": policy is not None},
        "open_changes": [_row(change) for change in changes],
    }


def _row(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "workload": change.workload,
        "cluster": change.cluster,
        "name": change.name,
        "kind": change.kind.value,
        "mode": change.mode,
        "state": change.state.value,
        "turn": change.turn.value,
        "due_at": instant(change.due_at),
        "decide_by": instant(change.decide_by),
        "reason": change.reason,
        "sentence": change.sentence,
        "outcome": change.outcome,
        "outcome_sentence": change.outcome_sentence,
    }


def _show(switch: Switch, policy: Policy | None, changes: list[Change]) -> None:
    """Write a page; into a pipe no line is folded."""
    out = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_COLUMNS)
    since = f", since {instant(switch.set_at)} by {switch.set_by}" if switch.set_at else ""
    out.print(Text(f"switch   {switch.position}{one_line(since)}: {one_line(switch.reason)}"))
    version = f"version {policy.version}" if policy else "cannot be read: nothing is written until it can"
    out.print(Text(f"policy   {version}{'' if policy is None or policy.version else ' (built in)'}"))
    out.print(Text(f"changes  {len(changes)} open"))
    if not changes:
        return
    table = Table("id", "turn", "due", "state", "kind", "workload", "why", box=None, pad_edge=False)
    for change in changes:
        why = change.outcome_sentence or change.sentence
        cells = (
            change.id,
            change.turn,
            instant(change.due_at),
            change.state,
            change.kind,
            f"{change.cluster}/{change.name}",
            why,
        )
        table.add_row(*(Text(one_line(str(cell)), overflow="fold") for cell in cells))
    out.print()
    out.print(table)
