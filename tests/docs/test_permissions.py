"""docs/permissions.md names every statement of every function's role, and every action in it."""

import re

import pytest

from tests.docs.tables import codes, document, rows
from tests.tidy.stack import camel, features, role_statements, template, written

TEXT = document("permissions.md")


def _section(feature):
    return re.search(rf"^## `{feature}`$(.+?)(?=^## )", TEXT, re.DOTALL | re.MULTILINE)[1]


def _actions(statement):
    action = statement["Action"]
    return [action] if isinstance(action, str) else action


@pytest.mark.parametrize("feature", features())
def test_every_statement_and_action_of_a_role_is_documented(feature):
    told = {codes(cells[0])[0]: set(codes(cells[1])) for cells in rows(_section(feature), "statement")}
    statements = role_statements(written(), camel(feature) + "Function")

    assert told == {s["Sid"]: set(_actions(s)) for s in statements}


@pytest.mark.parametrize("feature", features())
def test_every_denial_is_called_one(feature):
    told = {codes(c[0])[0] for c in rows(_section(feature), "statement") if c[1].startswith("deny ")}
    statements = role_statements(written(), camel(feature) + "Function")

    assert told == {s["Sid"] for s in statements if s["Effect"] == "Deny"}


@pytest.mark.parametrize("feature", features())
def test_the_control_keys_a_function_may_write_are_documented(feature):
    told = {codes(c[0])[0]: codes(c[2]) for c in rows(_section(feature), "statement")}
    for statement in role_statements(written(), camel(feature) + "Function"):
        if statement["Sid"] == "WriteOwnKindsOfControl":
            keys = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            assert told["WriteOwnKindsOfControl"] == [key.rstrip("*") for key in keys]


def test_the_parameters_that_widen_permissions_have_the_documented_defaults():
    told = {codes(c[0])[0]: (codes(c[1]) or [""])[0] for c in rows(TEXT, "parameter")}
    parameters = template()["Parameters"]

    assert told == {name: parameters[name]["Default"] for name in told}
