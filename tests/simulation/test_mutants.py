"""Taking guards away: every row of the list fits the code as it is."""

from pathlib import Path

import pytest

from trimtab_cli.simulation.mutants import Guard, GuardError, Place, copy_without, guards, without

SOURCE = 'def allowed(x):\n    """Say so."""\n    if x:\n        return 1\n    return 2\n\n\nLIMIT = 3\n'


@pytest.mark.parametrize("guard", guards(), ids=lambda guard: guard.name)
def test_a_guard_can_be_taken_away(guard: Guard, tmp_path: Path) -> None:
    copy_without(guard, tmp_path)

    for place in guard.places:
        compile((tmp_path / "trimtab" / place.file).read_text(), place.file, "exec")


def test_what_stands_behind_a_guard_is_taken_away_with_it_and_named() -> None:
    pairs = [guard for guard in guards() if len(guard.places) > 1]

    assert [guard.name for guard in pairs if not guard.behind] == []


def test_a_function_gets_another_body() -> None:
    place = Place("f.py", function="allowed", instead="return 0")

    assert without(place, SOURCE) == "def allowed(x):\n    return 0\n\n\nLIMIT = 3\n"


def test_a_line_gets_another_text() -> None:
    place = Place("f.py", text="LIMIT = 3", becomes="LIMIT = 9")

    assert without(place, SOURCE).endswith("LIMIT = 9\n")


def test_two_places_of_one_file_are_taken_away_together(tmp_path: Path) -> None:
    first = Place("decisions/guards.py", function="switch_allows", instead="return Go()  # first")
    second = Place("decisions/guards.py", function="_opted_in", instead="return Go()  # second")

    copy_without(Guard("both", 0, (first, second)), tmp_path)

    source = (tmp_path / "trimtab" / "decisions" / "guards.py").read_text()
    assert "# first" in source and "# second" in source


def test_a_row_that_no_longer_fits_is_refused() -> None:
    with pytest.raises(GuardError, match="has 0 functions gone"):
        without(Place("f.py", function="gone", instead="pass"), SOURCE)


def test_the_committed_table_names_every_guard() -> None:
    table = (Path(__file__).parents[2] / "docs" / "guards.md").read_text()

    assert [guard.name for guard in guards() if f"| {guard.name} |" not in table] == []
