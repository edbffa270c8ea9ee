"""What went wrong twice, or was reset twice, is left alone until a person clears it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, a_change, a_definition, revision
from trimtab.decisions.quarantine import (
    AFTERWARDS,
    SEEN_AT,
    Afterwards,
    advise,
    judge_past,
    to_look_after,
    what_came_after,
)
from trimtab.model.budget import Limits
from trimtab.model.change import Base, Kind, State, Turn
from trimtab.model.decision import Go, Resize
from trimtab.model.task_size import TaskSize

LIMITS = Limits()
FORWARD = (Kind.RESIZE, Kind.RAISE_MEMORY, Kind.RETURN)


def ended(days_ago, state=State.ROLLED_BACK, kind=Kind.RESIZE, outcome="rollout_failed", **said):
    at = NOW - timedelta(days=days_ago)
    times = {"planned": at, "deploying": at, state.value: at}
    told = {
        "id": f"{kind}{days_ago}", "kind": kind, "state": state, "turn": Turn.NONE, "outcome": outcome,
        "created_at": at, "times": times,
        "applied": {"deployment": "ecs-svc/1", "task_definition": revision(2)},
    }  # fmt: skip
    return a_change(**{**told, **said})


def reset(days_ago, after=Afterwards.RESET, **said):
    one = ended(days_ago, State.SUPERSEDED, outcome="newer_deployment", **said)
    seen_at = (NOW - timedelta(days=days_ago)).isoformat()
    return replace(one, applied={**one.applied, AFTERWARDS: after.value, SEEN_AT: seen_at})


def ask(past, kind=Kind.RESIZE, cleared_at=None, limits=LIMITS):
    return judge_past(kind, "orders", past, cleared_at, limits)


def test_a_service_without_a_past_and_one_with_a_single_reversal_may_be_changed():
    assert ask([]) == Go()
    assert ask([ended(1)]) == Go()


@pytest.mark.parametrize("kind", list(Kind))
def test_two_reversals_hold_sizes_and_returns_and_nothing_else(kind):
    answer = ask([ended(20), ended(1)], kind)

    if kind in FORWARD:
        assert answer.reason == "quarantined"
        assert "trimtab clear" in answer.sentence
    else:
        assert answer == Go()


@pytest.mark.parametrize(
    "outcome", ["rollout_failed", "circuit_breaker", "near_memory_limit", "undone_by_person"]
)
def test_a_reversal_counts_whoever_took_the_change_back(outcome):
    assert ask([ended(3), ended(1, outcome=outcome)]).reason == "quarantined"


@pytest.mark.parametrize("kind", FORWARD)
def test_a_change_that_went_wrong_and_was_left_to_a_person_counts(kind):
    given_up = ended(1, State.NEEDS_HUMAN, kind, "rollback_failed")

    assert ask([ended(3), given_up]).reason == "quarantined"


def test_what_needs_a_person_before_anything_was_sent_is_no_reversal():
    lost = ended(1, State.NEEDS_HUMAN, outcome="applier_lost", times={"needs_human": NOW})

    assert ask([ended(3), lost]) == Go()


@pytest.mark.parametrize(
    "excused",
    [
        ended(1, outcome="covered_a_deployment"),
        ended(1, kind=Kind.RETURN, outcome="rollout_deadline"),
        ended(1, State.NEEDS_HUMAN, Kind.SHIFT),
        ended(1, State.NEEDS_HUMAN, outcome="too_few_requests"),
        ended(1, State.NEEDS_HUMAN, outcome="requests_unclear"),
        ended(1, State.SUPERSEDED),
        ended(1, State.SUCCEEDED),
    ],
    ids=["covered a deployment", "empty pool", "shift", "too few", "cannot tell", "superseded", "succeeded"],
)
def test_ends_that_say_nothing_against_the_change_do_not_count(excused):
    assert ask([ended(3), excused]) == Go()


def test_what_a_person_undid_after_it_had_succeeded_counts():
    kept = ended(5, State.SUCCEEDED, id="kept")
    undo = ended(
        4, State.SUCCEEDED, Kind.ROLLBACK, "rolled_back", id="undo", reason="undone_by_person", cause="kept"
    )

    assert ask([kept, undo, ended(1)]).reason == "quarantined"


def test_reversals_far_apart_do_not_count_together_and_close_ones_do_not_pass_with_time():
    assert ask([ended(32), ended(1)]) == Go()
    assert ask([ended(300), ended(290)]).reason == "quarantined"


def test_what_was_before_a_person_cleared_the_service_does_not_count():
    cleared_at = NOW - timedelta(days=2)

    assert ask([ended(3), ended(2)], cleared_at=cleared_at) == Go()
    assert ask([ended(3), ended(1)], cleared_at=cleared_at) == Go()
    assert ask([ended(1), ended(1.5)], cleared_at=cleared_at).reason == "quarantined"
    assert ask([reset(3), reset(2)], cleared_at=cleared_at) == Go()


def test_one_reset_is_not_a_fight_and_two_are():
    assert ask([reset(9)]) == Go()
    answer = ask([reset(9), reset(2)])
    assert answer.reason == "fought"
    assert "handover" in answer.sentence


def test_a_fight_is_about_sizes_and_not_about_pools():
    assert ask([reset(9), reset(2)], Kind.RAISE_MEMORY).reason == "fought"
    assert ask([reset(9), reset(2)], Kind.RETURN) == Go()


def test_deployments_that_bring_the_old_size_along_are_no_fight_and_suggest_the_hand_over():
    past = [reset(9, Afterwards.OLD_SIZE), reset(5, Afterwards.OTHER), reset(2, Afterwards.OLD_SIZE)]
    size = Resize(TaskSize(512, 1024), "rule", "too_large", "It is too large.", {"cpu": 1})

    advised = advise(size, past, None)

    assert ask(past) == Go()
    assert advised.evidence == {"cpu": 1, "old_size_deployed": 2}
    assert "handover" in advised.sentence
    assert advise(size, past[1:2], None) == size


def test_counts_and_window_are_settings():
    stricter = Limits(reversals_that_quarantine=1, resets_that_stop=1)
    wider = Limits(reversal_window_days=60, reversals_that_quarantine=3)

    assert ask([ended(1)], limits=stricter).reason == "quarantined"
    assert ask([reset(1)], limits=stricter).reason == "fought"
    assert ask([ended(50), ended(40)], limits=wider) == Go()
    assert ask([ended(50), ended(40), ended(1)], limits=wider).reason == "quarantined"


@given(st.lists(st.integers(0, 400), max_size=6), st.integers(0, 400))
def test_clearing_never_makes_a_service_less_free(days, cleared):
    past = [ended(ago, id=str(number)) for number, ago in enumerate(days)]

    if ask(past) == Go():
        assert ask(past, cleared_at=NOW - timedelta(days=cleared)) == Go()
    assert ask(past, cleared_at=NOW) == Go()


OURS = a_definition(2, cpu_units=512, memory_mib=1024)
PUT = ended(1, State.SUCCEEDED)
OTHER_IMAGE = [{"name": "app", "image": "orders:2", "essential": True}]


def test_the_base_itself_and_the_same_content_in_the_old_size_are_resets():
    assert what_came_after(PUT, OURS, a_definition(1)) is Afterwards.RESET
    assert what_came_after(PUT, OURS, a_definition(3)) is Afterwards.RESET


def test_going_back_past_several_sizes_of_ours_is_a_reset():
    raised = a_definition(7, cpu_units=1024, memory_mib=8192)
    put = replace(PUT, base=Base(revision(6), (), "FARGATE", TaskSize(1024, 6144)))

    assert what_came_after(put, raised, a_definition(1)) is Afterwards.RESET
    assert what_came_after(put, raised, a_definition(8, memory_mib=9216)) is Afterwards.OTHER
    back = a_definition(1, containerDefinitions=OTHER_IMAGE)
    assert what_came_after(put, raised, back) is Afterwards.OTHER


def test_another_image_or_another_size_is_no_reset():
    assert (
        what_came_after(PUT, OURS, a_definition(3, containerDefinitions=OTHER_IMAGE)) is Afterwards.OLD_SIZE
    )
    assert what_came_after(PUT, OURS, a_definition(3, cpu_units=2048)) is Afterwards.OTHER
    assert what_came_after(PUT, OURS, replace(OURS, arn=revision(3))) is Afterwards.OTHER


def test_sizes_of_containers_are_sizes_too():
    sized = [{"name": "app", "image": "orders:1", "essential": True, "cpu": 512, "memory": 1024}]
    old = [{**sized[0], "cpu": 1024, "memory": 4096}]

    ours = a_definition(2, cpu_units=512, memory_mib=1024, containerDefinitions=sized)

    assert what_came_after(PUT, ours, a_definition(3, containerDefinitions=old)) is Afterwards.RESET


def test_only_the_last_size_that_was_kept_is_looked_after_and_only_once():
    kept, older = ended(1, State.SUCCEEDED, id="kept"), ended(9, State.SUCCEEDED, id="older")

    assert to_look_after([older, kept], revision(7)) == kept
    assert to_look_after([older, kept], revision(2)) is None
    assert to_look_after([older, reset(1)], revision(7)) is None
    assert to_look_after([kept, ended(0, State.ROLLED_BACK)], revision(7)) is None
    assert to_look_after([kept, ended(0, State.WATCHING, id="now")], revision(7)) is None
    assert to_look_after([], revision(7)) is None


def test_what_we_took_back_ourselves_is_nobodys_reset():
    kept = ended(5, State.SUCCEEDED, id="kept")
    undo = ended(4, State.SUCCEEDED, Kind.ROLLBACK, "rolled_back", id="undo", cause="kept")

    assert to_look_after([kept, undo], revision(1)) is None
    refused = replace(undo, state=State.REFUSED, applied={})
    assert to_look_after([kept, refused], revision(1)) == kept


@pytest.mark.parametrize("seen_at", [{}, {SEEN_AT: "yesterday"}, {SEEN_AT: "2026-03-01T00:00:00"}])
def test_a_note_that_cannot_be_dated_counts_and_one_of_another_release_says_nothing(seen_at):
    undated = [replace(reset(3), applied={AFTERWARDS: "reset", **seen_at}) for _ in range(2)]
    strange = [replace(reset(3), applied={AFTERWARDS: "teleported", SEEN_AT: NOW.isoformat()})] * 2

    assert ask(undated, cleared_at=NOW).reason == "fought"
    assert ask(strange) == Go()
