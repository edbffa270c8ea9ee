"""Reading the tables of a document, so that a test can compare them with the code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def document(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of every table whose first column has this heading, row by row."""
    found, inside = [], False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[0] == heading:
            inside = True
        elif inside and not set(line) <= set("|-: "):
            found.append(cells)
    return found


def codes(cell: str) -> list[str]:
    """What stands in code marks in a cell, in order."""
    return re.findall(r"`([^`]+)`", cell)


def column(text: str, heading: str) -> list[str]:
    """The code of the first cell of each row."""
    return [codes(cells[0])[0] for cells in rows(text, heading)]
