from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, a_stop, minutes, revision
from trimtab.decisions.alerts import (
    PATTERNS,
    REPEATS_MAX,
    WORTH_A_LOOK,
    Alert,
    is_news,
    is_worth_asking,
    judge_stops,
    told_of,
)
from trimtab.model.verdict import Cause


def stops(count, cause="application", apart=4, **said):
    return [a_stop(NOW - minutes(apart) * n, cause, f"t{n}", **said) for n in range(count)]


def code(found, task_count=4, deploying=False):
    return next((alert.code for alert in judge_stops(found, task_count, deploying, NOW)), None)


def test_three_tasks_that_die_by_themselves_in_a_quarter_of_an_hour_are_a_crash_loop():
    assert code(stops(3)) == "crash_loop"
    assert code(stops(2)) is None
    assert code(stops(3, apart=8)) is None


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("application", "crash_loop"),
        ("memory", "crash_loop"),
        ("memory_unconfirmed", "crash_loop"),
        ("health", "health_checks_fail"),
        ("configuration", "starts_fail"),
        ("network", "starts_fail"),
        ("capacity", "starts_fail"),
        *((cause.value, None) for cause in Cause if cause not in WORTH_A_LOOK),
    ],
)
def test_what_the_stops_have_in_common_names_the_alert(cause, expected):
    assert code(stops(5, cause)) == expected


def test_starts_that_fail_ever_more_slowly_are_still_one_story():
    assert code(stops(3, "configuration", apart=27)) == "starts_fail"
    assert code(stops(3, "configuration", apart=31)) is None


def test_in_a_large_service_a_quarter_of_its_tasks_has_to_stop():
    assert code(stops(9, apart=1), task_count=40) is None
    assert code(stops(10, apart=1), task_count=40) == "crash_loop"


def test_twenty_stops_are_a_pattern_in_any_service():
    assert code(stops(19, apart=0.15), task_count=5000) is None
    assert code(stops(20, apart=0.15), task_count=5000) == "crash_loop"


def test_failed_health_checks_are_a_deployments_own_business_while_it_runs():
    assert code(stops(3, "health"), deploying=True) is None
    assert code(stops(3), deploying=True) == "crash_loop"


def test_a_new_revision_begins_anew():
    old = stops(3, apart=4, task_definition=revision(1))
    new = a_stop(NOW, task_id="new", task_definition=revision(2))

    assert code([*old[1:], new]) is None


def test_a_service_whose_tasks_go_on_dying_is_asked_about_every_five_minutes():
    begin = NOW.replace(minute=0, second=0)
    dying = [a_stop(begin + minutes(n) / 4, "application", f"t{n}") for n in range(60)]

    asked = []
    for n, stop in enumerate(dying):
        known = dying[: n + 1]
        possible = judge_stops(known, 1, False, stop.at)
        if possible and is_worth_asking(stop, known, possible):
            asked.append(n)

    assert asked == [*range(2, 20), 20, 40]


def test_the_alert_says_what_most_stops_have_in_common_and_shows_the_last_ones():
    odd = a_stop(NOW - minutes(9), "memory", "odd", rule="out_of_memory", sentence="Killed for memory.")

    (alert,) = judge_stops([*stops(3), odd], 4, False, NOW)

    assert alert.sentence == (
        "4 tasks of orders:2 died by themselves within 15 minutes, 3 of them alike: "
        "Container app exited with code 1. ECS replaces it."
    )
    assert alert.evidence == {
        "stops": 4,
        "window_minutes": 15,
        "most_common_rule": "exited",
        "most_common_stops": 3,
        "last_stops": "03:57:06Z application app=1; 04:01:06Z application app=1; 04:05:06Z application app=1",
        "causes": "application, memory",
    }


@pytest.mark.parametrize(
    ("code", "causes", "told", "news"),
    [
        ("crash_loop", "application", [], True),
        ("crash_loop", "application", [("crash_loop", "memory")], False),
        ("crash_loop", "application", [("deployment_failed", "application, health")], False),
        ("crash_loop", "application, memory", [("deployment_failed", "application")], True),
        ("crash_loop", "application", [("deployment_failed", "")], True),
        ("unexplained_failure", "health", [("health_checks_fail", "health")], False),
        ("unexplained_failure", "", [("crash_loop", "application")], True),
        ("unexplained_failure", "", [("deployment_failed", "")], True),
        ("deployment_failed", "application", [("crash_loop", "application")], True),
        ("configuration_failure", "configuration", [("starts_fail", "configuration")], True),
    ],
)
def test_what_has_been_told_of_the_same_causes_is_no_news_unless_it_says_more(code, causes, told, news):
    found = Alert(code, "", {"causes": causes})

    assert is_news(found, [(before, {"causes": said}) for before, said in told]) is news


def test_an_alert_of_an_earlier_release_covers_no_other():
    assert is_news(Alert("crash_loop", "", {"causes": "application"}), [("deployment_failed", {})])


def test_of_a_service_in_trouble_the_last_stops_are_told_and_what_most_of_them_say():
    deployed = a_stop(NOW, "scaling", "old", sentence="A deployment replaced it.")

    assert told_of([]) == "No task of it stopped in the last hour."
    assert told_of([deployed]) == "Its last stops: 04:05:06Z scaling app=1."
    assert told_of([*stops(2), deployed]).endswith("Container app exited with code 1. ECS replaces it.")


@given(
    st.lists(
        st.builds(
            lambda cause, age, number: a_stop(NOW - timedelta(seconds=age), cause.value, str(number)),
            st.sampled_from(Cause),
            st.integers(0, 7200),
            st.integers(0, 99),
        ),
        max_size=40,
    ),
    st.integers(0, 100),
    st.booleans(),
)
def test_an_alert_rests_on_enough_stops_of_its_own_causes(found, task_count, deploying):
    alerts = judge_stops(found, task_count, deploying, NOW)

    assert all(alert in judge_stops(found, 1, False, NOW) for alert in alerts)
    for alert in alerts:
        (pattern,) = [one for one in PATTERNS if one.code == alert.code]
        alike = [s for s in found if s.cause in pattern.causes and NOW - pattern.window < s.at]
        assert min(max(3, task_count / 4), REPEATS_MAX) <= alert.evidence["stops"] <= len(alike)
        assert not (deploying and alert.code == "health_checks_fail")
