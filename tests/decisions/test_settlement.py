"""What has become of a Change: good, bad, not ours any more, not yet, or nobody can tell."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, ON_DEMAND, SPOT_FIRST, a_change, a_deployment, a_service, minutes, revision
from trimtab.decisions.settlement import Finding, by_record, judge_rollout, judge_watch
from trimtab.decisions.witness import since_ours
from trimtab.model.change import Base, Kind, State, Target
from trimtab.model.service import InForce, PastDeployment, RolloutPlan

OURS = {"task_definition": revision(2), "deployment": "ecs-svc/2"}
DAY = timedelta(days=1)


def deploying(**said):
    return a_change(**{"state": State.DEPLOYING, "applied": OURS, "times": {"deploying": NOW}, **said})


def watching(**said):
    return a_change(**{"state": State.WATCHING, "applied": OURS, "times": {"watching": NOW}, **said})


def on(*deployments, **said):
    return a_service(**{"task_definition": revision(2), "deployments": deployments, **said})


def ours(**said):
    return a_deployment(**{"id": "ecs-svc/2", "task_definition": revision(2), **said})


def rollout(service, after=timedelta(minutes=1), history=(), **said):
    change = deploying(**said)
    return judge_rollout(change, service, since_ours(change, history), minutes(30), NOW + after)


def test_a_rollout_is_good_when_ecs_completed_it():
    assert rollout(on(ours())).finding is Finding.GOOD


def test_a_rollout_is_bad_when_ecs_says_that_it_failed():
    found = rollout(on(ours(rollout_state="FAILED", rollout_state_reason="tasks failed to start.")))

    assert (found.finding, found.sentence) == (Finding.BAD, "ECS: tasks failed to start.")


def test_a_rollout_has_time_until_its_deadline():
    moving = on(ours(rollout_state="IN_PROGRESS", running_count=1))

    assert rollout(moving, minutes(29)).finding is Finding.NOT_YET
    late = rollout(moving, minutes(30))
    assert (late.finding, late.reason) == (Finding.BAD, "rollout_deadline")
    assert "1 of 4 tasks run" in late.sentence


@pytest.mark.parametrize(
    ("status", "finding"),
    [
        ("IN_PROGRESS", Finding.NOT_YET),
        ("SOMETHING_NEW", Finding.NOT_YET),
        ("SUCCESSFUL", Finding.GOOD),
        ("ROLLBACK_FAILED", Finding.BAD),
        ("STOPPED", Finding.BAD),
    ],
)
def test_a_deployment_that_does_not_say_how_it_stands_is_judged_by_the_servers_record(status, finding):
    record = PastDeployment("arn", InForce(revision(2), ()), NOW, status)
    silent = by_record(on(ours(rollout_state="")), [record])

    assert rollout(silent).finding is finding


def test_what_a_deployment_says_of_itself_goes_before_the_record():
    record = PastDeployment("arn", InForce(revision(2), ()), NOW, "SUCCESSFUL")

    assert rollout(by_record(on(ours(rollout_state="FAILED")), [record])).finding is Finding.BAD
    assert rollout(by_record(on(ours(rollout_state="")), [])).finding is Finding.NOT_YET


def test_a_strategy_that_is_not_known_is_named_while_it_is_given_time():
    odd = on(ours(rollout_state="IN_PROGRESS"), plan=RolloutPlan("SHADOW"))

    found = rollout(odd)

    assert (found.finding, found.reason) == (Finding.NOT_YET, "unknown_strategy")
    assert "SHADOW" in found.sentence


def test_a_newer_deployment_of_somebody_else_supersedes():
    newer = on(ours(status="ACTIVE"), a_deployment(id="ecs-svc/3", task_definition=revision(3)))

    assert rollout(replace(newer, task_definition=revision(3))).finding is Finding.SUPERSEDED


def test_a_deployment_that_knows_nothing_of_ours_may_be_older_and_is_asked_again():
    covered = on(a_deployment(id="ecs-svc/3", task_definition=revision(3)), task_definition=revision(3))

    first = rollout(covered)

    assert (first.finding, first.reason) == (Finding.NOT_YET, "record_unclear")
    assert rollout(covered, outcome="record_unclear").finding is Finding.SUPERSEDED


def test_a_reading_from_before_our_write_is_no_sign_that_ecs_went_back():
    before = a_deployment(id="ecs-svc/1", task_definition=revision(1))
    applied = OURS | {"sent": "ecs-svc/1"}

    found = rollout(on(before, task_definition=revision(1)), applied=applied)

    assert (found.finding, found.reason) == (Finding.NOT_YET, "old_reading")


def test_the_deployment_before_ours_is_no_old_reading_for_ever():
    before = a_deployment(id="ecs-svc/1", task_definition=revision(1))
    applied = OURS | {"sent": "ecs-svc/1"}

    found = rollout(on(before, task_definition=revision(1)), minutes(10), applied=applied)

    assert (found.finding, found.reason) == (Finding.NOT_YET, "record_unclear")


def told(*rows):
    """The record, newest first: what each deployment wanted, its status, and what ECS went back to."""
    return [
        PastDeployment(f"d{n}", wanted, NOW, status, *back) for n, (wanted, status, *back) in enumerate(rows)
    ]


FIRST, SECOND = InForce(revision(1), ()), InForce(revision(2), ())
BASE = (FIRST, "SUCCESSFUL")
BACK = on(a_deployment(id="ecs-svc/3"), task_definition=revision(1))


def test_what_ecs_took_back_is_told_by_the_status_of_our_own_deployment():
    taken_back = told((SECOND, "ROLLBACK_SUCCESSFUL", FIRST), BASE)
    and_deployed_since = told((FIRST, "IN_PROGRESS"), (SECOND, "ROLLBACK_SUCCESSFUL", FIRST), BASE)

    for history in (taken_back, and_deployed_since):
        found = rollout(BACK, history=history)
        assert (found.finding, found.reason) == (Finding.UNDONE_BY_ECS, "circuit_breaker")


def test_what_ecs_took_back_needs_no_second_reading_although_it_has_the_id_of_the_deployment_before_ours():
    back = on(a_deployment(id="ecs-svc/1"), task_definition=revision(1))
    history = told((SECOND, "ROLLBACK_SUCCESSFUL", FIRST), BASE)

    assert rollout(back, history=history, applied=OURS | {"sent": "ecs-svc/1"}).reason == "circuit_breaker"


def test_the_base_that_somebody_deployed_over_ours_is_somebodys_wish():
    found = rollout(BACK, history=told((FIRST, "IN_PROGRESS"), (SECOND, "STOPPED"), BASE))

    assert (found.finding, found.reason) == (Finding.SUPERSEDED, "newer_deployment")


@pytest.mark.parametrize(
    ("ours_ended", "state", "finding"),
    [
        ("SUCCESSFUL", "IN_PROGRESS", Finding.GOOD),
        ("SUCCESSFUL", "FAILED", Finding.GOOD),
        ("SUCCESSFUL", "COMPLETED", Finding.SUPERSEDED),
        ("STOPPED", "IN_PROGRESS", Finding.SUPERSEDED),
    ],
)
def test_a_size_that_ecs_completed_is_watched_until_what_was_deployed_over_it_is_rolled_out(
    ours_ended, state, finding
):
    theirs = on(a_deployment(id="ecs-svc/3", rollout_state=state), task_definition=revision(3))
    history = told((InForce(revision(3), ()), "IN_PROGRESS"), (SECOND, ours_ended), BASE)

    assert rollout(theirs, history=history).finding is finding


@pytest.mark.parametrize("kind", [Kind.SHIFT, Kind.RETURN, Kind.ROLLBACK])
def test_a_move_that_ecs_took_back_is_a_persons_if_nothing_good_is_left(kind):
    home, away = InForce(revision(1), SPOT_FIRST), InForce(revision(1), ON_DEMAND)
    moved = {"kind": kind, "base": Base(None, SPOT_FIRST), "target": Target(None, None, ON_DEMAND)}
    back = on(a_deployment(id="ecs-svc/3"), capacity_provider_strategy=SPOT_FIRST)
    history = told((away, "ROLLBACK_SUCCESSFUL", home), (home, "SUCCESSFUL"))

    found = rollout(back, history=history, **moved)

    assert found.reason == "circuit_breaker"
    assert found.finding is (Finding.UNDONE_BY_ECS if kind is Kind.RETURN else Finding.CANNOT_TELL)
    if kind is not Kind.RETURN:
        newer = [PastDeployment("d", home, NOW, "IN_PROGRESS"), *history]
        assert rollout(back, history=newer, **moved).finding is Finding.SUPERSEDED


@pytest.mark.parametrize("history", [(), told((SECOND, "IN_PROGRESS"), BASE)])
@pytest.mark.parametrize(
    ("left", "finding"),
    [
        ((), Finding.UNDONE_BY_ECS),
        ((ours(status="ACTIVE", rollout_state="FAILED"),), Finding.UNDONE_BY_ECS),
        ((ours(status="ACTIVE"),), Finding.SUPERSEDED),
    ],
)
def test_a_record_that_does_not_tell_is_asked_again_and_then_done_without(history, left, finding):
    back = replace(BACK, deployments=(*BACK.deployments, *left))

    first = rollout(back, history=history)
    assert (first.finding, first.reason) == (Finding.NOT_YET, "record_unclear")
    assert rollout(back, history=history, outcome="record_unclear").finding is finding


def test_a_service_that_is_gone_supersedes_and_is_not_asked_anything():
    assert rollout(None).reason == "service_gone"
    assert rollout(on()).reason == "service_gone"
    assert judge_watch(watching(), None, NOW).reason == "service_gone"
    assert judge_watch(watching(), on(ours(), status="INACTIVE"), NOW + 9 * DAY).reason == "service_gone"


def test_a_watch_is_not_over_before_its_time():
    assert judge_watch(watching(), on(ours()), NOW + DAY - minutes(1)).finding is Finding.NOT_YET


def test_a_watch_that_ends_at_rest_is_good():
    assert judge_watch(watching(), on(ours()), NOW + DAY).finding is Finding.GOOD


def test_a_watch_that_cannot_tell_goes_on_and_ends_without_ever_being_a_success():
    restless = on(ours(), running_count=3)

    findings = [judge_watch(watching(), restless, NOW + DAY * days).finding for days in (1, 3, 4, 40)]

    assert findings == [Finding.NOT_YET, Finding.NOT_YET, Finding.CANNOT_TELL, Finding.CANNOT_TELL]


def test_whoever_deployed_since_is_left_alone():
    assert judge_watch(watching(), on(ours(), task_definition=revision(3)), NOW).finding is Finding.SUPERSEDED


@pytest.mark.parametrize(
    ("rollout_state", "reason"),
    [("IN_PROGRESS", "newer_deployment_in_progress"), ("FAILED", "newer_deployment_failed")],
)
def test_a_deployment_of_somebody_ends_the_watch_only_once_it_is_rolled_out_or_takes_too_long(
    rollout_state, reason
):
    under_way = on(ours(rollout_state=rollout_state), task_definition=revision(3))

    found = [judge_watch(watching(), under_way, NOW + DAY * days) for days in (1, 3, 4)]

    assert [one.finding for one in found] == [Finding.NOT_YET, Finding.NOT_YET, Finding.SUPERSEDED]
    assert found[0].reason == reason


@pytest.mark.parametrize("kind", [Kind.SHIFT, Kind.RETURN])
def test_a_shift_is_watched_by_its_strategy_and_lives_with_new_revisions(kind):
    change = watching(
        kind=kind,
        base=Base(revision(1), SPOT_FIRST),
        target=Target(capacity_provider_strategy=ON_DEMAND),
    )
    there = on(ours(), task_definition=revision(9), capacity_provider_strategy=ON_DEMAND)

    assert judge_watch(change, there, NOW + DAY).finding is Finding.GOOD
    back = replace(there, capacity_provider_strategy=SPOT_FIRST)
    assert judge_watch(change, back, NOW + DAY).finding is Finding.SUPERSEDED


@given(
    st.sampled_from(list(Kind)),
    st.integers(0, 10 * 24 * 60),
    st.integers(0, 5),
    st.integers(0, 5),
    st.sampled_from(["", "IN_PROGRESS", "COMPLETED", "FAILED"]),
)
def test_only_a_service_at_rest_on_our_own_change_is_ever_a_success(kind, waited, running, pending, state):
    service = on(ours(rollout_state=state), running_count=running, pending_count=pending)
    now = NOW + minutes(waited)

    rolled = judge_rollout(deploying(kind=kind), service, (), minutes(30), now)
    watched = judge_watch(watching(), service, now)

    if rolled.finding is Finding.GOOD:
        assert state == "COMPLETED"
    if watched.finding is Finding.GOOD:
        assert (running, pending, state != "IN_PROGRESS") == (4, 0, True)
