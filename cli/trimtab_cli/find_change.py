"""Finding one Change for a person who knows its id."""

from typing import TYPE_CHECKING

import typer

from trimtab.model.change import Change, Turn
from trimtab_cli.installation import WRONG_INPUT, complain

if TYPE_CHECKING:
    from datetime import datetime

    from trimtab import wiring


def find_open(operator: "wiring.Operator", change_id: str, until: "datetime") -> Change:
    """Return the open Change with this id, or end with exit code 2."""
    for turn in (Turn.PERSON, Turn.SETTLE, Turn.APPLY):
        for change in operator.changes.due(turn, until):
            if change.id == change_id:
                return change
    complain(f"no open Change {change_id[:40]!r}. Nothing was changed. `trimtab status` lists them.")
    raise typer.Exit(WRONG_INPUT)
