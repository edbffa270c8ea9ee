import pytest

from functions.apply_change.app import LEASE_MARGIN_SECONDS, handler
from tests.samples import NOW, a_change, a_definition, a_service, minutes
from trimtab import wiring
from trimtab.model.change import Kind, State, Turn
from trimtab.model.switch import Position, Switch

FEATURE = "apply_change"


@pytest.fixture
def rung(event):
    return event(FEATURE, "change_approved")


def ids(rung):
    keys = rung["Records"][0]["dynamodb"]["Keys"]
    return keys["workload"]["S"], keys["item"]["S"].removeprefix("CHANGE#")


def test_a_record_is_a_bell_and_what_it_says_of_the_change_is_not_believed(scene, rung, context):
    workload, change_id = ids(rung)
    scene.ecs.has(a_service(arn=workload), a_definition())
    closed = scene.record(a_change(workload=workload, id=change_id, state=State.REFUSED, turn=Turn.NONE))

    assert handler(rung, context) == {change_id: "not_due"}

    assert scene.now(closed) == closed
    assert scene.ecs.deployed == []


def test_a_change_is_carried_out_under_a_lease_longer_than_the_invocation(scene, rung, context):
    workload, change_id = ids(rung)
    scene.ecs.has(a_service(arn=workload), a_definition())
    scene.record(a_change(workload=workload, id=change_id))
    leases = []
    take = scene.changes.take
    scene.changes.take = lambda change, until, now, *_: leases.append(until - now) or take(change, until, now)

    assert handler(rung, context) == {change_id: "deploying"}

    assert [lease.total_seconds() for lease in leases] == [30 + LEASE_MARGIN_SECONDS]


def test_a_change_that_is_gone_is_nothing_to_do(scene, rung, context):
    assert handler(rung, context) == {ids(rung)[1]: "not_due"}


def test_sizes_are_handed_over_by_the_real_wiring(stack, rung, context):
    # moto gives services no createdAt, so a Change without a service is what it can carry: it waits.
    workload, change_id = ids(rung)
    world = wiring.aws()
    world.control.set_switch(Switch(Position.RUN, "armed", "operator", NOW))
    change = a_change(
        workload=workload, id=change_id, kind=Kind.RESIZE, decide_by=world.clock.now() + minutes(9)
    )
    world.changes.record(change)

    assert handler(rung, context) == {change_id: "planned"}

    assert world.changes.get(workload, change_id).outcome == "service_not_found"
