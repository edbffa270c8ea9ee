"""What a write really replaced, and what "latest" means to others afterwards."""

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
from trimtab.model.change import Base, Kind, State, Target
from trimtab.model.errors import UnreadableError
from trimtab.model.switch import Position, Switch
from trimtab.model.tags import CHANGE_TAG
from trimtab.model.task_size import TaskSize
from trimtab.workflows.take_inventory import inventory_fleet


def deploys_seven(scene):
    return lambda: scene.ecs.person_deploys(ORDERS, revision(7))


@pytest.fixture
def covered(scene):
    """A resize whose write covered a deploy that came after its last look."""
    scene.ecs.has(a_service(), a_definition(), a_definition(7, image="orders:2"))
    change = scene.record(a_change())
    deployer = Meanwhile(
        scene.world.deployer, "deploy", lambda: scene.ecs.person_deploys(ORDERS, revision(7))
    )
    scene.apply(change, replace(scene.world, deployer=deployer))
    return change


def test_a_deploy_that_our_write_covered_is_put_back(scene, covered):
    assert scene.now(covered).state is State.ROLLING_BACK
    assert scene.now(covered).outcome == "covered_a_deployment"

    scene.deliver()

    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)


def test_the_covered_deploy_is_put_back_even_when_the_applier_died_before_it_looked(scene):
    scene.ecs.has(a_service(), a_definition(), a_definition(7))
    change = scene.record(a_change())
    deployer = Meanwhile(
        scene.world.deployer, "deploy", lambda: scene.ecs.person_deploys(ORDERS, revision(7))
    )

    class Gone:
        def of(self, service):
            raise RuntimeError("the function died")

    with pytest.raises(RuntimeError):
        scene.apply(change, replace(scene.world, deployer=deployer, deployment_history=Gone()))
    scene.minutes(7)

    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)


def test_the_covered_deploy_is_put_back_although_somebody_moved_the_service_since(scene):
    scene.ecs.has(a_spot_service(), a_definition(), a_definition(7))
    change = scene.record(a_change(base=Base(revision(1), SPOT_FIRST)))
    struck = Meanwhile(scene.world.deployer, "deploy", deploys_seven(scene))

    class Silent:
        def of(self, service):
            return ()

    scene.apply(change, replace(scene.world, deployer=struck, deployment_history=Silent()))
    scene.ecs.begin_deployment(ORDERS, capacity_provider_strategy=ON_DEMAND)
    scene.minutes(7)

    assert scene.now(change).outcome == "covered_a_deployment"
    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)
    assert scene.ecs.fleet[ORDERS].capacity_provider_strategy == ON_DEMAND


def lost(scene):
    """A resize that covered a deploy, unseen: the record lagged for the applier's look."""
    scene.ecs.has(a_service(), a_definition(), a_definition(7, image="orders:2"))
    change = scene.record(a_change())
    struck = Meanwhile(scene.world.deployer, "deploy", deploys_seven(scene))

    class Lags:
        def of(self, service):
            return ()

    scene.apply(change, replace(scene.world, deployer=struck, deployment_history=Lags()))
    assert scene.now(change).state is State.DEPLOYING
    return change


def test_the_covered_deploy_comes_back_although_ecs_took_ours_back_first(scene):
    change = lost(scene)
    scene.ecs.goes_back(ORDERS)
    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)

    scene.minutes(7)

    repair = scene.the_change(kind=Kind.ROLLBACK)
    assert scene.now(change).outcome == "covered_a_deployment"
    assert (repair.base.task_definition, repair.base.size) == (revision(1), TaskSize(1024, 4096))
    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)
    scene.ecs.finish(ORDERS)
    scene.minutes(7)
    assert (scene.now(repair).state, scene.now(change).state) == (State.SUCCEEDED, State.ROLLED_BACK)


def test_a_repair_that_has_to_wait_is_carried_out_although_ecs_took_ours_back_meanwhile(scene, covered):
    scene.control.switch = Switch(Position.STOP, "incident", "operator", NOW)
    scene.deliver()
    scene.ecs.goes_back(ORDERS)
    scene.control.switch = Switch(Position.RUN, "", "operator", NOW)

    scene.minutes(7)

    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)


def test_a_repair_stays_although_ecs_took_ours_back_before_it_and_the_record_tells_of_it_late(scene, covered):
    scene.control.switch = Switch(Position.STOP, "incident", "operator", NOW)
    scene.deliver()
    scene.ecs.goes_back(ORDERS)
    scene.control.switch = Switch(Position.RUN, "", "operator", NOW)
    told = scene.ecs.deployment_history

    class Late:
        def of(self, service):
            return tuple(one for one in told.of(service) if one.created_at < scene.clock.now() - minutes(2))

    scene.world = replace(scene.world, deployment_history=Late())
    scene.minutes(7)
    scene.ecs.finish(ORDERS)
    scene.minutes(7)

    repair = scene.the_change(kind=Kind.ROLLBACK)
    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)
    assert (repair.state, scene.now(covered).state) == (State.SUCCEEDED, State.ROLLED_BACK)


def test_a_repair_that_has_to_wait_leaves_what_somebody_deployed_meanwhile(scene, covered):
    scene.control.switch = Switch(Position.STOP, "incident", "operator", NOW)
    scene.deliver()
    scene.ecs.goes_back(ORDERS)
    scene.ecs.person_deploys(ORDERS, revision(1))
    scene.control.switch = Switch(Position.RUN, "", "operator", NOW)

    scene.minutes(7)

    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)
    assert scene.the_change(kind=Kind.ROLLBACK).state is State.SUPERSEDED


def test_nothing_is_put_back_over_what_somebody_deployed_after_ecs_took_ours_back(scene):
    change = lost(scene)
    scene.ecs.goes_back(ORDERS)
    scene.ecs.has(a_definition(20))
    scene.ecs.person_deploys(ORDERS, revision(20))

    scene.minutes(7)

    assert scene.ecs.fleet[ORDERS].task_definition == revision(20)
    assert scene.found(kind=Kind.ROLLBACK) == []
    assert not scene.now(change).is_open


@pytest.fixture(params=[(Kind.SHIFT, SPOT_FIRST, ON_DEMAND), (Kind.RETURN, ON_DEMAND, SPOT_FIRST)])
def moved(scene, request):
    """A move between pools in whose moment somebody deployed, which ECS has taken back past that deploy."""
    kind, left, wanted = request.param
    service = a_spot_service(capacity_provider_strategy=left)
    scene.ecs.has(service, a_definition(), a_definition(7, image="orders:2"))
    to = Target(capacity_provider_strategy=wanted)
    change = scene.record(a_change(kind=kind, base=Base(revision(1), left), target=to))
    struck = Meanwhile(scene.world.deployer, "shift", deploys_seven(scene))
    scene.apply(change, replace(scene.world, deployer=struck))
    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)
    scene.ecs.goes_back(ORDERS)
    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)
    return change


def test_a_deploy_that_ecs_went_past_when_it_took_a_move_back_comes_back(scene, moved):
    scene.minutes(7)

    assert (scene.now(moved).state, scene.now(moved).outcome) == (State.ROLLING_BACK, "covered_a_deployment")
    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)
    assert scene.ecs.fleet[ORDERS].capacity_provider_strategy == moved.base.capacity_provider_strategy
    scene.ecs.finish(ORDERS)
    scene.minutes(7)
    assert scene.the_change(kind=Kind.ROLLBACK).state is State.SUCCEEDED
    assert scene.now(moved).state is State.ROLLED_BACK
    assert "ECS itself took it back" in scene.now(moved).outcome_sentence


def test_what_somebody_deployed_after_ecs_took_a_move_back_stays(scene, moved):
    scene.ecs.has(a_definition(20))
    scene.ecs.person_deploys(ORDERS, revision(20))

    scene.minutes(7)

    assert scene.ecs.fleet[ORDERS].task_definition == revision(20)
    assert scene.found(kind=Kind.ROLLBACK) == []


def test_a_size_is_watched_on_although_somebody_moved_the_service(scene):
    scene.ecs.has(a_spot_service(), a_definition())
    change = scene.record(a_change(base=Base(revision(1), SPOT_FIRST)))
    scene.deliver()

    scene.ecs.begin_deployment(ORDERS, capacity_provider_strategy=ON_DEMAND)
    scene.minutes(1)
    assert scene.now(change).state is State.DEPLOYING
    scene.ecs.finish(ORDERS)
    scene.minutes(7)

    assert scene.now(change).state is State.WATCHING


def test_an_old_reading_does_not_hide_that_our_write_covered_a_deploy(scene):
    scene.ecs.has(a_service(), a_definition(), a_definition(7))
    change = scene.record(a_change())
    scene_services = scene.world.services

    class Lagging:
        """Tells of the deploy that was covered for as long as it is asked right after the write."""

        seen = None

        def describe(self, workload):
            now = scene_services.describe(workload)
            return self.seen if self.seen and now.primary.id != self.seen.primary.id else now

    lagging = Lagging()

    def deploys():
        scene.ecs.person_deploys(ORDERS, revision(7))
        lagging.seen = scene_services.describe(ORDERS)

    struck = Meanwhile(scene.world.deployer, "deploy", deploys)
    scene.apply(change, replace(scene.world, deployer=struck, services=lagging))

    assert scene.now(change).state is State.DEPLOYING

    scene.minutes(7)

    assert scene.now(change).outcome == "covered_a_deployment"


def test_a_newer_deploy_than_ours_is_never_rolled_back(scene, covered):
    scene.ecs.has(a_definition(20))
    scene.ecs.person_deploys(ORDERS, revision(20))

    scene.deliver()
    scene.ecs.finish(ORDERS)
    scene.minutes(7)

    assert scene.ecs.fleet[ORDERS].task_definition == revision(20)
    assert scene.now(covered).state is State.SUPERSEDED


class Rival:
    """Somebody who deploys in the moment of each update of ours."""

    def __init__(self, scene):
        self._scene, self._next = scene, 30

    def __getattr__(self, name):
        return getattr(self._scene.ecs.deployer, name)

    def deploy(self, service, task_definition):
        self._scene.ecs.has(a_definition(self._next, image=f"orders:{self._next}"))
        self._scene.ecs.person_deploys(ORDERS, revision(self._next))
        self._next += 1
        return self._scene.ecs.deployer.deploy(service, task_definition)


def test_repairs_come_to_an_end_although_somebody_deploys_in_the_moment_of_each(scene):
    scene.ecs.has(a_service(), a_definition())
    first = scene.record(a_change())
    scene.world = replace(scene.world, deployer=Rival(scene))

    scene.deliver()
    scene.minutes(90)

    repairs = scene.found(kind=Kind.ROLLBACK)
    assert [one.depth for one in sorted(repairs, key=lambda one: one.depth)] == [1, 2, 3]
    assert (scene.now(first).state, repairs[-1].state) == (State.NEEDS_HUMAN, State.NEEDS_HUMAN)
    assert repairs[-1].outcome == "covered_again"
    assert not [one for one in scene.changes.items.values() if one.is_open]


def test_after_a_rollback_the_newest_revision_says_what_the_service_runs(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    scene.deliver()
    scene.ecs.finish(ORDERS, "FAILED", "tasks failed to start")
    scene.minutes(7)
    scene.ecs.finish(ORDERS)
    scene.minutes(7)

    newest = scene.ecs.task_definitions.latest("orders")
    assert scene.now(change).state is State.ROLLED_BACK
    assert scene.ecs.fleet[ORDERS].task_definition == revision(1)
    assert newest.revision == 3
    assert newest.registration() == a_definition().registration()
    assert scene.the_change(kind=Kind.TAG).state is State.SUCCEEDED


def test_the_newest_revision_is_put_right_once(scene):
    test_after_a_rollback_the_newest_revision_says_what_the_service_runs(scene)

    scene.minutes(60)

    assert len(scene.ecs.registered) == 2


def test_a_newer_revision_of_somebody_else_is_left_the_newest(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    scene.deliver()
    scene.ecs.has(a_definition(9))
    scene.ecs.person_deploys(ORDERS, revision(9))
    scene.minutes(7)

    assert scene.now(change).state is State.SUPERSEDED
    assert CHANGE_TAG not in scene.ecs.task_definitions.latest("orders").tags
    assert scene.found(kind=Kind.TAG) == []


def test_a_revision_registered_for_nothing_does_not_stay_the_newest(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    deployer = Meanwhile(
        scene.world.deployer,
        "register_resized",
        lambda: scene.ecs.change(ORDERS, tags={"trimtab:mode": "apply", "trimtab:hold": "true"}),
    )
    scene.apply(change, replace(scene.world, deployer=deployer))
    assert scene.now(change).state is State.REFUSED
    scene.ecs.change(ORDERS, tags={"trimtab:mode": "apply"})

    scene.minutes(2)

    newest = scene.ecs.task_definitions.latest("orders")
    assert newest.registration() == a_definition().registration()


def test_the_inventory_finds_a_revision_that_was_left_the_newest(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change(watch_seconds=60))
    scene.deliver()
    scene.ecs.finish(ORDERS)
    scene.minutes(8)
    assert scene.now(change).state is State.SUCCEEDED
    scene.ecs.person_deploys(ORDERS, revision(1))
    scene.ecs.finish(ORDERS)

    inventory_fleet(scene.world)
    scene.deliver()

    newest = scene.ecs.task_definitions.latest("orders")
    assert newest.registration() == a_definition().registration()


def test_the_inventory_leaves_families_alone_that_trimtab_never_changed(scene):
    scene.ecs.has(a_service(), a_definition(), a_definition(2, tags={CHANGE_TAG: "forged"}, cpu_units=512))

    inventory_fleet(scene.world)

    assert scene.found(kind=Kind.TAG) == []


def test_a_record_that_ecs_refuses_is_told_and_asked_again(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    refused = Faulty(scene.world.deployment_history, "of", UnreadableError("AccessDeniedException"))

    scene.apply(change, replace(scene.world, deployment_history=refused))
    assert scene.now(change).state is State.DEPLOYING
    assert "witness" not in scene.now(change).applied
    assert "record of deployments unreadable" in [line for line, _ in scene.kept.lines]
    scene.minutes(6)

    assert scene.now(change).applied["witness"] == "planned_base"


def test_a_refused_record_is_never_taken_for_a_write_that_was_not_sent(scene):
    scene.ecs.has(a_service(), a_definition(), a_definition(7))
    change = scene.record(a_change())
    with pytest.raises(Crash):
        scene.apply(change, replace(scene.world, deployer=DiesAfter(scene.world.deployer, "deploy")))
    scene.ecs.person_deploys(ORDERS, revision(7))
    refused = Faulty(scene.world.deployment_history, "of", UnreadableError("AccessDeniedException"))
    scene.clock.forward(minutes=2)
    scene.settle(change)
    sent = len(scene.ecs.deployed)

    with pytest.raises(UnreadableError):
        scene.apply(change, replace(scene.world, deployment_history=refused))

    assert len(scene.ecs.deployed) == sent


def test_a_service_that_shows_no_deployment_at_all_is_not_waited_for_for_ever(scene):
    scene.ecs.has(a_service(), a_definition(), a_definition(7))
    change = scene.record(a_change())
    struck = Meanwhile(scene.world.deployer, "deploy", deploys_seven(scene))

    class Silent:
        def of(self, service):
            return ()

    scene.apply(change, replace(scene.world, deployer=struck, deployment_history=Silent()))
    scene.ecs.change(ORDERS, deployments=())
    scene.minutes(15)

    assert not scene.now(change).is_open
