"""The codes that the code can put into ``outcome`` of a Change, found in its syntax trees."""

import ast

from tests.docs.tables import ROOT

ROOMS = ("decisions", "workflows")
CODE_AT = {
    "Refuse": 0, "Keep": 0, "Wait": 1, "Settlement": 1,  # what decisions answer
    # what workflows write
    "close": 2, "close_undone": 2, "_supersede": 1, "ask_for_rollback": 1, "restore": 3, "wait": 3, "move": 5,
}  # fmt: skip
NEVER_AN_OUTCOME = {
    "decisions/declared_families.py",
    "decisions/rightsize/at_once.py",
    "decisions/rightsize/daily.py",
    "decisions/rightsize/family_offer.py",
    "decisions/rightsize/offer.py",
    "decisions/shrink_timing.py",
    "decisions/sizing_scope/instances.py",
    "decisions/sizing_scope/scaling.py",
    "decisions/sizing_scope/scope.py",
    "workflows/rightsize_task_definition.py",
    "workflows/size_of_family.py",
    "workflows/size_of_service.py",
    "workflows/record_size.py",
    "decisions/capacity_shift.py",
}


def outcome_codes():
    """Code to the files that say it."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / "layers/trimtab/trimtab" / room).rglob("*.py")):
            name = str(path.relative_to(ROOT / "layers/trimtab/trimtab"))
            if name == "workflows/by_hand.py":  # answers a person, writes no outcome
                continue
            for code in codes_in(ast.parse(path.read_text("utf-8")), name in NEVER_AN_OUTCOME):
                found.setdefault(code, set()).add(name)
    return found


def codes_in(tree, keeps_are_rows):
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in CODE_AT or (name == "Keep" and keeps_are_rows) or len(node.args) <= CODE_AT[name]:
            continue
        for part in ast.walk(node.args[CODE_AT[name]]):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value:
                yield part.value
