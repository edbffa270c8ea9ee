"""Whether and when a stopped task is started again: by its class, its lineage and the policy."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, minutes
from trimtab.decisions.restart import Past, Stop, backoff, decide_by, decide_restart
from trimtab.decisions.restart.decide import STARTS_A_DAY_MAX
from trimtab.decisions.restart.history import chance_of, signature_of
from trimtab.model.decision import StartAgain
from trimtab.model.policy import StandaloneRule
from trimtab.model.restart_policy import (
    Backoff,
    CapacityTries,
    CauseClass,
    Classes,
    Exit,
    Then,
    Tries,
)

APPLICATION, INFRASTRUCTURE = CauseClass.APPLICATION, CauseClass.INFRASTRUCTURE
NETWORK, CAPACITY, MEMORY = CauseClass.NETWORK, CauseClass.CAPACITY, CauseClass.MEMORY
RULE = StandaloneRule(family="nightly")
SECOND = timedelta(seconds=1)


def a_stop(cause_class=APPLICATION, **said):
    return Stop(cause_class, **{"stopped_at": NOW, "run_seconds": 90.0, **said})


def ago(*counts, cause_class=APPLICATION, run_seconds=90.0, signature=""):
    """Stops of a lineage so many minutes ago, oldest first, each answered by a start a moment later."""
    return [
        Past(NOW - minutes(n), cause_class, signature, run_seconds, NOW - minutes(n) + SECOND)
        for n in sorted(counts, reverse=True)
    ]


def decide(stop=None, history=(), rule=RULE, chance=0.0, now=NOW):
    return decide_restart(stop or a_stop(), history, rule, chance, now)


def test_the_first_crash_is_answered_after_the_backoff():
    answer = decide()

    assert (answer.attempt, answer.not_before) == (1, NOW + timedelta(seconds=15))
    assert answer.reason == "application_died"
    assert "try 1, 1 of 3 in 1 hour" in answer.sentence


def test_each_further_crash_in_the_window_may_wait_twice_as_long():
    longest = [decide(history=ago(*range(1, n + 1)), chance=1.0).not_before - NOW for n in range(3)]
    shortest = [decide(history=ago(*range(1, n + 1))).not_before - NOW for n in range(3)]

    assert [wait.seconds for wait in longest] == [30, 60, 120]
    assert [wait.seconds for wait in shortest] == [15, 15, 15]


@pytest.mark.parametrize(("cause_class", "limit"), [(APPLICATION, 3), (NETWORK, 4), (INFRASTRUCTURE, 10)])
def test_the_tries_of_each_class_are_kept(cause_class, limit):
    used = ago(*range(1, limit + 1), cause_class=cause_class)

    assert decide(a_stop(cause_class), used).reason == "attempts_used_up"
    assert decide(a_stop(cause_class), used[1:]).attempt == limit
    assert "a person has to look" in decide(a_stop(cause_class), used).sentence


def test_the_window_slides():
    assert decide(history=ago(1, 20, 59)).reason == "attempts_used_up"
    assert decide(history=ago(1, 20, 61)).attempt == 4


@pytest.mark.parametrize("cause_class", [APPLICATION, NETWORK, INFRASTRUCTURE])
def test_no_class_uses_up_what_another_is_allowed(cause_class):
    others = [one for one in (APPLICATION, NETWORK, INFRASTRUCTURE, CAPACITY) if one is not cause_class]
    history = [one for other in others for one in ago(*range(1, 20), cause_class=other)]

    assert decide(a_stop(cause_class), history).attempt == len(history) + 1


def test_a_stop_that_was_not_answered_by_a_start_uses_nothing_up():
    refused = [replace(one, started_at=None) for one in ago(1, 2, 3)]

    assert decide(history=refused).attempt == 1


def test_a_lost_host_is_answered_at_once_and_further_ones_after_a_while():
    first = decide(a_stop(INFRASTRUCTURE), chance=1.0)
    second = decide(a_stop(INFRASTRUCTURE), ago(5, cause_class=INFRASTRUCTURE), chance=1.0)

    assert (first.not_before, first.reason) == (NOW, "infrastructure_lost")
    assert second.not_before == NOW + timedelta(seconds=20)


def test_a_good_run_gives_the_tries_back_and_a_shorter_one_does_not():
    used = ago(1, 20, 40)

    assert decide(a_stop(run_seconds=600.0), used).not_before == NOW + timedelta(seconds=15)
    assert decide(a_stop(run_seconds=599.9), used).reason == "attempts_used_up"
    assert decide(a_stop(run_seconds=None), used).reason == "attempts_used_up"


def test_a_good_run_among_the_earlier_ones_gives_back_what_was_before_it():
    used = ago(1, 20, 40)
    used[1] = replace(used[1], run_seconds=600.0)

    assert decide(history=used, chance=1.0).not_before == NOW + timedelta(seconds=120)


def test_a_good_run_does_not_give_back_what_may_be_started_after_lost_hosts():
    used = ago(*range(1, 11), cause_class=INFRASTRUCTURE, run_seconds=700.0)

    assert decide(a_stop(INFRASTRUCTURE, run_seconds=700.0), used).reason == "attempts_used_up"


def test_no_lineage_is_started_more_than_so_often_in_a_day_however_well_each_task_ran():
    used = ago(*(14 * n for n in range(1, STARTS_A_DAY_MAX + 1)), run_seconds=700.0)

    for cause_class in CauseClass:
        assert decide(a_stop(cause_class, run_seconds=700.0), used).reason == "attempts_used_up"
    assert decide(a_stop(run_seconds=700.0), used[1:]).attempt == STARTS_A_DAY_MAX


def test_a_policy_of_no_attempts_allows_none():
    none = Tries(0, 3600, Backoff(15, 2, 900))
    rule = StandaloneRule(family="nightly", classes=Classes(none, none, none))

    for cause_class in (APPLICATION, INFRASTRUCTURE, NETWORK, CauseClass.CONFIGURATION):
        assert decide(a_stop(cause_class, run_seconds=9e9), rule=rule).reason == "attempts_used_up"


def test_want_of_capacity_is_waited_for_until_its_deadline():
    since = [350, 200, 100, 20]
    waiting = ago(*since, cause_class=CAPACITY, run_seconds=None)

    assert decide(a_stop(CAPACITY, run_seconds=None), waiting).reason == "no_capacity"
    longer = ago(361, *since, cause_class=CAPACITY, run_seconds=None)
    assert decide(a_stop(CAPACITY, run_seconds=None), longer).reason == "capacity_deadline"


def test_a_stop_of_another_class_ends_the_wait_for_capacity():
    before = ago(900, 800, cause_class=CAPACITY)

    assert decide(a_stop(CAPACITY), [*before, *ago(300)]).reason == "no_capacity"


@pytest.mark.parametrize(("then", "reason"), [(Then.STOP, "exit_stops"), (Then.DONE, "exit_done")])
def test_an_exit_that_the_policy_names_is_not_answered(then, reason):
    rule = replace(RULE, exits=(Exit(then, frozenset({2, 78})),))

    assert decide(a_stop(exit_code=78), rule=rule).reason == reason
    assert isinstance(decide(a_stop(exit_code=1), rule=rule), StartAgain)


def test_what_ecs_says_can_be_named_whatever_the_class():
    rule = replace(RULE, exits=(Exit(Then.STOP, reason="*licence*"),))

    assert decide(a_stop(INFRASTRUCTURE, texts=("Licence server gone",)), rule=rule).reason == "exit_stops"


def test_the_same_failure_twice_right_after_the_start_is_not_tried_a_third_time():
    before = ago(1, run_seconds=8.0, signature="same")

    again = decide(a_stop(run_seconds=59.9, signature="same"), before)

    assert again.reason == "same_failure_again"


@pytest.mark.parametrize(
    ("signature", "run_seconds", "ran_before"),
    [("other", 8.0, 8.0), ("same", 60.0, 8.0), ("same", 8.0, 60.0), ("same", None, 8.0), ("", 8.0, 8.0)],
)
def test_another_failure_or_a_longer_run_is_tried_again(signature, run_seconds, ran_before):
    before = ago(1, run_seconds=ran_before, signature=signature and "same")

    assert isinstance(decide(a_stop(run_seconds=run_seconds, signature=signature), before), StartAgain)


def test_only_failures_in_a_row_are_the_same_failure_again():
    before = [*ago(9, run_seconds=8.0, signature="same"), *ago(1, run_seconds=8.0, signature="other")]

    assert isinstance(decide(a_stop(run_seconds=8.0, signature="same"), before), StartAgain)


def test_a_quarantined_revision_is_left_alone_unless_it_was_lost_or_ran_well():
    held = {"quarantined": True}

    assert decide(a_stop(**held)).reason == "revision_quarantined"
    assert isinstance(decide(a_stop(run_seconds=600.0, **held)), StartAgain)
    assert isinstance(decide(a_stop(INFRASTRUCTURE, **held)), StartAgain)


def test_a_newer_revision_of_the_team_gives_everything_before_it_back():
    used = ago(1, 20, 40)
    alike = ago(1, run_seconds=8.0, signature="same")

    assert decide(a_stop(refunded_at=NOW - SECOND), used).attempt == 4
    assert decide(a_stop(refunded_at=NOW - minutes(10)), used).attempt == 4
    assert decide(a_stop(refunded_at=NOW - minutes(50)), used).reason == "attempts_used_up"
    again = a_stop(run_seconds=8.0, signature="same", refunded_at=NOW - SECOND)
    assert isinstance(decide(again, alike), StartAgain)


def test_a_lineage_is_not_started_after_its_deadline():
    rule = replace(RULE, deadline_seconds=3600)

    assert isinstance(decide(a_stop(lineage_started_at=NOW - minutes(59)), rule=rule), StartAgain)
    late = decide(a_stop(lineage_started_at=NOW - minutes(60) + SECOND), rule=rule)
    assert late.reason == "deadline_passed"
    assert isinstance(decide(a_stop(lineage_started_at=NOW - minutes(900))), StartAgain)


def test_a_stop_that_is_told_late_is_not_answered_in_the_past():
    late = decide(now=NOW + minutes(40))

    assert late.not_before == NOW + minutes(40)


@pytest.mark.parametrize(
    ("cause_class", "hours"),
    [(APPLICATION, 1), (MEMORY, 1), (NETWORK, 2), (INFRASTRUCTURE, 6), (CAPACITY, 5)],
)
def test_how_long_a_restart_may_wait_follows_its_class(cause_class, hours):
    rule = replace(RULE, classes=Classes(capacity=CapacityTries(5 * 3600)))

    assert decide_by(cause_class, rule, NOW, None) == NOW + timedelta(hours=hours)


def test_no_restart_waits_beyond_the_deadline_of_its_lineage():
    rule = replace(RULE, deadline_seconds=7200)

    assert decide_by(INFRASTRUCTURE, rule, NOW, NOW - minutes(90)) == NOW + minutes(30)
    assert decide_by(INFRASTRUCTURE, rule, NOW, NOW - minutes(200)) == NOW


def test_a_signature_names_revision_container_and_code_of_what_died_by_itself():
    assert signature_of("a:1", "job", 1, APPLICATION) == signature_of("a:1", "job", 1, APPLICATION)
    others = [("a:2", "job", 1), ("a:1", "web", 1), ("a:1", "job", 2)]
    assert len({signature_of(*one, APPLICATION) for one in [("a:1", "job", 1), *others]}) == 4
    assert signature_of("a:1", "job", 1, INFRASTRUCTURE) == ""
    assert signature_of("a:1", "job", None, APPLICATION) == ""


def test_chance_is_the_same_for_the_same_change_and_spread_over_others():
    assert chance_of("a", 1) == chance_of("a", 1)
    chances = [chance_of(str(n)) for n in range(200)]
    assert min(chances) < 0.1 < 0.9 < max(chances)
    assert all(0 <= one <= 1 for one in chances)


backoffs = st.builds(
    Backoff, base_seconds=st.integers(0, 3600), factor=st.integers(1, 10), cap_seconds=st.integers(1, 21600)
).filter(lambda one: one.cap_seconds >= one.base_seconds)


@given(backoffs, st.integers(0, 10**6), st.floats(allow_nan=False))
def test_a_wait_lies_between_the_base_and_the_cap(rule, tried, chance):
    wait = backoff(rule, tried, chance).total_seconds()

    assert min(rule.base_seconds, rule.cap_seconds) <= wait <= rule.cap_seconds


tries = st.builds(
    Tries, attempts=st.integers(0, 20), window_seconds=st.integers(600, 10**6), backoff=backoffs
)
rules = st.builds(
    StandaloneRule,
    classes=st.builds(Classes, application=tries, infrastructure=tries, network=tries),
    healthy_after_seconds=st.integers(300, 86400),
    deadline_seconds=st.none() | st.integers(600, 10**6),
)
stops = st.builds(
    Stop,
    st.sampled_from(CauseClass),
    st.just(NOW),
    st.none() | st.floats(0, 10**6),
    st.sampled_from(["", "a", "b"]),
    st.none() | st.integers(0, 255),
    lineage_started_at=st.none() | st.just(NOW - minutes(100)),
    quarantined=st.booleans(),
    refunded_at=st.none() | st.just(NOW - minutes(5)),
)


@given(stops, rules, st.floats(0, 1), st.lists(st.integers(1, 5000), max_size=40))
def test_every_stop_has_an_answer_and_a_start_is_never_in_the_past(stop, rule, chance, minutes_ago):
    history = ago(*minutes_ago, cause_class=stop.cause_class)

    answer = decide_restart(stop, history, rule, chance, NOW)

    assert answer.reason and answer.sentence
    if isinstance(answer, StartAgain):
        assert answer.not_before >= NOW
        assert answer.attempt == len(history) + 1
        assert decide_restart(stop, history, rule, chance, NOW) == answer


@given(st.sampled_from([APPLICATION, INFRASTRUCTURE, NETWORK]), rules, st.integers(1, 5000))
def test_however_often_a_task_stops_it_is_never_started_more_often_than_the_policy_allows(
    cause_class, rule, lives_seconds
):
    now, history = NOW, []
    for _ in range(150):
        stop = Stop(cause_class, now, float(lives_seconds))
        answer = decide_restart(stop, history, rule, 0.0, now)
        started_at = answer.not_before if isinstance(answer, StartAgain) else None
        history.append(Past(now, cause_class, "", float(lives_seconds), started_at))
        now = (started_at or now) + timedelta(seconds=lives_seconds)

    starts = [one for one in history if one.started_at is not None]
    by_class = {
        APPLICATION: rule.classes.application,
        INFRASTRUCTURE: rule.classes.infrastructure,
        NETWORK: rule.classes.network,
    }[cause_class]
    forgiven = cause_class is not INFRASTRUCTURE and lives_seconds >= rule.healthy_after_seconds
    for start in starts:
        before = [s.started_at for s in starts if s.stopped_at < start.stopped_at]
        assert sum(at > start.stopped_at - timedelta(days=1) for at in before) < STARTS_A_DAY_MAX
        window = timedelta(seconds=by_class.window_seconds)
        assert forgiven or sum(at > start.stopped_at - window for at in before) < by_class.attempts
