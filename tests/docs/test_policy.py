"""docs/policy.md says what tags and policy can say, and its example means what the page says it means."""

import re
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta

from tests.docs.tables import codes, column, document, rows
from trimtab.decisions.opt_in import service_setting
from trimtab.decisions.restart import BACKOFF_MAX, INFRASTRUCTURE_WINDOW, Start, decide_restart
from trimtab.model.budget import Limits
from trimtab.model.change_window import next_opening
from trimtab.model.decision import Keep, StartAgain
from trimtab.model.policy import ServiceRule, StandaloneRule
from trimtab.model.policy_document import (
    ATTEMPTS_MAX,
    BRAKES,
    INFRASTRUCTURE_ATTEMPTS_MAX,
    MEMORY_MIB_MAX,
    NAMES_SOMETHING,
    SHARE_MAX,
    SHARE_MIN,
    SHARES,
    UNITS,
)
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
        "window": "setting of a window",
        "freeze": "setting of `freezes`",
        "limits": "setting of `limits`",
    }
    for part, head in parts.items():
        assert set(column(TEXT, head)) == schema()["$defs"][part]["properties"].keys()


def test_the_documented_defaults_are_those_of_the_code():
    told = {codes(cells[0])[0]: cells[2].strip("`") for cells in rows(TEXT, "setting of `standalone`")}
    rule = StandaloneRule()
    seconds = {key: int(told[key][:-1]) * UNITS[told[key][-1]] for key in ("window", "backoff")}

    assert seconds == {"window": rule.window_seconds, "backoff": rule.backoff_seconds}
    for key in ("cluster", "attempts", "infrastructure_attempts", "memory_mib_max"):
        assert told[key] == str(getattr(rule, key))
    assert told["mode"] == rule.mode.name.lower()
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


def test_the_limits_in_the_text_are_those_of_the_code():
    assert timedelta(minutes=15) == BACKOFF_MAX
    assert timedelta(days=1) == INFRASTRUCTURE_WINDOW


def test_the_highest_values_are_the_same_in_page_schema_and_code():
    told = {codes(cells[0])[0]: cells[1] for cells in rows(TEXT, "setting of `standalone`")}
    settings = schema()["$defs"]["standalone"]["properties"]
    limits = {
        "attempts": ATTEMPTS_MAX,
        "infrastructure_attempts": INFRASTRUCTURE_ATTEMPTS_MAX,
        "memory_mib_max": MEMORY_MIB_MAX,
    }

    assert {key: settings[key]["maximum"] for key in limits} == limits
    assert all(f"at most {limit}" in told[key] for key, limit in limits.items())
    assert FARGATE_LINUX_SIZES[-1].memory_mib == MEMORY_MIB_MAX
    assert schema()["$defs"]["family"]["pattern"] == NAMES_SOMETHING.pattern


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

    crash = Start(STOPPED, infrastructure=False)

    first = decide_restart(False, [], rule, STOPPED)
    second = decide_restart(False, [crash], rule, STOPPED + timedelta(minutes=5))
    third = decide_restart(False, [crash, crash], rule, STOPPED + timedelta(hours=5))
    later = decide_restart(False, [crash, crash], rule, STOPPED + timedelta(hours=6))

    assert first.not_before == STOPPED + timedelta(seconds=15)
    assert second.not_before == STOPPED + timedelta(minutes=5, seconds=30)
    assert isinstance(third, Keep)
    assert isinstance(later, StartAgain)
    assert _example(tmp_path).standalone_rule("prod", "load-test").mode is Mode.OBSERVE
