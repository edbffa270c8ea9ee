"""README.md counts the resources and names the functions that the template has."""

import re

from tests.docs.tables import ROOT, codes, rows
from tests.tidy.stack import features, of_type, template, translated
from trimtab.model.release import RELEASE
from trimtab.model.tags import Mode

TEXT = (ROOT / "README.md").read_text("utf-8")
NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
KINDS = {
    "Lambda functions": "AWS::Lambda::Function",
    "DynamoDB tables": "AWS::DynamoDB::Table",
    "EventBridge rules": "AWS::Events::Rule",
    "schedules": "AWS::Scheduler::Schedule",
    "Step Functions state machine": "AWS::StepFunctions::StateMachine",
    "SQS queues": "AWS::SQS::Queue",
    "KMS key": "AWS::KMS::Key",
    "SNS topic": "AWS::SNS::Topic",
    "alarms": "AWS::CloudWatch::Alarm",
    "dashboard": "AWS::CloudWatch::Dashboard",
    "layer": "AWS::Lambda::LayerVersion",
}


def test_the_resources_are_counted_right():
    cells = " ".join(cells[0] for cells in rows(TEXT, "resource"))
    told = {kind: NUMBERS[re.search(rf"(\w+) {kind}", cells)[1]] for kind in KINDS}

    assert told == {kind: len(of_type(translated(), resource)) for kind, resource in KINDS.items()}


def test_every_function_is_listed_and_one_may_change_ecs():
    told = {re.match(r"\[(\w+)\]", cells[0])[1]: cells[2] for cells in rows(TEXT, "function")}

    assert told.keys() == set(features())
    assert [name for name, answer in told.items() if answer != "no"] == ["apply_change"]


def test_the_modes_are_those_of_the_code():
    assert [codes(c[0])[0] for c in rows(TEXT, "`trimtab:mode` on a service")] == [
        m.name.lower() for m in Mode
    ]


def test_the_hour_of_the_plan_and_the_version_are_those_of_the_template():
    parameters = template()["Parameters"]

    assert parameters["PlanSchedule"]["Default"] == "cron(0 4 * * ? *)"
    assert parameters["PlanTimezone"]["Default"] == "UTC"
    assert "04:00 UTC" in TEXT
    version = template()["Metadata"]["AWS::ServerlessRepo::Application"]["SemanticVersion"]
    assert f"This is version {version}" in TEXT
    assert version == RELEASE
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_every_make_target_that_the_documents_name_is_there():
    made = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set()
    for page in ("README.md", "CONTRIBUTING.md"):
        named |= set(
            re.findall(r"(?:`|^ {4})make ([a-z0-9]+)", (ROOT / page).read_text("utf-8"), re.MULTILINE)
        )

    assert named <= made
