"""docs/safety.md names the guards that there are, in their order, and the times that hold."""

import re
from datetime import timedelta
from pathlib import Path

from tests.docs.tables import ROOT, codes, column, document, rows
from trimtab.decisions import guards, last_resort, rollout_deadline, settlement, verification
from trimtab.decisions.rightsize import daily, measured
from trimtab.model.budget import Limits
from trimtab.model.change import Kind
from trimtab.model.keys import KEPT
from trimtab.model.policy import StandaloneRule
from trimtab.model.switch import Position
from trimtab.workflows import (
    apply_change,
    last_look,
    record_change,
)
from trimtab_cli.simulation.checkers import CHECKERS
from trimtab_cli.simulation.mutants import guards as guards_taken_away

TEXT = document("safety.md")
SOURCES = (
    "workflows/apply_change.py",
    "workflows/say_no.py",
    "workflows/apply_to_service.py",
    "workflows/brake_storm.py",
    "workflows/apply_to_task.py",
    "workflows/last_look.py",
    "workflows/last_question.py",
    "workflows/settle_change.py",
    "workflows/start_ahead.py",
    "workflows/settle_roll_out.py",
    "decisions/budgets.py",
    "decisions/opt_in.py",
    "decisions/guards.py",
    "decisions/quarantine.py",
)


def _source(name):
    return Path(ROOT / "layers/trimtab/trimtab" / name).read_text("utf-8")


def test_each_promise_names_guards_and_checkers_that_there_are():
    promises = rows(TEXT, "promise")
    named = {guard.name for guard in guards_taken_away()}

    assert len(promises) > 10
    assert {one for cells in promises for one in codes(cells[1])} <= named
    assert {one for cells in promises for one in codes(cells[2])} <= set(CHECKERS)
    assert all(codes(cells[2]) for cells in promises)


def test_every_guard_code_of_the_page_is_in_the_code():
    told = [code for cells in rows(TEXT, "question") for code in codes(cells[2])]
    said = "".join(_source(name) for name in SOURCES)

    assert [code for code in told if f'"{code}"' not in said] == []


def test_every_guard_of_the_code_is_on_the_page_in_its_order():
    told = [code for cells in rows(TEXT, "question") for code in codes(cells[2])]
    guard_codes = re.findall(
        r'(?:Refuse|Wait)\(\s*(?:[\w.]+(?: \+ \w+)?,\s*)?"(\w+)"', _source("decisions/guards.py")
    )

    assert set(guard_codes) <= set(told)
    assert [c for c in told if c in guard_codes] == guard_codes


def test_the_switch_has_the_documented_positions():
    assert column(TEXT, "position") == [position.value for position in Position]


def test_the_documented_times_are_those_of_the_code():
    minutes = {
        Kind.RESIZE: 24 * 60, Kind.RAISE_MEMORY: 60, Kind.SHIFT: 15, Kind.RETURN: 30,
    }  # fmt: skip

    assert {kind: timedelta(minutes=m) for kind, m in minutes.items()} == record_change.WATCHED
    assert StandaloneRule().healthy_after_seconds == 600
    assert timedelta(minutes=30) == rollout_deadline.LEAST
    assert timedelta(minutes=10) == rollout_deadline.LEAST_RETURN
    assert timedelta(hours=49) == rollout_deadline.UNKNOWN_STRATEGY
    assert rollout_deadline.START_MINUTES == rollout_deadline.DEREGISTRATION_MINUTES == 5
    assert rollout_deadline.ALARM_BAKE_MINUTES == 30
    assert settlement.WATCH_EXTENSIONS == last_resort.TAKEOVERS_MAX == 3
    assert timedelta(hours=1) == last_resort.SETTLED_WITHIN == last_resort.TAKEN_OVER_WITHIN
    assert timedelta(minutes=5) == guards.LOOK_AGAIN == last_look.UNREADABLE
    assert timedelta(minutes=1) == apply_change.BUSY
    assert verification.NEAR_LIMIT == 0.97
    assert KEPT["floor"] == timedelta(days=30)


def test_the_documented_evidence_is_what_the_code_asks_for():
    assert (2, 4, timedelta(days=1)) == (daily.WHOLE_DAYS_MIN, daily.HOLD_DAYS, guards.EVIDENCE)
    assert (measured.RATIO_ABSURD, measured.HOLES_SHARE_MAX) == (100, 0.1)
    assert timedelta(minutes=5) == measured.START_UP
    limits = Limits()
    assert (limits.mass_anomaly_services_min, limits.mass_anomaly_share_max) == (20, 0.5)
    assert limits.inventory_share_min == 0.5
