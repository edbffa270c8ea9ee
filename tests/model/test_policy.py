"""The policy document: what it says, and where it cannot be read."""

import contextlib
import copy
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.model.change_window import ChangeWindow, Freeze
from trimtab.model.errors import PolicyError
from trimtab.model.policy import BUILT_IN, StandaloneRule
from trimtab.model.policy_document import read_policy
from trimtab.model.tags import Mode
from trimtab.model.task_size import TaskSize

DOCUMENT = {
    "services": [
        {"cluster": "shop", "service": "legacy-*", "mode": "off"},
        {
            "cluster": "*",
            "tags": {"tier": "web"},
            "mode": "observe",
            "profile": "latency",
            "smallest": {"cpu_units": "512", "memory_mib": 1024},
            "largest": {"cpu_units": 4096, "memory_mib": "16384"},
            "windows": [
                {"days": ["tue", "thu"], "from": "22:00", "to": "01:30", "timezone": "Europe/Berlin"},
                {"from": "06:00", "to": "07:00", "timezone": "UTC"},
            ],
        },
    ],
    "standalone": [
        {"family": "nightly-*", "attempts": "5", "window": "2h", "backoff": "30s"},
        {"cluster": "batch", "family": "any*", "mode": "observe", "infrastructure_attempts": 3},
    ],
    "freezes": [
        {"from": "2026-12-20", "until": "2027-01-03", "reason": "holidays"},
        {
            "from": "2026-11-24T18:00+01:00",
            "until": "2026-11-30T09:00:00Z",
            "reason": "sale",
            "cluster": "shop",
            "service": "checkout-*",
        },
    ],
}


def test_a_document_is_read_whether_its_numbers_are_text_or_not():
    policy = read_policy(DOCUMENT, 7)

    web = policy.services[1]
    assert policy.version == 7
    assert (web.mode, web.profile, web.tags) == (Mode.OBSERVE, "latency", {"tier": "web"})
    assert (web.smallest, web.largest) == (TaskSize(512, 1024), TaskSize(4096, 16384))
    assert policy.standalone[0] == StandaloneRule(
        family="nightly-*", attempts=5, window_seconds=7200, backoff_seconds=30
    )


def test_the_first_entry_that_speaks_of_a_service_holds():
    policy = read_policy(DOCUMENT, 1)

    assert policy.service_rule("shop", "legacy-web", {"tier": "web"}).mode is Mode.OFF
    assert policy.service_rule("shop", "orders", {"tier": "web"}).mode is Mode.OBSERVE
    assert policy.service_rule("shop", "orders", {"tier": "batch"}).mode is None
    assert policy.service_rule("shop", "Legacy-web", {}).mode is None


def test_windows_are_read_with_their_days_hours_and_zone():
    web = read_policy(DOCUMENT, 1).services[1]

    assert web.windows == (
        ChangeWindow(frozenset({1, 3}), time(22), time(1, 30), ZoneInfo("Europe/Berlin")),
        ChangeWindow(frozenset(range(7)), time(6), time(7), ZoneInfo("UTC")),
    )


def test_freezes_are_read_in_utc_and_a_date_counts_to_its_end():
    holidays, sale = read_policy(DOCUMENT, 1).freezes

    assert holidays == Freeze(
        datetime(2026, 12, 20, tzinfo=UTC), datetime(2027, 1, 4, tzinfo=UTC), "holidays"
    )
    assert (sale.begins, sale.ends) == (
        datetime(2026, 11, 24, 17, tzinfo=UTC), datetime(2026, 11, 30, 9, tzinfo=UTC),
    )  # fmt: skip


def test_every_freeze_that_speaks_of_a_service_counts():
    policy = read_policy(DOCUMENT, 1)

    assert [f.reason for f in policy.freezes_of("shop", "checkout-web")] == ["holidays", "sale"]
    assert [f.reason for f in policy.freezes_of("shop", "orders")] == ["holidays"]


def test_a_family_nobody_declared_has_no_rule():
    policy = read_policy(DOCUMENT, 1)

    assert policy.standalone_rule("shop", "nightly-report").attempts == 5
    assert policy.standalone_rule("batch", "anything").mode is Mode.OBSERVE
    assert policy.standalone_rule("shop", "report") is None
    assert BUILT_IN.standalone_rule("shop", "nightly-report") is None


def test_an_empty_document_forbids_nothing_and_declares_nothing():
    policy = read_policy({}, 1)

    assert policy.service_rule("shop", "orders", {}).mode is None
    assert policy.standalone == ()


FAULTS = [
    ((), [], "policy"),
    ((), "services", "policy"),
    (("service",), [], "policy.service"),
    (("services",), {}, "services"),
    (("services", 0), "legacy", "services[0]"),
    (("services", 0, "cluster"), "", "services[0].cluster"),
    (("services", 0, "cluster"), 4, "services[0].cluster"),
    (("services", 0, "cluster"), "c" * 256, "services[0].cluster"),
    (("services", 0, "mode"), False, "services[0].mode"),
    (("services", 0, "mode"), "Off", "services[0].mode"),
    (("services", 0, "mode"), None, "services[0].mode"),
    (("services", 0, "modes"), "off", "services[0].modes"),
    (("services", 1, "tags"), ["tier"], "services[1].tags"),
    (("services", 1, "tags"), {"tier": 1}, "services[1].tags"),
    (("services", 1, "profile"), "fast", "services[1].profile"),
    (("services", 1, "profile"), [], "services[1].profile"),
    (("services", 1, "smallest"), "512", "services[1].smallest"),
    (("services", 1, "smallest"), {"cpu_units": 512}, "services[1].smallest"),
    (("services", 1, "smallest", "cpu_units"), -1, "services[1].smallest.cpu_units"),
    (("services", 1, "smallest", "cpu_units"), 0.5, "services[1].smallest.cpu_units"),
    (("services", 1, "smallest", "memory_mib"), "1 GB", "services[1].smallest.memory_mib"),
    (("services", 1, "largest"), {"cpu_units": 256, "memory_mib": 512}, "services[1].largest"),
    (("services", 1, "largest"), {"cpu_units": 4096, "memory_mib": 512}, "services[1].largest"),
    (("services", 1, "windows"), "nights", "services[1].windows"),
    (("services", 1, "windows", 0, "days"), [], "services[1].windows[0].days"),
    (("services", 1, "windows", 0, "days"), ["tue", "Thu"], "services[1].windows[0].days"),
    (("services", 1, "windows", 0, "from"), "24:00", "services[1].windows[0].from"),
    (("services", 1, "windows", 0, "to"), "1:30", "services[1].windows[0].to"),
    (("services", 1, "windows", 0, "to"), 90, "services[1].windows[0].to"),
    (("services", 1, "windows", 0, "timezone"), "Europe/Nowhere", "services[1].windows[0].timezone"),
    (("services", 1, "windows", 0, "timezone"), "../etc/passwd", "services[1].windows[0].timezone"),
    (("services", 1, "windows", 0, "timezone"), "Europe", "services[1].windows[0].timezone"),
    (("services", 1, "windows", 1), {"from": "06:00", "to": "07:00"}, "services[1].windows[1]"),
    (("freezes",), {}, "freezes"),
    (("freezes", 0, "from"), "2026-02-30", "freezes[0].from"),
    (("freezes", 0, "from"), "20.12.2026", "freezes[0].from"),
    (("freezes", 0, "from"), "2026-12-20T18:00", "freezes[0].from"),
    (("freezes", 0, "from"), "0001-01-01T00:00+12:00", "freezes[0].from"),
    (("freezes", 0, "until"), "9999-12-31", "freezes[0].until"),
    (("freezes", 0, "until"), "2026-12-19", "freezes[0].until"),
    (("freezes", 0, "until"), "2026-12-20T00:00Z", "freezes[0].until"),
    (("freezes", 0, "reason"), "", "freezes[0].reason"),
    (("freezes", 1, "service"), "", "freezes[1].service"),
    (("freezes", 1), {"from": "2026-12-20", "until": "2026-12-21"}, "freezes[1]"),
    (("standalone",), None, "standalone"),
    (("standalone", 0), {"attempts": 3}, "standalone[0]"),
    (("standalone", 0, "attempts"), True, "standalone[0].attempts"),
    (("standalone", 0, "attempts"), "three", "standalone[0].attempts"),
    (("standalone", 0, "attempts"), "1" * 10, "standalone[0].attempts"),
    (("standalone", 0, "window"), 3600, "standalone[0].window"),
    (("standalone", 0, "window"), "2 h", "standalone[0].window"),
    (("standalone", 0, "window"), "h", "standalone[0].window"),
    (("standalone", 0, "backoff"), "²s", "standalone[0].backoff"),
    (("standalone", 0, "memory_mib_max"), "lots", "standalone[0].memory_mib_max"),
    (("standalone", 1, "families"), "x", "standalone[1].families"),
    (("standalone", 0, "attempts"), "21", "standalone[0].attempts"),
    (("standalone", 1, "infrastructure_attempts"), 101, "standalone[1].infrastructure_attempts"),
    (("standalone", 0, "memory_mib_max"), "249857", "standalone[0].memory_mib_max"),
    (("services", 0, "mode"), "o\N{LATIN SMALL LIGATURE FF}", "services[0].mode"),
    *(
        (("standalone", 0, "family"), everything, "standalone[0].family")
        for everything in ("*", "**", "?*", "???", "[a-z]*", "[!x]*", "[!]a]*", "[]a]?")
    ),
]


@pytest.mark.parametrize("family", ["*-nightly", "n*", "[ab]c", "?_*", "[]]x*"])
def test_a_family_pattern_with_something_to_recognise_is_read(family):
    rule = read_policy({"standalone": [{"family": family}]}, 1).standalone[0]

    assert rule.family == family


def test_the_highest_bounds_are_read():
    highest = {
        "family": "a", "attempts": "20", "infrastructure_attempts": 100, "memory_mib_max": "000249856",
    }  # fmt: skip

    rule = read_policy({"standalone": [highest]}, 1).standalone[0]

    assert (rule.attempts, rule.infrastructure_attempts, rule.memory_mib_max) == (20, 100, 249856)


@pytest.mark.parametrize(("place", "value", "named"), FAULTS)
def test_a_fault_names_its_place_and_leaves_the_policy_in_force(place, value, named):
    with pytest.raises(PolicyError) as caught:
        read_policy(_with(place, value), 2)

    told = str(caught.value)
    assert told.startswith(f"cannot read the policy at {named}: ")
    assert "left as it is" in told
    assert len(told) < 500


def _with(place, value):
    broken = copy.deepcopy(DOCUMENT)
    if not place:
        return value
    holder = broken
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    return broken


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
words = st.sampled_from(
    [
        "services",
        "standalone",
        "mode",
        "family",
        "cluster",
        "smallest",
        "window",
        "windows",
        "freezes",
        "from",
        "x",
    ]
)
documents = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3)
)


@given(documents)
def test_any_document_is_read_or_refused(document):
    with contextlib.suppress(PolicyError):
        read_policy(document, 1)
