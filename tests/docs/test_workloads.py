"""docs/workloads.md says what the code answers."""

import ast

from tests.docs.outcome_codes import codes_in
from tests.docs.tables import ROOT, codes, column, document
from trimtab.decisions.sizing_scope import heap
from trimtab.decisions.sizing_scope.scope import ONLY_PROPOSED, WHY_PROPOSED

TEXT = document("workloads.md")
ROOM = ROOT / "layers/trimtab/trimtab/decisions/sizing_scope"


def test_every_reason_is_documented_and_no_other():
    kept = {
        code for path in ROOM.glob("*.py") for code in codes_in(ast.parse(path.read_text("utf-8")), False)
    }
    proposed = {home.value for home in ONLY_PROPOSED} | WHY_PROPOSED.keys() | {"unknown_fields"}

    assert set(column(TEXT, "reason")) == kept | proposed


def test_every_setting_of_a_heap_is_documented():
    told = {code for text in column(TEXT, "setting") for code in codes(f"`{text}`")}
    source = (ROOM / "heap.py").read_text("utf-8")

    assert all(name.split("=")[0] in TEXT for name in ("-Xmx", "-XX:MaxHeapSize", "GOMEMLIMIT", *_names()))
    assert all(name in source for name in told)


def _names():
    return [name for name, _ in heap._SHARES] + [heap._DOTNET[0], f"{heap._DOTNET[0]}Percent"]
