"""The fixtures under events/ and what their README says about them."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "events"
GOLDEN = Path(__file__).parent


def tables():
    """Return the rows of the README: those with a verdict, and those of other inputs."""
    judged, others = {}, {}
    for line in (EVENTS / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not re.fullmatch(r"\w+/\w+", cells[0]):
            continue
        if len(cells) > 2:
            judged[cells[0]] = dict(zip(("action", "cause", "owner"), cells[2:], strict=True))
        else:
            others[cells[0]] = cells[1]
    return judged, others


JUDGED, OTHERS = tables()


def load(situation):
    return json.loads((EVENTS / f"{situation}.json").read_text())
