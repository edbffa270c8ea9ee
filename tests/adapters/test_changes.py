"""What the Changes port promises, on every store: the double of the workflow tests obeys it like DynamoDB."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.adapters.stores import STORES, store
from tests.samples import NOW, ORDERS, a_change, a_stop, minutes
from trimtab.model.change import (
    FIRST_STATES,
    Base,
    Kind,
    MonthlyUsd,
    State,
    Target,
    Turn,
)
from trimtab.model.errors import ConflictError, IllegalTransitionError
from trimtab.model.head import Head
from trimtab.model.service import StrategyItem
from trimtab.model.task_size import TaskSize

LEASE = NOW + minutes(3)
LATER = NOW + minutes(10)


@pytest.fixture(scope="module", params=STORES)
def kept(request):
    with store(request.param) as kept:
        yield kept


@pytest.fixture
def changes(kept):
    return kept.changes


@pytest.fixture
def workload(request):
    """A workload of its own for each test: the table is made once."""
    return f"{ORDERS}/{request.node.name}"


@pytest.fixture
def recorded(changes, workload):
    def record(**said):
        change = a_change(**{"workload": workload, **said})
        assert changes.record(change)
        return change

    return record


@pytest.fixture
def taken(changes, recorded):
    return lambda **said: changes.take(recorded(**said), LEASE, NOW)


@pytest.fixture
def deploying(changes, taken):
    def deploy(**said):
        return changes.move(
            taken(**said), State.DEPLOYING, Turn.SETTLE, LATER, NOW, applied={"deployment": "ecs-svc/2"}
        )

    return deploy


def again(changes, change):
    return changes.get(change.workload, change.id)


def a_rollback(parent, **said):
    told = {
        "workload": parent.workload,
        "id": f"rollback-of-{parent.id}",
        "kind": Kind.ROLLBACK,
        "parent": parent.id,
        "decide_by": NOW + minutes(60),
    }
    return a_change(**{**told, **said})


def test_a_change_is_read_as_it_was_recorded(changes, recorded):
    change = recorded(
        base=Base("td:1", (StrategyItem("FARGATE", 3, 1),), "FARGATE", TaskSize(1024, 4096)),
        target=Target(TaskSize(512, 1024), "td:2", (StrategyItem("FARGATE_SPOT", 1),), None, "task/1", 2),
        evidence={"cpu_ratio_p95": 0.1234, "days": 14, "autoscaled": False, "text": ""},
        monthly_usd=MonthlyUsd(120.5, 60.0, "list"),
        applied={"task_definition": "td:2"},
        parent="p",
        depth=1,
    )

    assert again(changes, change) == change


def test_a_change_that_is_recorded_twice_is_there_once_and_as_it_was_first(changes, recorded):
    change = recorded()

    new = changes.record(replace(change, sentence="Said again."))

    assert not new
    assert [c.sentence for c in changes.of(change.workload)] == [change.sentence]


@pytest.mark.parametrize("state", sorted(set(State) - FIRST_STATES))
def test_no_change_begins_in_the_middle_of_its_life(changes, workload, state):
    change = a_change(workload=workload, id=state.value, state=state)

    with pytest.raises(IllegalTransitionError):
        changes.record(change)

    assert again(changes, change) is None


def test_a_change_nobody_recorded_is_none(changes, workload):
    assert changes.get(workload, "nothing") is None
    assert changes.of(workload) == []


def test_a_change_belongs_to_its_workload_alone(changes, recorded, workload):
    recorded()
    other = recorded(workload=workload + "-api")

    assert [c.workload for c in changes.of(workload)] == [workload]
    assert [c.workload for c in changes.of(other.workload)] == [other.workload]


def test_taking_a_change_holds_its_workload_and_raises_the_fence(kept, changes, recorded):
    change = recorded()

    taken = changes.take(change, LEASE, NOW)

    assert (taken.state, taken.turn, taken.due_at, taken.fence) == (State.APPLYING, Turn.SETTLE, LEASE, 1)
    assert again(changes, change) == taken
    assert kept.head(change.workload) == change.id


def test_a_workload_is_known_to_have_been_taken_long_after(changes, recorded, workload):
    change = recorded()
    assert not changes.was_taken(workload)

    taken = changes.take(change, LEASE, NOW)
    changes.move(taken, State.REFUSED, Turn.NONE, NOW, NOW, "held", "on hold")

    assert changes.was_taken(workload)


def test_a_second_change_cannot_be_taken_while_the_first_holds_the_workload(kept, changes, recorded, taken):
    first = taken()
    second = recorded(id="second")

    with pytest.raises(ConflictError):
        changes.take(second, LEASE, NOW)

    assert again(changes, second) == second
    assert kept.head(first.workload) == first.id


def test_a_lease_that_ran_out_gives_no_other_change_a_way_in(changes, recorded, taken):
    taken()
    second = recorded(id="second")

    with pytest.raises(ConflictError):
        changes.take(second, LATER + minutes(3), LATER)


def test_of_two_appliers_that_read_the_same_change_one_gets_it(changes, recorded):
    change = recorded()
    changes.take(change, LEASE, NOW)

    with pytest.raises(ConflictError):
        changes.take(change, LEASE, NOW)

    assert again(changes, change).fence == 1


def test_a_stop_is_archived_with_the_change_that_answers_it(kept, changes, workload):
    change, stop = a_change(workload=workload), a_stop(task_arn=workload)

    assert changes.record_answer(change, stop)
    assert not changes.record_answer(replace(change, sentence="Said again."), stop)

    assert again(changes, change) == change
    assert kept.archived(stop)


@pytest.mark.parametrize("there", ["change", "stop"])
def test_what_is_missing_of_a_change_and_its_stop_is_added(kept, changes, workload, there):
    change, stop = a_change(workload=workload), a_stop(task_arn=workload)
    if there == "change":
        changes.record(change)
    else:
        changes.record_answer(replace(change, id="another"), stop)

    said_again = replace(change, sentence="Said again.")
    assert changes.record_answer(said_again, stop) is (there == "stop")

    assert again(changes, change) == (said_again if there == "stop" else change)
    assert kept.archived(stop)


def test_no_stop_is_archived_with_a_change_that_does_not_begin_so(kept, changes, workload):
    stop = a_stop(task_arn=workload)

    with pytest.raises(IllegalTransitionError):
        changes.record_answer(a_change(workload=workload, state=State.WATCHING), stop)

    assert not kept.archived(stop)


def test_a_lineage_is_read_with_who_holds_it(changes, recorded, workload):
    assert changes.of_lineage(workload) == ([], Head())
    first, second = recorded(id="first"), recorded(id="second")
    assert changes.of_lineage(workload) == ([first, second], Head())

    taken = changes.take(first, LEASE, NOW)
    assert changes.of_lineage(workload) == ([taken, second], Head("first", 1))
    changes.move(taken, State.REFUSED, Turn.NONE, NOW, NOW, "held", "On hold.")

    assert changes.of_lineage(workload)[1] == Head(None, 1)


def test_a_change_is_taken_on_a_reading_that_nobody_has_taken_anything_since(changes, recorded, workload):
    first, second = recorded(id="first"), recorded(id="second")
    _, before = changes.of_lineage(workload)
    taken = changes.take(first, LEASE, NOW, before)
    _, held = changes.of_lineage(workload)
    changes.move(taken, State.REFUSED, Turn.NONE, NOW, NOW, "held", "On hold.")

    for old in (before, held):
        with pytest.raises(ConflictError):
            changes.take(second, LEASE, NOW, old)
    assert again(changes, second) == second

    _, free = changes.of_lineage(workload)
    assert changes.take(second, LEASE, NOW, free).state is State.APPLYING


def test_a_lease_of_its_own_that_ran_out_is_taken_over_on_a_reading(changes, taken):
    dead = taken()
    changes.wait(dead, Turn.APPLY, LEASE + minutes(1), "applier_lost", "It did not come back.")
    lineage, head = changes.of_lineage(dead.workload)

    assert changes.take(lineage[0], LATER, LEASE + minutes(1), head).fence == 2


def test_whose_place_a_started_task_has_is_kept_with_its_change(kept, changes, taken):
    change = taken()

    moved = changes.started(change, "arn:task/prod/new-1", LATER, NOW, {"task": "arn:task/prod/new-1"})

    assert again(changes, change) == moved
    assert (moved.state, moved.applied) == (State.DEPLOYING, {"task": "arn:task/prod/new-1"})
    assert kept.link("arn:task/prod/new-1") == (change.workload, change.id)


def test_whose_place_a_task_has_is_kept_though_another_applier_goes_on(kept, changes, taken):
    change = taken()
    changes.wait(change, Turn.APPLY, LATER, "applier_lost", "It did not come back.")

    with pytest.raises(ConflictError):
        changes.started(change, "arn:task/prod/new-2", LATER, NOW, {"task": "arn:task/prod/new-2"})

    assert again(changes, change).state is State.APPLYING
    assert kept.link("arn:task/prod/new-2") == (change.workload, change.id)


def test_a_lease_in_force_cannot_be_taken_over(changes, taken):
    with pytest.raises(ConflictError):
        changes.take(taken(), LATER, NOW + minutes(1))


def test_a_lease_that_ran_out_is_taken_over_with_a_higher_fence(kept, changes, taken):
    dead = taken()
    changes.wait(dead, Turn.APPLY, LEASE + minutes(1), "applier_lost", "It did not come back.")
    handed_back = again(changes, dead)

    over = changes.take(handed_back, LATER, LEASE + minutes(1))

    assert (over.state, over.fence) == (State.APPLYING, 2)
    assert kept.head(dead.workload) == dead.id


def test_whoever_lost_the_lease_cannot_move_the_change(changes, taken):
    dead = taken()
    changes.wait(dead, Turn.APPLY, LEASE + minutes(1), "applier_lost", "It did not come back.")
    over = changes.take(again(changes, dead), LATER, LEASE + minutes(1))

    with pytest.raises(ConflictError):
        changes.move(dead, State.DEPLOYING, Turn.SETTLE, LATER, NOW)
    with pytest.raises(ConflictError):
        changes.note(dead, {"task_definition": "td:9"})

    assert again(changes, dead) == over


def test_a_fence_alone_keeps_a_late_applier_out(changes, taken):
    over = taken()
    late = replace(over, fence=0)

    with pytest.raises(ConflictError):
        changes.note(late, {"task_definition": "td:9"})


def test_a_step_the_state_machine_does_not_have_changes_nothing(changes, recorded):
    change = recorded()

    with pytest.raises(IllegalTransitionError):
        changes.move(change, State.SUCCEEDED, Turn.NONE, NOW, NOW)

    assert again(changes, change) == change


def test_a_change_that_was_closed_cannot_be_taken(kept, changes, recorded):
    change = recorded()
    closed = changes.move(change, State.REFUSED, Turn.NONE, NOW, NOW, "held", "On hold.")

    with pytest.raises(IllegalTransitionError):
        changes.take(closed, LEASE, NOW)

    assert kept.head(change.workload) is None


@pytest.mark.parametrize("to", [State.PLANNED, State.REFUSED, State.SUCCEEDED, State.FAILED])
def test_leaving_the_states_that_hold_a_workload_gives_it_up(kept, changes, taken, recorded, to):
    first = taken()

    changes.move(first, to, Turn.APPLY, LATER, NOW, "why", "Because.")

    assert kept.head(first.workload) is None
    assert changes.take(recorded(id="second"), LEASE, NOW).state is State.APPLYING


def test_a_deploying_change_holds_its_workload_and_a_watched_one_does_not(kept, changes, deploying):
    change = deploying()
    assert kept.head(change.workload) == change.id

    watching = changes.move(change, State.WATCHING, Turn.SETTLE, LATER, NOW)

    assert kept.head(change.workload) is None
    assert watching.applied == {"deployment": "ecs-svc/2"}


def test_every_step_sets_whose_turn_it_is_and_when(changes, taken):
    moved = changes.move(taken(), State.DEPLOYING, Turn.SETTLE, LATER, NOW, "why", "Because.", {"a": "b"})

    there = again(changes, moved)
    assert (there.turn, there.due_at) == (Turn.SETTLE, LATER)
    assert (there.outcome, there.outcome_sentence, there.applied) == ("why", "Because.", {"a": "b"})
    assert there.times == {"planned": NOW, "applying": NOW, "deploying": NOW}


@pytest.mark.parametrize("to", [State.SUPERSEDED, State.REFUSED, State.EXPIRED, State.NEEDS_HUMAN])
def test_a_closed_change_is_nobodys_turn_whatever_the_caller_says(changes, recorded, to):
    change = recorded(id=to.value)

    closed = changes.move(change, to, Turn.APPLY, NOW, NOW, "why", "Because.")

    assert closed.turn is Turn.NONE
    assert again(changes, change).turn is Turn.NONE


def test_what_is_noted_stays_and_moves_nothing(changes, taken):
    change = taken()

    changes.note(changes.note(change, {"task_definition": "td:2"}), {"deployment": "ecs-svc/2"})

    there = again(changes, change)
    assert there.applied == {"task_definition": "td:2", "deployment": "ecs-svc/2"}
    assert (there.state, there.turn, there.fence) == (State.APPLYING, Turn.SETTLE, 1)


def test_noting_the_same_again_is_no_error(changes, taken):
    change = changes.note(taken(), {"task_definition": "td:2"})

    noted = changes.note(change, {"task_definition": "td:2"})

    assert noted == change


def test_waiting_sets_the_next_turn_in_the_same_state(changes, recorded):
    change = recorded()

    changes.wait(change, Turn.APPLY, LATER, "workload_busy", "Another one is at it.")

    there = again(changes, change)
    assert (there.state, there.due_at, there.outcome) == (State.PLANNED, LATER, "workload_busy")


def test_waiting_for_what_is_already_waited_for_is_no_error(changes, recorded):
    change = recorded(outcome="busy", outcome_sentence="Busy.")

    changes.wait(change, change.turn, change.due_at, "busy", "Busy.")

    assert again(changes, change) == change


def test_whoever_read_a_change_before_it_waited_cannot_move_it(changes, recorded):
    change = recorded()
    changes.wait(change, Turn.APPLY, LATER, "workload_busy", "Another one is at it.")

    with pytest.raises(ConflictError):
        changes.move(change, State.SUPERSEDED, Turn.NONE, NOW, NOW)


def test_the_bell_wakes_a_change_that_is_the_appliers_turn(changes, recorded):
    change = recorded()

    changes.ring(change)
    changes.ring(change)

    assert again(changes, change) == replace(change, wakes=2)


def test_the_bell_leaves_a_change_alone_that_is_not_the_appliers_turn(changes, taken):
    change = taken()

    changes.ring(replace(change, turn=Turn.APPLY))

    assert again(changes, change) == change


def test_the_bell_makes_no_change_out_of_nothing(changes, workload):
    changes.ring(a_change(workload=workload))

    assert changes.of(workload) == []


def test_a_step_leaves_alone_what_it_does_not_change(changes, recorded, taken):
    rung = recorded(id="rung")
    changes.ring(rung)
    changes.wait(rung, Turn.APPLY, LATER, "workload_busy", "Another one is at it.")
    assert again(changes, rung).wakes == 1

    before = taken()
    changes.note(before, {"task_definition": "td:2"})
    changes.move(before, State.PLANNED, Turn.APPLY, LATER, NOW, "throttled", "Later.")
    assert again(changes, before).applied == {"task_definition": "td:2"}


def test_a_change_can_be_moved_after_the_bell_has_rung(changes, recorded):
    change = recorded()
    changes.ring(change)

    assert changes.take(change, LEASE, NOW).fence == 1


def test_a_rollback_takes_the_workload_over_from_a_deploying_parent(kept, changes, deploying):
    parent = deploying()
    rollback = a_rollback(parent)

    changes.roll_back(parent, rollback, NOW, "rollout_failed", "ECS: tasks failed.")
    taken = changes.take(rollback, LEASE, NOW)

    there = again(changes, parent)
    assert (there.state, there.turn, there.due_at) == (State.ROLLING_BACK, Turn.SETTLE, rollback.decide_by)
    assert there.outcome == "rollout_failed"
    assert taken.state is State.APPLYING
    assert kept.head(parent.workload) == rollback.id


def test_a_rollback_of_a_watched_change_leaves_no_gap_for_anybody_else(kept, changes, deploying, recorded):
    parent = changes.move(deploying(), State.WATCHING, Turn.SETTLE, LATER, NOW)
    other = recorded(id="other")

    changes.roll_back(parent, a_rollback(parent), NOW, "near_memory_limit", "It came near.")

    assert kept.head(parent.workload) == parent.id
    with pytest.raises(ConflictError):
        changes.take(other, LEASE, NOW)
    assert changes.take(a_rollback(parent), LEASE, NOW).state is State.APPLYING


def test_a_watched_change_is_not_rolled_back_while_another_one_is_under_way(kept, changes, deploying, taken):
    parent = changes.move(deploying(), State.WATCHING, Turn.SETTLE, LATER, NOW)
    other = taken(id="other")

    with pytest.raises(ConflictError):
        changes.roll_back(parent, a_rollback(parent), NOW, "near_memory_limit", "It came near.")

    assert again(changes, parent) == parent
    assert again(changes, a_rollback(parent)) is None
    assert kept.head(parent.workload) == other.id


def test_a_change_is_rolled_back_once(changes, deploying):
    parent = deploying()
    changes.roll_back(parent, a_rollback(parent), NOW, "rollout_failed", "ECS: tasks failed.")

    with pytest.raises(ConflictError):
        changes.roll_back(parent, a_rollback(parent, id="second"), NOW, "rollout_failed", "ECS again.")

    assert again(changes, a_rollback(parent, id="second")) is None


def test_a_change_that_went_on_meanwhile_is_not_rolled_back(changes, deploying):
    parent = deploying()
    changes.move(parent, State.WATCHING, Turn.SETTLE, LATER, NOW)

    with pytest.raises(ConflictError):
        changes.roll_back(parent, a_rollback(parent), NOW, "rollout_failed", "ECS: tasks failed.")

    assert again(changes, a_rollback(parent)) is None


def test_the_parent_closes_after_its_rollback_without_touching_the_workload(
    kept, changes, deploying, recorded
):
    parent = deploying()
    rollback = a_rollback(parent)
    changes.roll_back(parent, rollback, NOW, "rollout_failed", "ECS: tasks failed.")
    ours = changes.take(rollback, LEASE, NOW)
    ours = changes.move(ours, State.DEPLOYING, Turn.SETTLE, LATER, NOW)
    changes.move(ours, State.WATCHING, Turn.SETTLE, LATER, NOW)
    changes.take(recorded(id="next"), LEASE, NOW)

    changes.move(again(changes, parent), State.ROLLED_BACK, Turn.NONE, NOW, NOW)

    assert again(changes, parent).state is State.ROLLED_BACK
    assert kept.head(parent.workload) == "next"


def test_a_parent_that_gives_up_its_rollback_gives_up_the_workload(kept, changes, deploying):
    parent = deploying()
    changes.roll_back(parent, a_rollback(parent), NOW, "rollout_failed", "ECS: tasks failed.")

    changes.move(again(changes, parent), State.NEEDS_HUMAN, Turn.NONE, NOW, NOW)

    assert kept.head(parent.workload) is None


def test_what_is_due_comes_earliest_first_and_only_on_its_turn(changes, recorded, workload):
    def of_mine(turn, until):
        return [c.id for c in changes.due(turn, until) if c.workload == workload]

    recorded(id="second", due_at=NOW + minutes(2))
    recorded(id="first", due_at=NOW + minutes(1))
    recorded(id="later", due_at=NOW + minutes(9))
    recorded(id="settle", turn=Turn.SETTLE, due_at=NOW)
    recorded(id="person", state=State.PROPOSED, turn=Turn.PERSON, due_at=NOW)
    recorded(id="closed", state=State.REFUSED, turn=Turn.NONE, due_at=NOW)

    assert of_mine(Turn.APPLY, NOW + minutes(2)) == ["first", "second"]
    assert of_mine(Turn.SETTLE, NOW + minutes(2)) == ["settle"]
    assert of_mine(Turn.PERSON, NOW + minutes(2)) == ["person"]
    assert of_mine(Turn.NONE, NOW + timedelta(days=9)) == []


def test_no_more_is_read_than_is_asked_for_and_the_earliest_come_first(changes, recorded, workload):
    ancient = NOW - timedelta(days=900)
    for number in (3, 1, 2):
        recorded(id=f"old{number}", turn=Turn.PERSON, state=State.PROPOSED, due_at=ancient + minutes(number))

    found = [c.id for c in changes.due(Turn.PERSON, NOW, limit=2)]

    assert found == ["old1", "old2"]
    for change in changes.open_of(workload):
        changes.move(change, State.EXPIRED, Turn.NONE, NOW, NOW)


def test_the_open_changes_of_a_workload_are_those_that_are_not_closed(changes, recorded, workload):
    for turn in (Turn.APPLY, Turn.SETTLE, Turn.PERSON):
        recorded(id=turn.value, state=State.PROPOSED, turn=turn)
    recorded(id="other", workload=f"{workload}/other")
    closing = recorded(id="closing")
    assert {c.id for c in changes.open_of(workload)} == {"apply", "settle", "person", "closing"}

    changes.move(closing, State.REFUSED, Turn.NONE, NOW, NOW)

    assert {c.id for c in changes.open_of(workload)} == {"apply", "settle", "person"}
    assert len(changes.of(workload)) == 4


def test_a_change_leaves_the_open_index_when_it_closes(changes, recorded, workload):
    change = recorded()

    changes.move(change, State.REFUSED, Turn.NONE, NOW, NOW)

    due = [c for turn in Turn for c in changes.due(turn, NOW + timedelta(days=9)) if c.workload == workload]
    assert due == []


def test_parts_of_a_second_do_not_keep_a_reader_from_moving_what_it_read(changes, recorded):
    precise = NOW + timedelta(microseconds=123456)
    change = recorded(due_at=precise, created_at=precise)

    taken = changes.take(change, LEASE + timedelta(microseconds=7), precise)

    assert changes.note(taken, {"task": "t"}).applied == {"task": "t"}
