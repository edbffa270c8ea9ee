"""Taking guards away: every row of the list fits the code as it is."""

from pathlib import Path

import pytest

from trimtab_cli.simulation.mutants import PACKAGE, Guard, GuardError, guards, without

SOURCE = 'def allowed(x):\n    """Say so."""\n    if x:\n        return 1\n    return 2\n\n\nLIMIT = 3\n'


@pytest.mark.parametrize("guard", guards(), ids=lambda guard: guard.name)
def test_a_guard_can_be_taken_away(guard: Guard) -> None:
    changed = without(guard, (PACKAGE / guard.file).read_text())

    compile(changed, guard.file, "exec")


def test_a_function_gets_another_body() -> None:
    guard = Guard("g", "f.py", 0, function="allowed", instead="return 0")

    assert without(guard, SOURCE) == "def allowed(x):\n    return 0\n\n\nLIMIT = 3\n"


def test_a_line_gets_another_text() -> None:
    guard = Guard("g", "f.py", 0, text="LIMIT = 3", becomes="LIMIT = 9")

    assert without(guard, SOURCE).endswith("LIMIT = 9\n")


def test_a_row_that_no_longer_fits_is_refused() -> None:
    with pytest.raises(GuardError, match="has 0 functions gone"):
        without(Guard("g", "f.py", 0, function="gone", instead="pass"), SOURCE)


def test_the_committed_table_names_every_guard() -> None:
    table = (Path(__file__).parents[2] / "docs" / "guards.md").read_text()

    assert [guard.name for guard in guards() if f"| {guard.name} |" not in table] == []
