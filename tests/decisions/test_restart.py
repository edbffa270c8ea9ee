from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, minutes
from trimtab.decisions.restart import BACKOFF_MAX, Start, decide_restart
from trimtab.model.decision import Keep, StartAgain
from trimtab.model.policy import StandaloneRule

RULE = StandaloneRule(family="nightly", attempts=3, window_seconds=3600, backoff_seconds=15)


def ago(*counts, infrastructure=False):
    return [Start(NOW - minutes(count), infrastructure) for count in counts]


def test_the_first_crash_is_answered_after_the_backoff():
    answer = decide_restart(False, [], RULE, NOW)

    assert (answer.attempt, answer.not_before) == (1, NOW + timedelta(seconds=15))
    assert answer.reason == "application_died"


def test_each_further_crash_in_the_window_waits_twice_as_long():
    waits = [decide_restart(False, ago(*range(1, n + 1)), RULE, NOW).not_before - NOW for n in range(3)]

    assert [wait.seconds for wait in waits] == [15, 30, 60]


def test_the_budget_of_the_window_is_kept():
    answer = decide_restart(False, ago(1, 20, 59), RULE, NOW)

    assert isinstance(answer, Keep)
    assert answer.reason == "attempts_used_up"
    assert "a person has to look" in answer.sentence


def test_starts_before_the_window_do_not_count_but_number_the_attempt():
    answer = decide_restart(False, ago(60, 61, 900), RULE, NOW)

    assert (answer.attempt, answer.not_before) == (4, NOW + timedelta(seconds=15))


def test_a_task_whose_host_was_lost_starts_at_once():
    answer = decide_restart(True, ago(1, 2, 3, 4, infrastructure=True), RULE, NOW)

    assert (answer.attempt, answer.not_before) == (5, NOW)
    assert answer.reason == "infrastructure_lost"


def test_lost_hosts_have_a_budget_a_day():
    ten, nine = ago(*range(1, 11), infrastructure=True), ago(*range(1, 10), 1441, infrastructure=True)

    assert decide_restart(True, ten, RULE, NOW).reason == "attempts_used_up"
    assert decide_restart(True, nine, RULE, NOW).attempt == 11


def test_lost_hosts_do_not_use_up_the_tries_of_a_task_that_dies_by_itself():
    lost = ago(1, 2, 3, infrastructure=True)

    answer = decide_restart(False, lost, RULE, NOW)

    assert (answer.attempt, answer.not_before) == (4, NOW + timedelta(seconds=15))


def test_a_task_that_dies_by_itself_does_not_use_up_the_starts_after_lost_hosts():
    answer = decide_restart(True, ago(*range(1, 31)), RULE, NOW)

    assert (answer.reason, answer.attempt) == ("infrastructure_lost", 31)


def test_a_policy_of_no_attempts_allows_none():
    none = StandaloneRule(family="nightly", attempts=0, infrastructure_attempts=0)

    assert isinstance(decide_restart(False, [], none, NOW), Keep)
    assert isinstance(decide_restart(True, [], none, NOW), Keep)


rules = st.builds(
    StandaloneRule,
    attempts=st.integers(0, 9),
    window_seconds=st.integers(0, 10**6),
    backoff_seconds=st.integers(0, 10**6),
    infrastructure_attempts=st.integers(0, 9),
)


starts_ago = st.lists(st.builds(Start, st.integers(1, 10**6), st.booleans()), max_size=40)


@given(st.booleans(), rules, starts_ago)
def test_a_backoff_is_bounded_and_never_in_the_past(infrastructure, rule, seconds_ago):
    starts = [Start(NOW - timedelta(seconds=s.at), s.infrastructure) for s in seconds_ago]

    answer = decide_restart(infrastructure, starts, rule, NOW)

    if isinstance(answer, StartAgain):
        assert NOW <= answer.not_before <= NOW + BACKOFF_MAX
        assert answer.attempt == len(starts) + 1


@given(st.booleans(), rules, st.integers(1, 5000))
def test_however_often_a_task_dies_it_is_never_started_more_often_than_the_policy_allows(
    infrastructure, rule, lives_seconds
):
    now, starts = NOW, []
    for _ in range(60):
        answer = decide_restart(infrastructure, starts, rule, now)
        if isinstance(answer, StartAgain):
            starts.append(Start(answer.not_before, infrastructure))
            now = answer.not_before
        now += timedelta(seconds=lives_seconds)

    window = timedelta(days=1) if infrastructure else timedelta(seconds=rule.window_seconds)
    limit = rule.infrastructure_attempts if infrastructure else rule.attempts
    for start in starts:
        # The window ends with the stop before a start, which the backoff may put a little outside it.
        within = (start.at - window + BACKOFF_MAX < other.at <= start.at for other in starts)
        assert sum(within) <= max(limit, 0)
