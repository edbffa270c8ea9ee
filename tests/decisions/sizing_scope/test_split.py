"""What a task needs where its containers are measured one by one, and what is said of them."""

from datetime import date, timedelta

import pytest

from trimtab.decisions.sizing_scope import needed_mib, told_split
from trimtab.model.decision import Keep
from trimtab.model.digest import DayDigest
from trimtab.model.usage import ContainerUse

TODAY = date(2026, 3, 2)
APP = {"name": "app", "essential": True, "cpu": 768, "memory": 2560}
ENVOY = {"name": "envoy", "essential": False, "cpu": 256, "memory": 1536}
LOGS = {"name": "logs", "essential": False}


def days(count, mib=800.0):
    return [DayDigest(TODAY - timedelta(days=n), 288, (0.0,) * 8, (0,) * 8, mib) for n in range(count, 0, -1)]


def use(mib, ago=range(1, 8), cpu=100.0):
    return ContainerUse(mib, cpu, frozenset(TODAY - timedelta(days=n) for n in ago))


def test_the_application_needs_what_it_used_and_a_sidecar_what_it_holds():
    used = {"app": use(700), "envoy": use(100)}

    assert needed_mib([APP, ENVOY], used, days(7)) == 735 + 1536


def test_a_sidecar_that_holds_nothing_needs_what_it_used():
    used = {"app": use(700), "logs": use(100)}

    assert needed_mib([APP, LOGS], used, days(7)) == 735 + 105


def test_a_sidecar_that_used_more_than_it_reserved_needs_that():
    reserved = {"name": "envoy", "essential": False, "memoryReservation": 64}

    assert needed_mib([APP, reserved], {"app": use(700), "envoy": use(100)}, days(7)) == 735 + 105


def test_what_aws_put_in_counts_once_however_many_names_it_had():
    agents = {f"aws-guardduty-agent-{n}": use(50 + n) for n in range(3)}
    used = {"app": use(700), "envoy": use(100), "ecs-service-connect-x7": use(60), **agents}

    assert needed_mib([APP, ENVOY], used, days(7)) == 735 + 1536 + 63 + 55


def test_where_tasks_used_more_on_other_days_so_did_each_container():
    used = {"app": use(700), "envoy": use(100)}
    known = [*days(20, 1600.0)[:10], *days(10)]

    assert needed_mib([APP, ENVOY], used, known) == 2 * 735 + 1536


@pytest.mark.parametrize(
    "used",
    [
        {},
        {"app": use(700)},
        {"envoy": use(100)},
        {"app": use(700, range(1, 7)), "envoy": use(100)},
        {"app": use(700, range(30, 40)), "envoy": use(100)},
        {"app": use(700), "envoy": use(100, range(1, 7))},
    ],
)
def test_what_is_not_measured_for_a_week_of_known_days_is_not_known(used):
    assert needed_mib([APP, ENVOY], used, days(14)) is None


def test_where_nothing_tells_which_is_the_application_no_split_is_known():
    twins = [{"name": name, "essential": True} for name in ("a", "b")]

    assert needed_mib(twins, {"a": use(1), "b": use(1)}, days(7)) is None


def test_each_container_is_told_with_what_it_holds_and_what_is_not_in_the_definition_as_that():
    used = {"app": use(2400), "envoy": use(100), "ecs-service-connect-x7": use(60)}

    told = told_split(Keep("fits", "It fits."), [APP, ENVOY], used)

    assert told.evidence["containers_used"] == (
        "app 2400 of 2560 MiB and 100 CPU units; envoy 100 of 1536 MiB and 100 CPU units; "
        "ecs-service-connect, which AWS put in, 60 MiB"
    )
    assert "app came near a limit of its own" in told.sentence


def test_nothing_is_said_of_containers_that_nobody_measures():
    answer = Keep("fits", "It fits.")

    assert told_split(answer, [APP, ENVOY], {}) is answer
