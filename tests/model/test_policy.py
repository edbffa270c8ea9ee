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
from trimtab.model.orchestrator import Orchestrator
from trimtab.model.policy import BUILT_IN, StandaloneRule
from trimtab.model.policy_document import read_policy
from trimtab.model.restart_policy import (
    Backoff,
    CapacityTries,
    Classes,
    Copies,
    Exit,
    MemoryRaises,
    StartBy,
    Then,
    Tries,
)
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
        {
            "family": "nightly-*",
            "copies": "overlap",
            "classes": {
                "application": {"attempts": "5", "window": "2h", "backoff": {"base": "30s"}},
                "infrastructure": {"attempts": 3, "backoff": {"base": "20m", "factor": "3"}},
                "network": {"window": "1h"},
                "capacity": {
                    "deadline": "1h",
                    "backoff": {"cap": "5m"},
                    "providers": ["as-launched", "FARGATE"],
                },
                "memory": {"raises": "1", "memory_mib_max": 8192},
                "configuration": {"attempts": 1},
            },
            "exits": [
                {"codes": ["2", 78], "do": "stop"},
                {"reason": "*license*", "do": "stop"},
                {"codes": [3], "do": "done"},
            ],
            "healthy_after": "20m",
            "deadline": "24h",
            "start_by": "any-time",
            "follow_latest": "true",
            "alerts_topic": "arn:aws:sns:eu-west-1:111122223333:data-team",
        },
        {"cluster": "batch", "family": "any*", "mode": "observe"},
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
    assert policy.standalone[1] == StandaloneRule("batch", "any*", Mode.OBSERVE)


def test_the_first_entry_that_speaks_of_a_service_holds():
    policy = read_policy(DOCUMENT, 1)

    assert policy.service_rule("shop", "legacy-web", {"tier": "web"}).mode is Mode.OFF
    assert policy.service_rule("shop", "orders", {"tier": "web"}).mode is Mode.OBSERVE
    assert policy.service_rule("shop", "orders", {"tier": "batch"}).mode is None
    assert policy.service_rule("shop", "Legacy-web", {}).mode is None


def test_an_entry_for_a_family_is_read_with_all_it_can_say():
    nightly = read_policy(DOCUMENT, 1).standalone[0]

    assert nightly == StandaloneRule(
        family="nightly-*",
        copies=Copies.OVERLAP,
        classes=Classes(
            Tries(5, 7200, Backoff(30, 2, 900)),
            Tries(3, 86400, Backoff(1200, 3, 1200)),
            Tries(4, 3600, Backoff(60, 2, 1200)),
            Tries(1, 86400, Backoff(60, 2, 60)),
            CapacityTries(3600, Backoff(30, 2, 300), ("as-launched", "FARGATE")),
            MemoryRaises(1, 8192),
        ),
        exits=(
            Exit(Then.STOP, frozenset({2, 78})),
            Exit(Then.STOP, reason="*license*"),
            Exit(Then.DONE, frozenset({3})),
        ),
        healthy_after_seconds=1200,
        deadline_seconds=86400,
        start_by=StartBy.ANY_TIME,
        follow_latest=True,
        alerts_topic="arn:aws:sns:eu-west-1:111122223333:data-team",
    )


def test_the_alerts_of_a_service_have_a_topic_too():
    topic = "arn:aws-cn:sns:cn-north-1:111122223333:shop.fifo"

    policy = read_policy({"services": [{"service": "orders", "alerts_topic": topic}]}, 1)

    assert policy.services[0].alerts_topic == topic


@pytest.mark.parametrize(
    ("exit_code", "texts", "named"),
    [
        (2, (), 0),
        (78, ("License expired",), 0),
        (1, ("No LICENSE server",), 1),
        (None, ("Essential container exited", "license"), 1),
        (3, (), 2),
        (1, ("licence",), None),
        (None, (), None),
    ],
)
def test_an_exit_is_known_by_its_code_or_by_what_ecs_says(exit_code, texts, named):
    exits = read_policy(DOCUMENT, 1).standalone[0].exits

    assert next((i for i, one in enumerate(exits) if one.matches(exit_code, texts)), None) == named


def test_an_exit_that_names_both_speaks_of_stops_with_both():
    both = Exit(Then.STOP, frozenset({1}), "*disk*")

    assert both.matches(1, ("Disk full",))
    assert not both.matches(1, ("no space",))
    assert not both.matches(2, ("disk full",))


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

    assert policy.standalone_rule("shop", "nightly-report").classes.application.attempts == 5
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
    (("standalone", 0), {"deadline": "3h"}, "standalone[0]"),
    (
        ("standalone", 0, "classes", "application", "attempts"),
        True,
        "standalone[0].classes.application.attempts",
    ),
    (
        ("standalone", 0, "classes", "application", "attempts"),
        "three",
        "standalone[0].classes.application.attempts",
    ),
    (
        ("standalone", 0, "classes", "application", "attempts"),
        "1" * 10,
        "standalone[0].classes.application.attempts",
    ),
    (
        ("standalone", 0, "classes", "application", "attempts"),
        "21",
        "standalone[0].classes.application.attempts",
    ),
    (("standalone", 0, "classes", "application", "window"), 3600, "standalone[0].classes.application.window"),
    (
        ("standalone", 0, "classes", "application", "window"),
        "2 h",
        "standalone[0].classes.application.window",
    ),
    (("standalone", 0, "classes", "application", "window"), "h", "standalone[0].classes.application.window"),
    (("standalone", 0, "classes", "application", "window"), "9m", "standalone[0].classes.application.window"),
    (
        ("standalone", 0, "classes", "application", "window"),
        "31d",
        "standalone[0].classes.application.window",
    ),
    (
        ("standalone", 0, "classes", "application", "backoff", "base"),
        "²s",
        "standalone[0].classes.application.backoff.base",
    ),
    (
        ("standalone", 0, "classes", "application", "backoff", "base"),
        "61m",
        "standalone[0].classes.application.backoff.base",
    ),
    (
        ("standalone", 0, "classes", "application", "backoff", "cap"),
        "7h",
        "standalone[0].classes.application.backoff.cap",
    ),
    (
        ("standalone", 0, "classes", "application", "backoff", "cap"),
        "29s",
        "standalone[0].classes.application.backoff.cap",
    ),
    (
        ("standalone", 0, "classes", "application", "backoff", "factor"),
        "0",
        "standalone[0].classes.application.backoff.factor",
    ),
    (
        ("standalone", 0, "classes", "application", "backoff", "factor"),
        11,
        "standalone[0].classes.application.backoff.factor",
    ),
    (
        ("standalone", 0, "classes", "application", "backoff"),
        "30s",
        "standalone[0].classes.application.backoff",
    ),
    (
        ("standalone", 0, "classes", "infrastructure", "attempts"),
        101,
        "standalone[0].classes.infrastructure.attempts",
    ),
    (("standalone", 0, "classes", "network", "attempts"), 21, "standalone[0].classes.network.attempts"),
    (
        ("standalone", 0, "classes", "configuration", "attempts"),
        2,
        "standalone[0].classes.configuration.attempts",
    ),
    (
        ("standalone", 0, "classes", "configuration", "window"),
        "1h",
        "standalone[0].classes.configuration.window",
    ),
    (("standalone", 0, "classes", "capacity", "attempts"), 3, "standalone[0].classes.capacity.attempts"),
    (("standalone", 0, "classes", "capacity", "deadline"), "3d", "standalone[0].classes.capacity.deadline"),
    (("standalone", 0, "classes", "capacity", "providers"), [], "standalone[0].classes.capacity.providers"),
    (
        ("standalone", 0, "classes", "capacity", "providers"),
        ["FARGATE", "FARGATE"],
        "standalone[0].classes.capacity.providers",
    ),
    (
        ("standalone", 0, "classes", "capacity", "providers"),
        ["my-hosts"],
        "standalone[0].classes.capacity.providers",
    ),
    (
        ("standalone", 0, "classes", "capacity", "providers"),
        [["FARGATE"]],
        "standalone[0].classes.capacity.providers",
    ),
    (
        ("standalone", 0, "classes", "memory", "memory_mib_max"),
        "lots",
        "standalone[0].classes.memory.memory_mib_max",
    ),
    (
        ("standalone", 0, "classes", "memory", "memory_mib_max"),
        "249857",
        "standalone[0].classes.memory.memory_mib_max",
    ),
    (("standalone", 0, "classes", "memory", "raises"), 6, "standalone[0].classes.memory.raises"),
    (("standalone", 0, "classes", "disk"), {}, "standalone[0].classes.disk"),
    (("standalone", 0, "exits"), {}, "standalone[0].exits"),
    (("standalone", 0, "exits"), [{"codes": [1], "do": "stop"}] * 21, "standalone[0].exits"),
    (("standalone", 0, "exits", 0), {"codes": [1]}, "standalone[0].exits[0]"),
    (("standalone", 0, "exits", 0), {"do": "stop"}, "standalone[0].exits[0]"),
    (("standalone", 0, "exits", 0, "codes"), [], "standalone[0].exits[0].codes"),
    (("standalone", 0, "exits", 0, "do"), "retry", "standalone[0].exits[0].do"),
    (("standalone", 0, "exits", 1, "reason"), "", "standalone[0].exits[1].reason"),
    (("standalone", 0, "healthy_after"), "4m", "standalone[0].healthy_after"),
    (("standalone", 0, "healthy_after"), "2d", "standalone[0].healthy_after"),
    (("standalone", 0, "deadline"), "9m", "standalone[0].deadline"),
    (("standalone", 0, "deadline"), "31d", "standalone[0].deadline"),
    (("standalone", 0, "start_by"), "later", "standalone[0].start_by"),
    (("standalone", 0, "copies"), 2, "standalone[0].copies"),
    (("standalone", 0, "follow_latest"), True, "standalone[0].follow_latest"),
    (("standalone", 0, "alerts_topic"), "data-team", "standalone[0].alerts_topic"),
    (("standalone", 0, "exits", 0, "codes"), [256], "standalone[0].exits[0].codes[0]"),
    (("standalone", 0, "attempts"), 3, "standalone[0].attempts"),
    (("standalone", 1, "families"), "x", "standalone[1].families"),
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
    classes = {
        "application": {
            "attempts": "20",
            "window": "30d",
            "backoff": {"base": "1h", "factor": 10, "cap": "6h"},
        },
        "infrastructure": {"attempts": 100},
        "memory": {"raises": 5, "memory_mib_max": "000249856"},
    }

    rule = read_policy({"standalone": [{"family": "a", "classes": classes}]}, 1).standalone[0]

    assert rule.classes.application == Tries(20, 30 * 86400, Backoff(3600, 10, 21600))
    assert rule.classes.infrastructure.attempts == 100
    assert rule.classes.memory == MemoryRaises(5, 249856)


def test_a_base_beyond_the_default_cap_is_the_cap_where_none_is_given():
    network = {"network": {"backoff": {"base": "30m"}}}

    rule = read_policy({"standalone": [{"family": "a", "classes": network}]}, 1).standalone[0]

    assert rule.classes.network.backoff == Backoff(1800, 2, 1800)


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


def test_an_orchestrator_is_named_by_patterns():
    policy = read_policy(
        {"orchestrators": [{"name": "queue", "started_by": "queue-*", "tag": "team=data"}]}, 1
    )

    assert policy.orchestrators == (Orchestrator("queue", "queue-*", None, None, "team=data"),)


@pytest.mark.parametrize("entry", [{}, {"name": "x"}, {"tag": "*"}, {"group": "[a]"}, {"starter": "x"}, "x"])
def test_an_orchestrator_that_names_nothing_is_refused(entry):
    with pytest.raises(PolicyError, match=r"orchestrators\[0\]"):
        read_policy({"orchestrators": [entry]}, 1)
