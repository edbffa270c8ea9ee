import json
from datetime import timedelta

import pytest

from tests.cli.operator.conftest import NOW
from tests.samples import a_stop


@pytest.fixture
def archive(installation):
    """An installation that has seen five stops in ten days."""
    for stop in (
        a_stop(NOW - timedelta(days=10), "memory", "old"),
        a_stop(NOW - timedelta(hours=3), "memory", "oom"),
        a_stop(NOW - timedelta(hours=2), "application", "crash"),
        a_stop(NOW - timedelta(hours=1), "scaling", "carts", service="carts", family="carts"),
        a_stop(NOW - timedelta(minutes=5), "spot", "job", service=None, family="nightly", owner="standalone"),
    ):
        assert installation.stops.archive(stop, NOW)
    return installation


def found(answer):
    assert answer.exit_code == 0, answer.stderr
    return [json.loads(line) for line in answer.stdout.splitlines()]


def causes(answer):
    return [stop["cause"] for stop in found(answer)]


def test_the_stops_of_the_last_day_are_shown_oldest_first(run, archive):
    answer = run("stops", "--json")

    assert causes(answer) == ["memory", "application", "scaling", "spot"]
    assert "4 stops since 24h: 1 memory, 1 application, 1 scaling, 1 spot" in answer.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--service", "orders"], ["memory", "application"]),
        (["--service", "shop/orders"], ["memory", "application"]),
        (["--service", "shop/orders", "--since", "30d"], ["memory", "memory", "application"]),
        (["--service", "orders", "--since", "30d", "--cause", "memory"], ["memory", "memory"]),
        (["--service", "shop/orders", "--since", "30d", "--cause", "memory"], ["memory", "memory"]),
        (["--service", "elsewhere/orders"], []),
        (["--family", "nightly"], ["spot"]),
        (["--family", "orders"], ["memory", "application"]),
        (["--cluster", "shop", "--cause", "scaling"], ["scaling"]),
        (["--cluster", "elsewhere"], []),
        (["--since", "90m"], ["scaling", "spot"]),
        (["--since", "2026-02-20"], ["memory", "memory", "application", "scaling", "spot"]),
        (["--since", "2026-03-02T03:05:06Z"], ["scaling", "spot"]),
    ],
)
def test_stops_are_found_by_service_family_cluster_cause_and_time(run, archive, words, expected):
    assert causes(run("stops", "--json", *words)) == expected


def test_a_stop_shows_verdict_evidence_and_what_was_decided(run, archive):
    (stop,) = found(run("stops", "--json", "--cause", "application"))

    assert stop["stopped_at"] == "2026-03-02T02:05:06Z"
    assert (stop["cluster"], stop["service"], stop["family"]) == ("shop", "orders", "orders")
    assert (stop["rule"], stop["decided"]) == ("exited", "leave_to_service")
    assert stop["evidence"] == {"run_s": 9.5, "exit_codes": "app=1"}


def test_for_people_there_is_a_line_a_stop(run, archive):
    lines = run("stops").stdout.splitlines()

    assert lines[0].split()[:2] == ["stopped", "at"]
    assert len(lines) == 5
    assert "2026-03-02 02:05:06Z" in lines[2]
    assert "shop/orders" in lines[2]
    assert "app=1" in lines[2]
    assert "shop/nightly" in lines[4]


def test_text_of_an_event_cannot_write_to_the_terminal(run, installation):
    installation.stops.archive(a_stop(NOW, sentence="It\x1b[31m\nlied."), NOW)

    assert "It?[31m lied." in run("stops").stdout


def test_an_empty_archive_is_said_so_and_is_no_fault(run, installation):
    answer = run("stops", "--service", "shop/orders")

    assert (answer.exit_code, answer.stdout) == (0, "")
    assert "0 stops since 24h." in answer.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["--since", "yesterday"],
        ["--since", "99999999d"],
        ["--since", "999999d"],
        ["--since", "2026-03-09"],
        ["--cause", "gremlins"],
        ["--service", "shop/orders", "--cluster", "elsewhere"],
    ],
)
def test_wrong_input_is_said_and_nothing_is_read(run, installation, words):
    answer = run("stops", *words)

    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert "Invalid value" in answer.stderr
