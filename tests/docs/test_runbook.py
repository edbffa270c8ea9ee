"""docs/runbook.md knows every alarm, every outcome that needs a human, and no command that is not there."""

import re

import pytest
from typer.testing import CliRunner

from tests.docs.tables import ROOT, codes, column, document, rows
from tests.tidy.stack import of_type, template, written
from trimtab_cli.app import app

TEXT = document("runbook.md")
PAGES = [*sorted(ROOT.glob("docs/**/*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


def test_every_alarm_is_explained():
    assert set(column(TEXT, "alarm")) == of_type(written(), "AWS::CloudWatch::Alarm").keys()


def test_every_outcome_that_needs_a_human_has_its_advice():
    needing = {codes(c[0])[0] for c in rows(document("changes.md"), "outcome") if "needs_human" in c[1]}

    assert set(column(TEXT, "outcome")) == needing


def test_the_outputs_that_the_page_names_are_there():
    named = set(re.findall(r"<(\w+(?:TableName|FunctionName))>", TEXT))

    assert named
    assert named <= template()["Outputs"].keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_documents_exists_with_its_options(page):
    runner = CliRunner()
    text = page.read_text("utf-8")
    for words in re.findall(
        r"\btrimtab ((?:policy )?(?:check|put|show|pause|resume|status|explain|demo|policy"
        r"|clear|approve|undo)\b[^`\n]*)",
        text,
    ):
        command = words.split("#")[0].split()
        name = command[:2] if command[0] == "policy" else command[:1]
        answer = runner.invoke(
            app, [*name, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
        )
        assert answer.exit_code == 0, words
        for option in re.findall(r"--[a-z-]+", " ".join(command)):
            assert option in answer.stdout, words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_in_the_documents_leads_somewhere(page):
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([\w-]+))?\)", page.read_text("utf-8")):
        if target.startswith("http"):
            continue
        aim = page.parent / target if target else page
        assert aim.exists(), target
        if anchor:
            assert anchor in _anchors(aim.read_text("utf-8")), f"{target}#{anchor}"


def _anchors(text):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
