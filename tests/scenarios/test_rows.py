"""Every row of the verdict table has a scenario; `pytest --collect-only -q tests/scenarios` prints them."""

import re
from pathlib import Path

ROWS = range(1, 20)


def test_every_row_of_the_table_has_a_scenario():
    texts = [path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    found = {int(row) for text in texts for row in re.findall(r"^def test_row_(\d+)_", text, re.MULTILINE)}

    assert found == set(ROWS)
