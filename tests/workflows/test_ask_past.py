"""What became of earlier changes decides whether a service is changed again, and that is told once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.samples import (
    NOW,
    ON_DEMAND,
    ORDERS,
    SPOT_FIRST,
    a_change,
    a_definition,
    a_deployment,
    a_service,
    a_spot_service,
    out_of_memory,
    revision,
)
from trimtab.decisions.capacity_shift import Episode
from trimtab.decisions.quarantine import AFTERWARDS
from trimtab.model.budget import Limits
from trimtab.model.change import Base, Kind, State, Target
from trimtab.model.policy import Policy, ServiceRule, Shrink
from trimtab.model.task import Container
from trimtab.model.task_size import TaskSize
from trimtab.workflows.announce_change import announce_change
from trimtab.workflows.restart_stopped_task import restart_stopped_task
from trimtab.workflows.rightsize_task_definition import open_gate, plan_service, plan_shard
from trimtab.workflows.settle_change import settle_workload
from trimtab.workflows.shift_capacity_provider import check_returns

OFTEN = Policy(
    1,
    services=(ServiceRule(shrink=Shrink.NOW),),
    limits=Limits(size_changes_per_service_per_day=99, running_changes=99, failures_that_pause=20),
)


@pytest.fixture
def orders(scene):
    scene.control.policy = OFTEN
    scene.ecs.has(a_service(), a_definition())
    return scene


@pytest.fixture
def large(orders):
    """Far larger than it needs: after a size that went wrong there is another one to try."""
    orders.ecs.has(a_service(), a_definition(cpu_units=4096, memory_mib=16384))
    return orders


def release(number):
    healthy = {"command": ["CMD-SHELL", "curl -f http://localhost/health"]}
    return [{"name": "app", "image": f"orders:{number}", "essential": True, "healthCheck": healthy}]


def goes_wrong(scene):
    """A new size whose roll-out fails, and which is rolled back."""
    plan_service(f"run-{scene.clock.now()}", ORDERS, scene.world)
    scene.deliver()
    scene.ecs.finish(ORDERS, "FAILED", "tasks failed to start")
    scene.minutes(6)
    scene.ecs.finish(ORDERS)
    scene.minutes(6)
    days_later(scene)


def goes_well(scene):
    plan_service(f"run-{scene.clock.now()}", ORDERS, scene.world)
    scene.deliver()
    scene.ecs.finish(ORDERS)
    scene.minutes(6)
    days_later(scene)


def days_later(scene):
    scene.clock.forward(days=4)  # enough usage for the next size
    scene.minutes(3)


def somebody_deploys(scene, task_definition):
    scene.ecs.person_deploys(ORDERS, task_definition)
    scene.ecs.finish(ORDERS)
    scene.ecs.change(ORDERS, deployments=(a_deployment(id="theirs", task_definition=task_definition),))
    scene.minutes(6)


def plan(scene, run="last"):
    plan_service(run, ORDERS, scene.world)
    scene.deliver()
    return scene.control.rows[run][ORDERS]


def held_by(scene, reason):
    return scene.found(state=State.REFUSED, outcome=reason)


def test_after_two_reversals_a_service_is_left_alone_and_that_is_told_once(large):
    goes_wrong(large)
    assert large.the_change(kind=Kind.RESIZE).state is State.ROLLED_BACK
    goes_wrong(large)
    deployed = len(large.ecs.deployed)

    for day in range(3):
        assert plan(large, f"day-{day}")["reason"] == "quarantined"
        days_later(large)

    assert len(large.ecs.deployed) == deployed
    (told,) = held_by(large, "quarantined")
    assert announce_change(None, told.state, told, large.world)


def test_a_reversal_by_the_circuit_breaker_counts(large):
    for _ in range(2):
        plan_service(f"run-{large.clock.now()}", ORDERS, large.world)
        large.deliver()
        large.ecs.goes_back(ORDERS)
        days_later(large)

    assert {c.outcome for c in large.found(kind=Kind.RESIZE)} == {"circuit_breaker"}
    assert plan(large)["reason"] == "quarantined"


def test_a_service_that_is_left_alone_is_not_counted_by_the_gate_over_the_plan(large):
    goes_wrong(large)
    goes_wrong(large)

    plan_shard("run-9", 0, 1, large.world)

    assert open_gate("run-9", large.world) == {"released": 0, "held": 0}


def test_what_a_person_cleared_is_changed_again_and_held_again_when_it_goes_wrong_again(large):
    goes_wrong(large)
    goes_wrong(large)
    plan(large)
    large.control.cleared[ORDERS] = large.clock.now()

    goes_wrong(large)
    goes_wrong(large)

    assert len(large.found(kind=Kind.RESIZE, state=State.ROLLED_BACK)) == 4
    assert plan(large, "again")["reason"] == "quarantined"
    assert len(held_by(large, "quarantined")) == 2


def test_a_quarantined_service_gets_no_more_memory_and_is_not_taken_home(large):
    goes_wrong(large)
    goes_wrong(large)
    killed = Container("app", "STOPPED", 137, "OutOfMemoryError: Container killed due to memory usage")
    kill = out_of_memory(
        "s1", group="service:orders", started_by="ecs-svc/1", containers=(killed,),
        task_definition_arn=large.ecs.fleet[ORDERS].task_definition, stopped_at=large.clock.now(),
    )  # fmt: skip
    restart_stopped_task(kill, "event-1", large.world)

    there = a_spot_service(capacity_provider_strategy=ON_DEMAND)
    large.ecs.fleet[ORDERS] = replace(
        large.ecs.fleet[ORDERS], capacity_provider_strategy=ON_DEMAND, tags=there.tags
    )
    long_ago = large.clock.now() - timedelta(days=9)
    large.control.pools[ORDERS] = Episode(long_ago, long_ago, SPOT_FIRST, 0)
    assert check_returns(large.world)["waiting"] == 1

    assert large.found(kind=Kind.RETURN, state=State.PLANNED) == []
    assert {c.kind for c in held_by(large, "quarantined")} == {Kind.RAISE_MEMORY, Kind.RETURN}


def test_a_change_that_waits_while_its_service_is_quarantined_is_refused_by_the_applier(large):
    goes_wrong(large)
    goes_wrong(large)
    runs = large.ecs.fleet[ORDERS].task_definition
    waiting = large.record(
        a_change(id="late", base=Base(runs), decide_by=large.clock.now() + timedelta(days=1))
    )

    large.deliver()

    assert (large.now(waiting).state, large.now(waiting).outcome) == (State.REFUSED, "quarantined")


def test_in_observe_mode_a_quarantined_service_is_proposed_as_ever(large):
    goes_wrong(large)
    goes_wrong(large)
    large.ecs.change(ORDERS, tags={"trimtab:mode": "observe"})

    assert plan(large)["action"] == "resize"


def resets(scene, task_definition, count=2):
    """Sizes that are kept, each of them put back by somebody days later."""
    for _ in range(count):
        goes_well(scene)
        assert scene.ecs.fleet[ORDERS].task_definition not in (revision(1), task_definition)
        somebody_deploys(scene, task_definition)


def test_one_reset_is_answered_by_another_offer(orders):
    resets(orders, revision(1), 1)

    assert plan(orders)["action"] == "resize"


def test_two_resets_to_the_base_end_it(orders):
    resets(orders, revision(1))

    assert plan(orders)["reason"] == "fought"
    assert {c.applied[AFTERWARDS] for c in orders.found(kind=Kind.RESIZE, state=State.SUCCEEDED)} == {"reset"}


def test_two_resets_by_a_revision_of_its_own_end_it(orders):
    orders.ecs.has(a_definition(70))
    resets(orders, revision(70))

    assert plan(orders)["reason"] == "fought"


def test_a_reset_while_a_size_is_watched_counts(orders):
    for _ in range(2):
        plan_service(f"run-{orders.clock.now()}", ORDERS, orders.world)
        orders.deliver()
        orders.ecs.finish(ORDERS)
        orders.minutes(6)
        somebody_deploys(orders, revision(1))
        days_later(orders)

    assert {c.state for c in orders.found(kind=Kind.RESIZE)} == {State.SUPERSEDED}
    assert plan(orders)["reason"] == "fought"


def test_a_reset_while_a_size_is_watched_is_noted_before_somebody_deploys_again(orders):
    plan_service("run-1", ORDERS, orders.world)
    orders.deliver()
    orders.ecs.finish(ORDERS)
    orders.minutes(6)

    somebody_deploys(orders, revision(1))
    days_later(orders)

    assert orders.the_change(kind=Kind.RESIZE).applied[AFTERWARDS] == "reset"


def test_a_reset_counts_though_somebody_deploys_again_before_it_is_rolled_out(orders):
    plan_service("run-1", ORDERS, orders.world)
    orders.deliver()
    orders.ecs.finish(ORDERS)
    orders.minutes(6)
    orders.ecs.has(a_definition(70, containerDefinitions=release(2)))

    for theirs in (revision(1), revision(70)):
        orders.ecs.person_deploys(ORDERS, theirs)
        settle_workload(ORDERS, orders.world)
        orders.clock.forward(seconds=20)

    size = orders.the_change(kind=Kind.RESIZE)
    assert (size.state, size.applied[AFTERWARDS]) == (State.WATCHING, "reset")


def test_more_memory_from_trimtab_over_a_size_that_is_watched_is_nobodys_reset(orders):
    plan_service("run-1", ORDERS, orders.world)
    orders.deliver()
    orders.ecs.finish(ORDERS)
    orders.minutes(6)
    size = orders.the_change(kind=Kind.RESIZE)
    base = Base(size.applied["task_definition"], size=size.target.size)
    more = a_change(id="raise1", kind=Kind.RAISE_MEMORY, base=base, target=Target(size=size.base.size))
    orders.apply(orders.record(more))
    settle_workload(ORDERS, orders.world)
    orders.ecs.finish(ORDERS)
    settle_workload(ORDERS, orders.world)

    size = orders.now(size)
    assert (size.outcome, size.applied.get(AFTERWARDS)) == ("newer_deployment", None)


def test_deployments_that_bring_the_old_size_along_are_offered_again_with_advice(orders):
    orders.ecs.has(a_definition(70, containerDefinitions=release(2)))
    orders.ecs.has(a_definition(80, containerDefinitions=release(3)))
    for theirs in (70, 80):
        goes_well(orders)
        somebody_deploys(orders, revision(theirs))

    plan(orders)

    offered = max(orders.found(kind=Kind.RESIZE), key=lambda c: c.created_at)
    assert offered.state is State.DEPLOYING
    assert offered.evidence["old_size_deployed"] == 2
    assert "handover" in offered.sentence


def test_a_size_that_a_person_undid_is_nobodys_reset(orders):
    goes_well(orders)
    kept = orders.the_change(kind=Kind.RESIZE)
    undo = a_change(
        id="undo", kind=Kind.ROLLBACK, cause=kept.id, reason="undone_by_person", state=State.PLANNED,
        base=Base(kept.applied["task_definition"]), decide_by=orders.clock.now() + timedelta(hours=1),
        target=replace(kept.target, task_definition=revision(1)), created_at=NOW,
    )  # fmt: skip
    orders.record(undo)
    orders.deliver()
    orders.ecs.finish(ORDERS)
    orders.minutes(6)

    plan(orders)

    assert AFTERWARDS not in orders.now(kept).applied
    assert kept.base.size == TaskSize(1024, 4096)
