"""docs/policy.md says what tags and policy can say, and its example means what the page says it means."""

import re
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta

from tests.docs.tables import codes, column, document, rows
from trimtab.decisions.opt_in import service_setting
from trimtab.decisions.restart import Past, Stop, decide_restart
from trimtab.decisions.restart.decide import STARTS_A_DAY_MAX, STEP_SECONDS
from trimtab.decisions.restart.history import SHORT_RUN_SECONDS
from trimtab.model import standalone_document as standalone
from trimtab.model.budget import Limits
from trimtab.model.change_window import next_opening
from trimtab.model.decision import StartAgain
from trimtab.model.document_fields import UNITS
from trimtab.model.keys import KEPT
from trimtab.model.policy import ServiceRule, StandaloneRule
from trimtab.model.policy_document import BRAKES, SHARE_MAX, SHARE_MIN, SHARES
from trimtab.model.restart_policy import BUILT_IN_CLASSES, CauseClass, Classes
from trimtab.model.tags import HOLD_TAG, MODE_TAG, PROFILE_TAG, PROFILES, Mode
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize
from trimtab_cli.policy_file import read_policy_file, schema

TEXT = document("policy.md")
STOPPED = datetime(2026, 3, 2, tzinfo=UTC)


def _example(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text(re.search(r"```yaml\n(.+?)```", TEXT, re.DOTALL)[1])
    return read_policy_file(path).policy


def test_every_setting_is_documented_and_no_other():
    parts = {
        "service": "setting of `services`",
        "standalone": "setting of `standalone`",
        "classes": "class of `classes`",
        "backoff": "setting of `backoff`",
        "exit": "setting of `exits`",
        "window": "setting of a window",
        "freeze": "setting of `freezes`",
        "orchestrator": "setting of `orchestrators`",
        "limits": "setting of `limits`",
    }
    for part, head in parts.items():
        assert set(column(TEXT, head)) == schema()["$defs"][part]["properties"].keys()


def test_the_documented_defaults_are_those_of_the_code():
    told = {codes(cells[0])[0]: cells[2].strip("`") for cells in rows(TEXT, "setting of `standalone`")}
    rule = StandaloneRule()

    assert told["healthy_after"] == f"{rule.healthy_after_seconds // 60}m"
    assert rule.deadline_seconds is None
    assert (told["cluster"], told["mode"]) == (rule.cluster, rule.mode.name.lower())
    assert (told["copies"], told["start_by"]) == (rule.copies.value, rule.start_by.value)
    assert told["follow_latest"] == str(rule.follow_latest).lower()
    assert {f.name for f in fields(ServiceRule)} == set(column(TEXT, "setting of `services`"))
    sizes = {codes(cells[0])[0]: cells[2] for cells in rows(TEXT, "setting of `services`")}
    smallest, largest = ServiceRule().smallest, ServiceRule().largest
    assert sizes["smallest"] == f"{smallest.cpu_units} and {smallest.memory_mib}"
    assert sizes["largest"] == f"{largest.cpu_units} and {largest.memory_mib}"


def test_the_documented_limits_are_those_of_the_code_with_their_bounds():
    told = {codes(cells[0])[0]: cells for cells in rows(TEXT, "setting of `limits`")}

    assert {name: float(cells[2]) for name, cells in told.items()} == asdict(Limits())
    for name, (least, most) in BRAKES.items():
        assert told[name][1].endswith(f"; {least} to {most}")
        assert least <= getattr(Limits(), name) <= most
    for name in SHARES:
        assert told[name][1].endswith(f"; {SHARE_MIN} to {SHARE_MAX}")


def test_the_documented_tags_and_values_are_those_of_the_code():
    values = {codes(cells[0])[0]: codes(cells[1]) for cells in rows(TEXT, "tag")}

    assert list(values) == [MODE_TAG, PROFILE_TAG, HOLD_TAG]
    assert values[MODE_TAG] == [mode.name.lower() for mode in Mode] == column(TEXT, "mode")
    assert values[PROFILE_TAG] == list(PROFILES)


def _seconds(text):
    return int(text[:-1]) * UNITS[text[-1]]


def test_the_documented_classes_are_those_of_the_code_with_their_defaults(tmp_path):
    told = {codes(cells[0])[0]: ", ".join(codes(cells[2])) for cells in rows(TEXT, "class of `classes`")}
    path = tmp_path / "policy.yaml"
    said = "".join(f"      {name}: {{{text}}}\n" for name, text in told.items())
    path.write_text(f"standalone:\n  - family: a\n    classes:\n{said}")

    assert list(told) == [one.value for one in CauseClass]
    assert read_policy_file(path).policy.standalone[0].classes == Classes() == BUILT_IN_CLASSES


def test_every_setting_of_a_class_is_documented_with_the_classes_that_have_it():
    told = {codes(cells[0])[0]: set(codes(cells[2])) for cells in rows(TEXT, "setting of a class")}
    defs = schema()["$defs"]
    have = {
        name: defs[name]["properties"] if "$ref" in one else one["properties"]
        for name, one in defs["classes"]["properties"].items()
    }

    assert told.keys() == {key for settings in have.values() for key in settings}
    assert told == {key: {name for name, settings in have.items() if key in settings} for key in told}


def test_the_bounds_in_the_text_are_those_of_the_code():
    entry = {codes(cells[0])[0]: cells[1] for cells in rows(TEXT, "setting of `standalone`")}
    of_class = {codes(cells[0])[0]: cells[1] for cells in rows(TEXT, "setting of a class")}
    waits = {codes(cells[0])[0]: cells[1] for cells in rows(TEXT, "setting of `backoff`")}
    for text, (least, most) in (
        (entry["healthy_after"], standalone.HEALTHY_AFTER),
        (entry["deadline"], standalone.DEADLINE),
        (of_class["window"], standalone.WINDOW),
        (of_class["deadline"], standalone.CAPACITY_DEADLINE),
        (waits["base"], standalone.BASE),
        (waits["cap"], standalone.CAP),
    ):
        assert f"`{least}` to `{most}`" in text
    assert "; {} to {}".format(*standalone.FACTOR) in waits["factor"]
    assert f"grow from {STEP_SECONDS} seconds" in waits["base"]
    assert codes(of_class["providers"])[:3] == list(standalone.PROVIDERS)
    assert f"more than {STARTS_A_DAY_MAX} times in a day" in TEXT
    assert "for 30 days (`revision_quarantined`)" in TEXT and KEPT["quarantine"] == timedelta(days=30)
    assert "within a minute of its start" in TEXT and SHORT_RUN_SECONDS == 60


def test_the_highest_values_are_the_same_in_page_schema_and_code():
    of_class = {codes(cells[0])[0]: cells[1] for cells in rows(TEXT, "setting of a class")}
    defs = schema()["$defs"]
    classes, memory = defs["classes"]["properties"], defs["memory"]["properties"]
    for name, most in standalone.ATTEMPTS_MAX.items():
        assert classes[name]["properties"]["attempts"]["maximum"] == most
        assert f"{most}" in of_class["attempts"]
    for key, most in (("raises", standalone.RAISES_MAX), ("memory_mib_max", standalone.MEMORY_MIB_MAX)):
        assert memory[key]["maximum"] == most
        assert f"at most {most}" in of_class[key]
    assert defs["standalone"]["properties"]["exits"]["maxItems"] == standalone.EXITS_MAX
    assert defs["exit"]["properties"]["codes"]["maxItems"] == standalone.CODES_MAX
    assert FARGATE_LINUX_SIZES[-1].memory_mib == standalone.MEMORY_MIB_MAX
    assert defs["family"]["pattern"] == standalone.NAMES_SOMETHING.pattern
    assert defs["capacity"]["properties"]["providers"]["items"]["enum"] == list(standalone.PROVIDERS)


def test_in_the_example_payments_are_only_observed_and_data_services_bounded(tmp_path):
    policy = _example(tmp_path)
    asked = {MODE_TAG: "apply"}

    payments = service_setting("prod", "payments-api", asked, policy, Mode.OBSERVE, STOPPED.date())
    data = service_setting("prod", "etl", asked | {"team": "data"}, policy, Mode.OBSERVE, STOPPED.date())

    assert payments.mode is Mode.OBSERVE
    assert (data.mode, data.profile) == (Mode.APPLY, "spot-first")
    assert (data.smallest, data.largest) == (TaskSize(512, 1024), TaskSize(4096, 16384))
    tuesday = datetime(2026, 3, 3, 12, tzinfo=UTC)
    assert next_opening(data.windows, tuesday) == tuesday.replace(hour=21)
    assert [f.reason for f in data.freezes if f.holds_at(datetime(2027, 1, 3, 23, tzinfo=UTC))] == [
        "holidays"
    ]


def test_in_the_example_a_nightly_job_is_started_twice_in_six_hours(tmp_path):
    rule = _example(tmp_path).standalone_rule("prod", "nightly-report")

    crash = Past(STOPPED, "application", run_seconds=90.0, started_at=STOPPED)

    def decide(history, stopped_at, **said):
        stop = Stop(CauseClass.APPLICATION, stopped_at, **{"run_seconds": 90.0, "exit_code": 1, **said})
        return decide_restart(stop, history, rule, 1.0, stopped_at)

    first = decide([], STOPPED)
    second = decide([crash], STOPPED + timedelta(minutes=5))
    third = decide([crash, crash], STOPPED + timedelta(hours=5))
    later = decide([crash, crash], STOPPED + timedelta(hours=6))
    after_a_good_run = decide([crash, crash], STOPPED + timedelta(hours=5), run_seconds=600.0)
    too_late = decide([], STOPPED, lineage_started_at=STOPPED - timedelta(hours=20))

    assert first.not_before == STOPPED + timedelta(seconds=30)
    assert second.not_before == STOPPED + timedelta(minutes=6)
    assert third.reason == "attempts_used_up"
    assert isinstance(later, StartAgain)
    assert isinstance(after_a_good_run, StartAgain)
    assert too_late.reason == "deadline_passed"
    assert decide([], STOPPED, exit_code=78).reason == "exit_stops"
    assert decide([], STOPPED, texts=("No License server",)).reason == "exit_stops"
    assert _example(tmp_path).standalone_rule("prod", "load-test").mode is Mode.OBSERVE
