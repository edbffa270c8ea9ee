"""A feature has one name in every room."""

import pytest

from tests.tidy.stack import ROOT, camel, features, functions, written


def test_each_function_folder_is_a_function_of_the_template():
    folders = {path.parent.name for path in ROOT.glob("functions/*/app.py")}

    assert folders == set(features())


@pytest.mark.parametrize("feature", features())
def test_a_function_is_called_after_its_feature(feature):
    function = functions(written())[camel(feature) + "Function"]

    assert function["CodeUri"] == f"functions/{feature}"


@pytest.mark.parametrize("feature", features())
@pytest.mark.parametrize(
    "room",
    [
        "functions/{}/app.py",
        "layers/trimtab/trimtab/workflows/{}.py",
        "events/{}",
        "tests/functions/test_{}.py",
    ],
)
def test_a_feature_has_the_same_name_in_every_room(feature, room):
    assert (ROOT / room.format(feature)).exists()


@pytest.mark.parametrize("feature", features())
def test_a_function_folder_holds_one_file(feature):
    # A requirements.txt, even an empty one, makes `sam build` ask for Python 3.13 on the building machine.
    held = {path.name for path in (ROOT / "functions" / feature).iterdir()} - {"__pycache__"}

    assert held == {"app.py"}
