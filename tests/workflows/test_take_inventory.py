"""With every event lost, everything still converges."""

from dataclasses import replace

import pytest

from tests.doubles.meanwhile import Meanwhile
from tests.samples import (
    NOW,
    ORDERS,
    a_change,
    a_crash,
    a_definition,
    a_service,
    a_task,
    minutes,
    revision,
)
from trimtab.model.change import Kind, State
from trimtab.model.errors import UnreadableError
from trimtab.model.switch import NEVER_SET, Position, Switch
from trimtab.model.tags import CHANGE_TAG, COPY_TAG, ORPHAN_TAG
from trimtab.workflows.take_inventory import inventory_fleet, inventory_open

JOB = a_definition(3, "nightly", 512, 1024, containerDefinitions=[{"name": "job", "essential": True}])


def test_launches_are_remembered_and_stops_answered_without_any_event(scene):
    scene.ecs.has(JOB, a_task(), a_task("pending", last_status="PENDING"))
    assert inventory_open(scene.world) == {"tasks": 2, "missed": 0, "forgotten": 0, "changes": 0}
    scene.ecs.has(a_crash())

    assert inventory_open(scene.world) == {"tasks": 2, "missed": 1, "forgotten": 0, "changes": 0}
    scene.minutes(1)

    assert len(scene.ecs.started) == 1


def test_a_stop_that_was_answered_is_not_answered_again(scene):
    scene.ecs.has(JOB, a_task())
    inventory_open(scene.world)
    scene.ecs.has(a_crash())
    for _ in range(4):
        inventory_open(scene.world)
        scene.minutes(2)

    assert len(scene.ecs.started) == 1


def test_changes_under_way_are_settled_without_tick_and_event(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    scene.deliver()
    scene.ecs.finish(ORDERS)

    assert inventory_open(scene.world)["changes"] == 1

    assert scene.now(change).state is State.WATCHING


def test_one_task_that_cannot_be_judged_does_not_keep_the_others_waiting(scene):
    scene.ecs.has(JOB, a_task())
    inventory_open(scene.world)
    odd = a_crash("a-odd", cluster_arn="arn:odd", task_definition_arn="arn:odd")

    class Broken:
        def describe(self, arn):
            if arn == "arn:odd":
                raise RuntimeError("a fault of AWS")
            return scene.ecs.definitions.get(arn)

    scene.ecs.known_tasks = {odd.task_arn: odd, **scene.ecs.known_tasks}
    scene.ecs.has(a_crash())
    with pytest.raises(ExceptionGroup, match="1 of 2"):
        inventory_open(replace(scene.world, task_definitions=Broken()))

    assert len(scene.found(kind=Kind.RESTART)) == 1


def test_a_policy_that_cannot_be_read_is_counted_before_anything_needs_it(scene):
    scene.control.policy = None

    inventory_open(scene.world)

    assert scene.kept.counts["PolicyUnreadable"] == 1


def test_the_fleet_is_counted_by_what_its_tags_ask_for(scene):
    scene.ecs.has(
        a_service("a"),
        a_service("b", tags={}),
        a_service("c", tags={"trimtab:mode": "aply"}),
        a_service("d", tags={"trimtab:mode": "observe"}),
    )

    assert inventory_fleet(scene.world) == {
        "services": 4,
        "opted_in": 2,
        "malformed_tags": 1,
        "orphans": 0,
        "taken_up": 0,
        "failed_schedules": 0,
    }

    ((message, fields),) = scene.kept.lines
    assert (message, fields["ecs_service"]) == ("tag refused", "c")
    assert scene.kept.counts == {"Services": 4, "MalformedTags": 1, "OrphanRevisions": 0}


@pytest.fixture
def orphan(scene):
    """A revision that was registered for a resize which a stop kept out of force."""
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change(decide_by=NOW + minutes(20)))

    def hold():
        scene.ecs.change(ORDERS, tags={"trimtab:mode": "apply", "trimtab:hold": "true"})

    scene.apply(
        change, replace(scene.world, deployer=Meanwhile(scene.ecs.deployer, "register_resized", hold))
    )
    scene.ecs.change(ORDERS, tags={"trimtab:mode": "apply"})
    assert (scene.now(change).state, scene.ecs.registered) == (State.REFUSED, [revision(2)])
    return revision(2)


def test_a_revision_that_nobody_ever_ran_is_marked_and_the_newest_put_right(scene, orphan):
    assert inventory_fleet(scene.world)["orphans"] == 1
    scene.deliver()

    assert scene.ecs.definitions[orphan].tags[ORPHAN_TAG]
    newest = scene.ecs.task_definitions.latest("orders")
    assert newest.registration() == a_definition().registration()
    assert scene.ecs.deployed == []


def test_an_orphan_is_marked_once_and_looked_for_no_longer(scene, orphan):
    inventory_fleet(scene.world)
    scene.deliver()
    marks = len(scene.found(rule="orphan_revision"))

    for _ in range(9):
        scene.clock.forward(hours=1)
        assert inventory_fleet(scene.world)["orphans"] == 0
    searches = []
    counted = Meanwhile(scene.ecs.task_definitions, "newest", lambda: searches.append("a search"))

    inventory_fleet(replace(scene.world, task_definitions=counted))

    assert not searches
    assert len(scene.found(rule="orphan_revision")) == marks == 1


def test_a_revision_that_somebody_put_in_force_meanwhile_is_not_marked(scene, orphan):
    inventory_fleet(scene.world)
    scene.ecs.person_deploys(ORDERS, orphan)

    scene.deliver()

    assert ORPHAN_TAG not in scene.ecs.definitions[orphan].tags


def test_a_revision_that_a_pipeline_deploys_as_the_newest_is_no_orphan_however_often_it_is_looked_at(
    scene, orphan
):
    scene.ecs.person_deploys(ORDERS, orphan)
    scene.ecs.finish(ORDERS)

    for _ in range(3):
        assert inventory_fleet(scene.world)["orphans"] == 0
        scene.deliver()
        scene.clock.forward(hours=1)

    assert scene.found(rule="orphan_revision") == []


def test_a_revision_that_somebody_ran_once_is_never_marked(scene, orphan):
    scene.ecs.person_deploys(ORDERS, orphan)
    scene.ecs.finish(ORDERS)
    scene.ecs.person_deploys(ORDERS, revision(1))
    scene.ecs.finish(ORDERS)

    assert inventory_fleet(scene.world)["orphans"] == 0
    scene.deliver()

    assert ORPHAN_TAG not in scene.ecs.definitions[orphan].tags


def test_a_revision_that_was_run_and_left_while_its_mark_waited_is_not_marked(scene, orphan):
    inventory_fleet(scene.world)
    scene.ecs.person_deploys(ORDERS, orphan)
    scene.ecs.person_deploys(ORDERS, revision(1))

    scene.deliver()

    assert scene.the_change(rule="orphan_revision").outcome == "no_orphan"


def test_a_revision_that_a_pipeline_registered_with_our_tag_taken_over_stays_the_newest(scene):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    scene.deliver()
    scene.ecs.finish(ORDERS)
    scene.minutes(6)
    app = [{"name": "app", "image": "orders:2", "essential": True}]
    scene.ecs.has(a_definition(3, tags={CHANGE_TAG: change.id}, containerDefinitions=app))

    inventory_fleet(scene.world)
    scene.deliver()

    assert scene.ecs.task_definitions.latest("orders").revision == 3


def test_services_that_share_a_family_do_not_take_turns_at_being_the_newest(scene):
    scene.ecs.has(a_service(), a_definition(), a_service("web", task_definition=revision(1)))
    for name in ("orders", "web"):
        service = a_service(name)
        scene.record(a_change(workload=service.arn, name=name, id=f"resize-{name}"))
        scene.deliver()
        scene.ecs.finish(service.arn)
        scene.minutes(6)
    registered = len(scene.ecs.registered)

    for _ in range(5):
        scene.clock.forward(hours=1)
        inventory_fleet(scene.world)
        scene.deliver()

    assert len(scene.ecs.registered) <= registered + 1


def test_a_revision_under_our_role_that_no_change_explains_is_told(scene, orphan):
    scene.ecs.has(a_definition(7, registeredBy="arn:aws:sts::111122223333:assumed-role/applier/f"))

    inventory_fleet(replace(scene.world, applier_role="applier"))

    assert scene.kept.counts["UnexplainedRevisions"] == 1


@pytest.fixture
def ours_is_newest(scene):
    """A service back on its base, with a revision of ours still the newest of its family."""
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change())
    scene.deliver()
    scene.ecs.finish(ORDERS)
    scene.ecs.person_deploys(ORDERS, revision(1))
    scene.ecs.finish(ORDERS)
    scene.control.switch = NEVER_SET
    scene.minutes(7)
    assert not scene.now(change).is_open
    return revision(2)


def test_what_a_pipeline_registers_while_a_copy_waits_stays_the_newest(scene, ours_is_newest):
    inventory_fleet(scene.world)
    scene.deliver()
    scene.ecs.has(a_definition(3, image="orders:2"))
    scene.control.switch = Switch(Position.RUN, "", "operator", NOW)

    scene.minutes(7)

    assert scene.ecs.task_definitions.latest("orders").revision == 3
    assert {c.outcome for c in scene.found(kind=Kind.TAG)} == {"latest_is_theirs"}


def test_a_deployment_that_may_go_back_is_waited_for_but_not_for_ever(scene, ours_is_newest):
    scene.minutes(61)  # the copy that was asked for at once expires
    scene.control.switch = Switch(Position.RUN, "", "operator", scene.clock.now())
    scene.ecs.person_deploys(ORDERS, revision(1))  # and it never ends
    for _ in range(2):
        inventory_fleet(scene.world)
        scene.minutes(25)
    assert scene.ecs.task_definitions.latest("orders").arn == ours_is_newest

    scene.minutes(11)
    inventory_fleet(scene.world)
    scene.minutes(1)

    newest = scene.ecs.task_definitions.latest("orders")
    assert newest.registration() == a_definition().registration()


def test_a_copy_that_ecs_fills_with_a_new_default_is_registered_once(scene, ours_is_newest):
    class FillsIn:
        def __getattr__(self, name):
            return getattr(scene.ecs.deployer, name)

        def register_copy(self, original, change):
            made = scene.ecs.definitions[scene.ecs.deployer.register_copy(original, change)]
            filled = {**made.fields, "enableFaultInjection": False}
            scene.ecs.has(replace(made, fields=filled, tags={**made.tags, COPY_TAG: original.arn}))
            return made.arn

    scene.control.switch = Switch(Position.RUN, "", "operator", NOW)
    world = replace(scene.world, deployer=FillsIn())
    for _ in range(6):
        inventory_fleet(world)
        scene.deliver(world)
        scene.clock.forward(hours=1)

    assert scene.ecs.registered == [revision(2), revision(3)]


def test_a_service_with_a_fault_keeps_no_other_from_being_looked_at_and_counted(scene):
    scene.ecs.has(a_service("a-strange"), a_service(), a_definition())
    seen = []

    class Strange:
        def __getattr__(self, name):
            return getattr(scene.changes, name)

        def was_taken(self, workload):
            if "strange" in workload:
                raise UnreadableError("written by another version")
            seen.append(workload)
            return False

    with pytest.raises(ExceptionGroup, match="1 of 2 services"):
        inventory_fleet(replace(scene.world, changes=Strange()))

    assert seen == [ORDERS]
    assert scene.kept.counts["Services"] == 2
