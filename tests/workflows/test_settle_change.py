"""What becomes of an applied Change: kept, rolled back, superseded, or handed to a person."""

from contextlib import suppress
from dataclasses import replace

import pytest

from tests.doubles.meanwhile import Faulty, Meanwhile
from tests.doubles.world import Crash, DiesAfter
from tests.samples import (
    NOW,
    ON_DEMAND,
    ORDERS,
    SPOT_FIRST,
    a_change,
    a_definition,
    a_service,
    a_spot_service,
    minutes,
    revision,
)
from trimtab.model.change import Base, Kind, State, Target, Turn
from trimtab.model.errors import UnreadableError
from trimtab.model.service import RolloutPlan
from trimtab.model.switch import NEVER_SET, UNREADABLE
from trimtab.workflows.ask_for_rollback import ask_for_rollback
from trimtab.workflows.settle_change import settle_workload, tick


@pytest.fixture
def resized(scene):
    """A resize that has just been put in force."""
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    scene.deliver()
    assert scene.now(change).state is State.DEPLOYING
    return change


@pytest.fixture
def returned(scene):
    """A return to Fargate Spot that has just been put in force."""
    scene.ecs.has(a_spot_service(capacity_provider_strategy=ON_DEMAND), a_definition())
    change = scene.record(
        a_change(
            id="return1",
            kind=Kind.RETURN,
            base=Base(revision(1), ON_DEMAND),
            target=Target(capacity_provider_strategy=SPOT_FIRST),
            watch_seconds=1800,
        )
    )
    scene.deliver()
    assert scene.now(change).state is State.DEPLOYING
    return change


def test_a_change_is_watched_and_kept_without_a_single_event(scene, resized):
    scene.minutes(6)
    assert scene.now(resized).state is State.DEPLOYING
    scene.ecs.finish(ORDERS)

    scene.minutes(6)
    assert scene.now(resized).state is State.WATCHING
    scene.clock.forward(days=1)
    scene.minutes(1)

    change = scene.now(resized)
    assert (change.state, change.turn, change.outcome) == (State.SUCCEEDED, Turn.NONE, "steady")
    assert scene.changes.head(ORDERS) is None


def test_an_event_settles_at_once_what_the_tick_would_find_later(scene, resized):
    scene.ecs.finish(ORDERS)

    assert settle_workload(ORDERS, scene.world) == 1

    assert scene.now(resized).state is State.WATCHING


def test_the_same_event_again_changes_nothing(scene, resized):
    scene.ecs.finish(ORDERS)
    settle_workload(ORDERS, scene.world)
    before = scene.now(resized)

    settle_workload(ORDERS, scene.world)

    assert scene.now(resized) == before


def test_an_event_of_a_service_without_changes_is_nothing_to_do(scene):
    assert settle_workload(ORDERS, scene.world) == 0


def test_a_rollout_that_fails_is_taken_back_and_closes_with_its_rollback(scene, resized):
    scene.ecs.finish(ORDERS, "FAILED", "tasks failed to start.")
    scene.minutes(6)

    rollback = scene.the_change(kind=Kind.ROLLBACK)
    assert scene.now(resized).state is State.ROLLING_BACK
    assert (rollback.parent, rollback.depth, rollback.state) == (resized.id, 1, State.DEPLOYING)
    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)
    scene.ecs.finish(ORDERS)
    scene.minutes(6)

    assert scene.now(rollback).state is State.SUCCEEDED
    parent = scene.now(resized)
    assert (parent.state, parent.outcome) == (State.ROLLED_BACK, "rollout_failed")
    assert scene.changes.head(ORDERS) is None


def test_a_return_that_finds_no_capacity_is_taken_back_to_where_it_came_from(scene, returned):
    scene.minutes(16)

    rollback = scene.the_change(kind=Kind.ROLLBACK)
    assert rollback.state is State.DEPLOYING
    assert scene.ecs.fleet[ORDERS].capacity_provider_strategy == ON_DEMAND
    scene.ecs.finish(ORDERS)
    scene.minutes(6)

    assert scene.now(returned).state is State.ROLLED_BACK
    assert scene.now(returned).outcome == "rollout_deadline"


def test_a_native_deployment_that_bakes_is_no_late_one(scene):
    """It bakes for five hours, and ECS tells how it stands in its record alone."""
    scene.ecs.has(a_service(plan=RolloutPlan("BLUE_GREEN", bake_minutes=300)), a_definition())
    change = scene.record(a_change())
    scene.deliver()
    service = scene.ecs.fleet[ORDERS]
    silent = tuple(replace(one, rollout_state="") for one in service.deployments)
    scene.ecs.change(ORDERS, deployments=silent)
    scene.minutes(300)
    assert (scene.now(change).state, scene.now(change).outcome) == (State.DEPLOYING, "rollout_in_progress")

    scene.ecs.past[ORDERS][0] = replace(scene.ecs.past[ORDERS][0], status="SUCCESSFUL")
    scene.ecs.change(ORDERS, deployments=silent[:1])
    scene.minutes(5)

    assert scene.now(change).state is State.WATCHING


def test_a_native_deployment_that_never_ends_is_taken_back_when_its_time_is_over(scene):
    scene.ecs.has(a_service(plan=RolloutPlan("BLUE_GREEN", bake_minutes=300)), a_definition())
    scene.record(a_change())
    scene.deliver()

    scene.minutes(312)

    assert scene.the_change(kind=Kind.ROLLBACK).reason == "rollout_deadline"


@pytest.mark.parametrize("crash", ["deploy", "note", "move"])
def test_a_rollback_survives_the_death_of_its_applier(scene, resized, crash):
    scene.ecs.finish(ORDERS, "FAILED", "tasks failed to start.")
    settle_workload(ORDERS, scene.world)
    port = "deployer" if crash == "deploy" else "changes"
    with pytest.raises(Crash):
        scene.deliver(replace(scene.world, **{port: DiesAfter(getattr(scene.world, port), crash)}))

    scene.minutes(5)
    scene.ecs.finish(ORDERS)
    scene.minutes(6)

    assert scene.now(resized).state is State.ROLLED_BACK
    assert [said for _, said in scene.ecs.deployed[1:]] == [{"task_definition": revision(1)}]


def test_a_rollback_is_let_through_when_only_rollbacks_are(scene, resized):
    scene.control.switch = NEVER_SET
    scene.ecs.finish(ORDERS, "FAILED")

    scene.minutes(6)

    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)


def test_a_stopped_trimtab_does_not_even_roll_back_and_a_person_is_told(scene, resized):
    scene.control.switch = UNREADABLE
    scene.ecs.finish(ORDERS, "FAILED")

    scene.minutes(80)

    assert scene.ecs.fleet[ORDERS].task_definition == revision(2)
    parent = scene.now(resized)
    assert (parent.state, parent.outcome) == (State.NEEDS_HUMAN, "rollback_failed")
    assert scene.the_change(kind=Kind.ROLLBACK).state is State.EXPIRED


def test_a_rollback_leaves_what_a_person_deployed_meanwhile(scene, resized):
    scene.ecs.finish(ORDERS, "FAILED")
    settle_workload(ORDERS, scene.world)
    scene.ecs.has(a_definition(7))
    scene.ecs.person_deploys(ORDERS, revision(7))

    scene.minutes(70)

    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)
    assert scene.the_change(kind=Kind.ROLLBACK).state is State.SUPERSEDED
    assert scene.now(resized).state is State.SUPERSEDED


def test_a_rollback_that_fails_itself_is_a_persons_and_so_is_its_parent(scene, resized):
    scene.ecs.finish(ORDERS, "FAILED")
    scene.minutes(6)
    scene.ecs.finish(ORDERS, "FAILED", "and again.")

    scene.minutes(6)

    assert scene.the_change(kind=Kind.ROLLBACK).state is State.NEEDS_HUMAN
    assert scene.now(resized).state is State.NEEDS_HUMAN
    assert len(scene.found(kind=Kind.ROLLBACK)) == 1


def test_what_ecs_took_back_by_itself_is_rolled_back_without_a_write(scene, resized):
    scene.ecs.goes_back(ORDERS)
    writes = len(scene.ecs.deployed)

    scene.minutes(6)

    change = scene.now(resized)
    assert (change.state, change.outcome) == (State.ROLLED_BACK, "circuit_breaker")
    assert len(scene.ecs.deployed) == writes
    assert scene.changes.head(ORDERS) is None


def test_a_reset_by_a_person_while_ours_rolls_out_is_not_called_the_circuit_breakers(scene, resized):
    scene.ecs.person_deploys(ORDERS, revision(1))
    scene.ecs.finish(ORDERS)

    scene.minutes(6)

    change = scene.now(resized)
    assert (change.state, change.outcome) == (State.SUPERSEDED, "newer_deployment")
    assert change.applied["afterwards"] == "reset"


def test_a_rollback_that_ecs_took_back_is_a_persons_and_so_is_its_parent(scene, resized):
    scene.ecs.finish(ORDERS)
    scene.minutes(6)
    ask_for_rollback(scene.now(resized), "near_memory_limit", "97 %", scene.world)
    scene.deliver()
    scene.ecs.goes_back(ORDERS)

    scene.minutes(6)

    rollback, parent = scene.the_change(kind=Kind.ROLLBACK), scene.now(resized)
    assert scene.ecs.fleet[ORDERS].task_definition == revision(2)
    assert (rollback.state, rollback.outcome) == (State.NEEDS_HUMAN, "circuit_breaker")
    assert (parent.state, parent.outcome) == (State.NEEDS_HUMAN, "rollback_failed")


def test_a_shift_that_ecs_took_back_is_a_persons(scene):
    scene.ecs.has(a_spot_service(), a_definition())
    to = Target(capacity_provider_strategy=ON_DEMAND)
    shift = scene.record(a_change(kind=Kind.SHIFT, base=Base(revision(1), SPOT_FIRST), target=to))
    scene.deliver()
    scene.ecs.goes_back(ORDERS)

    scene.minutes(6)

    assert (scene.now(shift).state, scene.now(shift).outcome) == (State.NEEDS_HUMAN, "circuit_breaker")


def test_a_return_that_ecs_took_back_is_rolled_back(scene, returned):
    scene.ecs.goes_back(ORDERS)

    scene.minutes(6)

    change = scene.now(returned)
    assert (change.state, change.outcome) == (State.ROLLED_BACK, "circuit_breaker")


@pytest.mark.parametrize("running", [4, 3])
def test_a_rollback_whose_settler_died_after_its_roll_out_is_done_whoever_finds_it(scene, resized, running):
    scene.ecs.finish(ORDERS, "FAILED")
    scene.minutes(6)
    scene.ecs.finish(ORDERS)
    scene.clock.forward(minutes=5)
    with pytest.raises(ExceptionGroup):
        tick(replace(scene.world, changes=DiesAfter(scene.changes, "move")))
    assert scene.the_change(kind=Kind.ROLLBACK).state is State.WATCHING
    scene.ecs.change(ORDERS, running_count=running)

    scene.minutes(1)

    assert scene.the_change(kind=Kind.ROLLBACK).state is State.SUCCEEDED
    assert (scene.now(resized).state, scene.now(resized).outcome) == (State.ROLLED_BACK, "rollout_failed")


def silent(scene, until):
    """Let the record say nothing of deployments before this instant."""

    class Lags:
        def of(self, service):
            now = scene.clock.now()
            return scene.ecs.deployment_history.of(service) if now >= until else ()

    scene.world = replace(scene.world, deployment_history=Lags())


@pytest.mark.parametrize("end", ["goes_back", "fails"])
def test_a_record_that_does_not_tell_what_ours_replaced_is_asked_again_before_any_way_back(scene, end):
    scene.ecs.has(a_service(), a_definition(), a_definition(7))
    change = scene.record(a_change())
    struck = Meanwhile(scene.world.deployer, "deploy", lambda: scene.ecs.person_deploys(ORDERS, revision(7)))
    silent(scene, scene.clock.now() + minutes(6))
    scene.apply(change, replace(scene.world, deployer=struck))
    scene.ecs.goes_back(ORDERS) if end == "goes_back" else scene.ecs.finish(ORDERS, "FAILED")

    scene.minutes(5)
    assert (scene.now(change).state, scene.now(change).outcome) == (State.DEPLOYING, "record_unclear")
    scene.minutes(7)

    assert scene.now(change).outcome == "covered_a_deployment"
    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)


def test_a_record_that_never_tells_holds_no_way_back_up(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    silent(scene, NOW + minutes(600))
    scene.deliver()
    scene.ecs.finish(ORDERS, "FAILED")

    scene.minutes(5)
    assert scene.found(kind=Kind.ROLLBACK) == []
    scene.minutes(2)

    assert scene.now(change).state is State.ROLLING_BACK
    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)


def test_a_shift_that_does_not_finish_stays_and_is_a_persons(scene):
    scene.ecs.has(a_spot_service(), a_definition())
    shift = scene.record(
        a_change(
            kind=Kind.SHIFT,
            base=Base(revision(1), SPOT_FIRST),
            target=Target(capacity_provider_strategy=ON_DEMAND),
        )
    )
    scene.deliver()

    scene.minutes(40)

    assert scene.now(shift).state is State.NEEDS_HUMAN
    assert scene.ecs.fleet[ORDERS].capacity_provider_strategy == ON_DEMAND
    assert scene.found(kind=Kind.ROLLBACK) == []


def test_a_newer_deployment_of_somebody_else_closes_the_watch(scene, resized):
    scene.ecs.finish(ORDERS)
    scene.minutes(6)
    scene.ecs.has(a_definition(7))
    scene.ecs.person_deploys(ORDERS, revision(7))
    scene.ecs.finish(ORDERS)

    settle_workload(ORDERS, scene.world)

    assert scene.now(resized).state is State.SUPERSEDED
    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)


def test_a_watch_outlasts_somebodys_deployment_that_ecs_goes_back_from(scene, resized):
    scene.ecs.finish(ORDERS)
    scene.minutes(6)
    scene.ecs.has(a_definition(7))
    scene.ecs.person_deploys(ORDERS, revision(7))

    settle_workload(ORDERS, scene.world)
    assert scene.now(resized).state is State.WATCHING

    scene.ecs.goes_back(ORDERS)
    scene.ecs.finish(ORDERS)
    scene.clock.forward(days=1)
    scene.minutes(6)
    assert (scene.now(resized).state, scene.now(resized).outcome) == (State.SUCCEEDED, "steady")


def test_a_service_that_never_comes_to_rest_is_never_called_a_success(scene, resized):
    scene.ecs.finish(ORDERS)
    scene.minutes(6)
    scene.ecs.change(ORDERS, running_count=3)

    for _ in range(5):
        scene.clock.forward(days=1)
        scene.minutes(6)

    change = scene.now(resized)
    assert (change.state, change.outcome) == (State.NEEDS_HUMAN, "never_steady")


def test_a_proposal_nobody_wanted_expires(scene):
    proposal = scene.record(
        a_change(
            state=State.PROPOSED, turn=Turn.PERSON, due_at=NOW + minutes(30), decide_by=NOW + minutes(30)
        )
    )

    scene.minutes(29)
    assert scene.now(proposal).state is State.PROPOSED
    scene.minutes(2)

    assert scene.now(proposal).state is State.EXPIRED


def test_an_applier_that_dies_every_time_is_not_replaced_for_ever(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change(decide_by=NOW + minutes(10)))

    class Broken:
        def __getattr__(self, name):
            raise RuntimeError("a bug")

    scene.world = replace(scene.world, services=Broken())
    for _ in range(90):
        try:
            scene.minutes(1)
        except RuntimeError:
            scene.clock.forward(seconds=1)

    assert scene.now(change).state is State.NEEDS_HUMAN
    assert scene.now(change).outcome == "applier_lost"
    assert scene.changes.head(ORDERS) is None


def test_one_service_that_cannot_be_read_does_not_keep_the_tick_from_the_others(scene):
    scene.budgets.note_end(True, scene.clock.now(), "0.1.0/1", "resize0")  # two may roll out together

    class Broken:
        def describe(self, arn):
            if arn == ORDERS:
                raise RuntimeError("a fault of AWS")
            return scene.ecs.fleet.get(arn)

    carts = a_service("carts")
    scene.ecs.has(a_service(), a_definition(), carts, a_definition(1, "carts"))
    first = scene.record(a_change())
    second = scene.record(a_change(id="second", workload=carts.arn, base=Base(revision(1, "carts"))))
    waiting = scene.record(a_change(id="waiting", workload="w", due_at=NOW + minutes(5)))
    scene.deliver()
    scene.ecs.finish(carts.arn)
    scene.clock.forward(minutes=6)

    with pytest.raises(ExceptionGroup, match="1 of 3"):
        tick(replace(scene.world, services=Broken()))

    assert scene.now(first).state is State.DEPLOYING
    assert scene.now(second).state is State.WATCHING
    assert scene.now(waiting).wakes == 1


def test_the_tick_says_what_it_did(scene, resized):
    scene.record(a_change(id="later", workload="w", due_at=NOW + minutes(1)))
    scene.clock.forward(minutes=6)

    assert tick(scene.world) == {"settled": 1, "rung": 1}


def test_one_answer_without_the_service_is_not_believed(scene, resized):
    service = scene.ecs.fleet.pop(ORDERS)
    settle_workload(ORDERS, scene.world)
    assert scene.now(resized).state is State.DEPLOYING

    scene.ecs.fleet[ORDERS] = service
    scene.ecs.finish(ORDERS)
    scene.minutes(7)

    assert scene.now(resized).state is State.WATCHING


def test_a_service_that_stays_away_ends_its_change(scene, resized):
    del scene.ecs.fleet[ORDERS]

    scene.minutes(30)
    assert (scene.now(resized).state, scene.now(resized).outcome) == (State.DEPLOYING, "service_not_found")
    scene.minutes(12)

    assert (scene.now(resized).state, scene.now(resized).outcome) == (State.SUPERSEDED, "service_gone")


def test_answers_without_the_service_that_lie_apart_are_no_absence(scene, resized):
    for _ in range(4):
        there = scene.ecs.fleet.pop(ORDERS)
        scene.minutes(7)
        scene.ecs.fleet[ORDERS] = there
        scene.minutes(7)

    assert scene.now(resized).is_open


def test_an_applier_that_dies_is_taken_over_three_times_and_then_a_person_hears_what_was_tried(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    scene.world = replace(
        scene.world, signals=None, deployer=Faulty(scene.world.deployer, "deploy", Crash("bug"))
    )

    for _ in range(20):
        with suppress(Crash):
            scene.minutes(1)

    lost = scene.now(change)
    assert (lost.state, lost.outcome, lost.fence) == (State.NEEDS_HUMAN, "applier_lost", 4)
    assert "registered orders:2" in lost.outcome_sentence
    assert scene.changes.head(ORDERS) is None


def test_a_change_that_has_to_wait_is_taken_again_as_often_as_it_takes(scene):
    scene.ecs.has(a_service(running_count=1), a_definition())
    change = scene.record(a_change())

    scene.minutes(60)
    assert (scene.now(change).outcome, scene.now(change).fence > 4) == ("not_steady", True)
    scene.ecs.change(ORDERS, running_count=4)
    scene.minutes(6)

    assert scene.now(change).state is State.DEPLOYING


def test_a_way_back_is_tried_although_one_applier_after_the_other_dies(scene, resized):
    scene.ecs.finish(ORDERS, "FAILED", "tasks failed to start.")
    well = scene.world
    scene.world = replace(well, deployer=Faulty(well.deployer, "deploy", Crash("an outage")))
    for _ in range(30):
        with suppress(Crash):
            scene.minutes(1)
    scene.world = well
    scene.minutes(3)

    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)


def test_a_change_ends_although_latest_cannot_be_looked_at(scene, resized):
    scene.ecs.has(a_definition(9))
    scene.ecs.person_deploys(ORDERS, revision(9))
    scene.world = replace(
        scene.world,
        task_definitions=Faulty(scene.world.task_definitions, "latest", UnreadableError("another version's")),
    )

    scene.minutes(12)

    assert scene.now(resized).state is State.SUPERSEDED
    assert scene.changes.head(ORDERS) is None
    assert "latest was not put right" in [line for line, _ in scene.kept.lines]


def test_a_change_of_a_service_that_was_deleted_ends_although_its_record_is_refused(scene, resized):
    applied = {key: value for key, value in scene.now(resized).applied.items() if key != "witness"}
    scene.changes.items[ORDERS, resized.id] = replace(scene.now(resized), applied=applied)
    scene.ecs.change(ORDERS, status="INACTIVE", deployments=(), desired_count=0, running_count=0)
    gone = Faulty(scene.world.deployment_history, "of", RuntimeError("ServiceNotFoundException"))
    scene.world = replace(scene.world, deployment_history=gone)

    scene.minutes(7)

    assert (scene.now(resized).state, scene.now(resized).outcome) == (State.SUPERSEDED, "service_gone")


def test_a_change_that_can_never_be_settled_is_a_persons_in_the_end(scene, resized):
    scene.world = replace(
        scene.world, services=Faulty(scene.world.services, "describe", UnreadableError("new"))
    )

    def hours(count):
        for _ in range(count):
            scene.clock.forward(hours=1)
            with pytest.raises(ExceptionGroup):
                tick(scene.world)

    hours(49)
    assert scene.now(resized).state is State.DEPLOYING
    hours(1)

    assert (scene.now(resized).state, scene.now(resized).outcome) == (State.NEEDS_HUMAN, "cannot_be_settled")
    assert "UnreadableError" in scene.now(resized).outcome_sentence
    assert scene.changes.head(ORDERS) is None


def test_what_a_resize_proved_is_not_lost_with_the_answer_of_its_last_step(scene, resized):
    scene.ecs.finish(ORDERS)
    scene.minutes(6)
    scene.clock.forward(days=1)
    scene.world = replace(scene.world, changes=DiesAfter(scene.changes, "move"))

    with pytest.raises(ExceptionGroup):
        scene.minutes(1)

    assert scene.now(resized).state is State.SUCCEEDED
    assert scene.budgets.record("0.1.0/1").proved


def test_what_ecs_took_back_is_rolled_back_although_the_settler_died_on_the_way(scene, resized):
    scene.ecs.goes_back(ORDERS)
    died = replace(scene.world, changes=DiesAfter(scene.changes, "move"))
    scene.clock.forward(minutes=6)
    with pytest.raises(Crash):
        for _ in range(3):
            scene.clock.forward(minutes=1)
            settle_workload(ORDERS, died)
    assert scene.now(resized).state is State.ROLLING_BACK

    scene.minutes(2)

    assert (scene.now(resized).state, scene.now(resized).outcome) == (State.ROLLED_BACK, "circuit_breaker")


@pytest.mark.parametrize("end", ["COMPLETED", "FAILED"])
def test_a_way_back_does_not_end_before_the_record_has_been_asked_twice_what_it_replaced(scene, resized, end):
    scene.ecs.has(a_definition(7))
    struck = Meanwhile(scene.world.deployer, "deploy", lambda: scene.ecs.person_deploys(ORDERS, revision(7)))
    scene.world = replace(scene.world, deployer=struck)
    silent(scene, scene.clock.now() + minutes(6))
    scene.ecs.finish(ORDERS, "FAILED")
    scene.minutes(5)
    back = scene.the_change(kind=Kind.ROLLBACK)
    scene.ecs.finish(ORDERS, end)
    settle_workload(back.workload, scene.world)
    assert (scene.now(back).state, scene.now(back).outcome) == (State.DEPLOYING, "record_unclear")

    scene.minutes(3)

    assert scene.now(back).outcome == "covered_a_deployment"
    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)
