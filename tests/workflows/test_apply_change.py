"""One Change carried out: taken, looked at again, written once."""

import json
from dataclasses import replace
from datetime import timedelta

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
    a_deployment,
    a_service,
    a_spot_service,
    minutes,
    revision,
)
from trimtab.model.change import Base, Kind, State, Target, Turn
from trimtab.model.errors import DeniedError, RejectedError
from trimtab.model.policy import Policy, ServiceRule
from trimtab.model.switch import NEVER_SET, UNREADABLE, Position, Switch
from trimtab.model.tags import CHANGE_TAG, Mode
from trimtab.model.task_size import TaskSize


@pytest.fixture
def planned(scene):
    scene.ecs.has(a_service(), a_definition())
    return scene.record(a_change())


@pytest.fixture
def shifting(scene):
    scene.ecs.has(a_spot_service(), a_definition())
    return scene.record(
        a_change(
            id="shift1",
            kind=Kind.SHIFT,
            base=Base(revision(1), SPOT_FIRST),
            target=Target(capacity_provider_strategy=ON_DEMAND),
            decide_by=NOW + minutes(30),
        )
    )


def untouched(scene):
    return scene.ecs.registered == [] and scene.ecs.deployed == []


def test_a_resize_registers_its_base_with_the_new_size_and_puts_it_in_force(scene, planned):
    said = scene.apply(planned)

    assert said == "deploying"
    assert scene.ecs.deployed == [(ORDERS, {"task_definition": revision(2)})]
    new = scene.ecs.definitions[revision(2)]
    assert new.size == TaskSize(512, 1024)
    assert new.tags == {"team": "orders", CHANGE_TAG: planned.id}
    change = scene.now(planned)
    assert change.applied["task_definition"] == revision(2)
    assert change.applied["deployment"] == "ecs-svc/2000"
    assert (change.state, change.turn) == (State.DEPLOYING, Turn.SETTLE)


def test_a_shift_moves_the_strategy_and_no_revision(scene, shifting):
    scene.apply(shifting)

    assert scene.ecs.deployed == [(ORDERS, {"capacity_provider_strategy": ON_DEMAND, "launch_type": None})]
    assert scene.ecs.registered == []


def test_handing_over_writes_the_size_where_the_team_reads_it_and_touches_no_service(scene):
    scene.ecs.has(a_service(tags={"trimtab:mode": "handover"}), a_definition())
    change = scene.record(a_change(kind=Kind.HAND_OVER, mode="handover"))

    assert scene.apply(change) == "succeeded"

    assert untouched(scene)
    parameters = scene.kept.parameters
    handed = json.loads(parameters.pop("/trimtab/shop/orders/size"))
    assert parameters == {"/trimtab/shop/orders/cpu": "512", "/trimtab/shop/orders/memory": "1024"}
    assert (handed["cpu"], handed["memory"], handed["change_id"]) == (512, 1024, change.id)
    assert handed["until"] == "2026-04-01T04:05:06Z"
    assert handed["why"] == f"{change.reason}: {change.sentence}"


def test_limits_of_containers_go_along_with_a_size_that_is_handed_over(scene):
    app = {"name": "app", "image": "i", "essential": True, "memory": 2048}
    scene.ecs.has(a_service(tags={"trimtab:mode": "handover"}), a_definition(containerDefinitions=[app]))
    change = scene.record(a_change(kind=Kind.HAND_OVER, mode="handover"))

    scene.apply(change)

    handed = json.loads(scene.kept.parameters["/trimtab/shop/orders/size"])
    limit = scene.ecs.definitions[revision(1)].resized(change.target.size)["containerDefinitions"][0][
        "memory"
    ]
    assert handed["containers"] == {"app": {"memory": limit}}


def test_a_size_whose_base_can_no_longer_be_read_is_not_handed_over(scene):
    scene.ecs.has(a_service(tags={"trimtab:mode": "handover"}), a_definition())
    change = scene.record(a_change(kind=Kind.HAND_OVER, mode="handover", base=Base(revision(1))))
    gone = replace(scene.world, task_definitions=Gone())

    scene.apply(change, gone)

    assert (scene.now(change).outcome, scene.kept.parameters) == ("base_unreadable", {})


class Gone:
    """ECS has deleted every revision."""

    def describe(self, task_definition):
        return None


def test_a_change_is_carried_out_once_however_often_the_bell_rings(scene, planned):
    answers = [scene.apply(planned) for _ in range(3)]

    assert answers == ["deploying", "not_due", "not_due"]
    assert len(scene.ecs.deployed) == 1


@pytest.mark.parametrize(
    "said",
    [
        {"due_at": NOW + minutes(5)},
        {"state": State.PROPOSED, "turn": Turn.PERSON},
        {"state": State.PROPOSED, "turn": Turn.SETTLE},
        {"state": State.APPROVED, "turn": Turn.SETTLE},
        {"state": State.REFUSED, "turn": Turn.NONE},
    ],
)
def test_a_change_whose_turn_it_is_not_is_left_alone(scene, said):
    scene.ecs.has(a_service(), a_definition())
    change = scene.record(a_change(**said))

    assert scene.apply(change) == "not_due"

    assert scene.now(change) == change
    assert untouched(scene)


def test_a_bell_for_a_change_nobody_recorded_does_nothing(scene):
    assert scene.apply(a_change()) == "not_due"


def test_nothing_old_is_released_late(scene, planned):
    scene.clock.forward(days=1, seconds=1)

    assert scene.apply(planned) == "expired"

    assert untouched(scene)


@pytest.mark.parametrize("switch", [NEVER_SET, UNREADABLE, Switch(Position.STOP, "freeze", "operator")])
def test_while_the_switch_says_no_nothing_is_written_and_the_change_waits(scene, planned, switch):
    scene.control.switch = switch

    assert scene.apply(planned) == "planned"

    change = scene.now(planned)
    assert untouched(scene)
    assert (change.outcome, change.turn) == ("switched_off", Turn.APPLY)
    assert change.due_at > scene.clock.now()
    assert scene.changes.head(ORDERS) is None


def test_a_change_goes_on_when_the_switch_is_back(scene, planned):
    scene.control.switch = NEVER_SET
    scene.deliver()
    scene.minutes(3)
    scene.control.switch = Switch(Position.RUN, "armed", "operator")

    scene.minutes(5)

    assert scene.now(planned).state is State.DEPLOYING


def test_in_the_second_of_its_deadline_a_change_is_not_asked_over_and_over(scene, planned):
    scene.control.switch = NEVER_SET
    scene.clock.forward(seconds=(planned.decide_by - scene.clock.now()).total_seconds())

    scene.apply(planned)

    assert scene.now(planned).state is State.PLANNED
    assert scene.now(planned).due_at > planned.decide_by
    scene.minutes(1)
    assert scene.now(planned).state is State.EXPIRED


def test_a_change_that_was_switched_off_until_its_deadline_expires(scene, planned):
    scene.control.switch = NEVER_SET
    scene.deliver()
    scene.clock.forward(days=1)

    scene.minutes(6)

    assert scene.now(planned).state is State.EXPIRED
    assert scene.now(planned).outcome == "switched_off"
    assert untouched(scene)


def test_an_unreadable_policy_stops_everything_even_while_the_switch_says_run(scene, planned):
    scene.control.policy = None

    assert scene.apply(planned) == "planned"

    assert untouched(scene)
    assert scene.now(planned).outcome == "policy_unreadable"


def test_a_service_that_left_apply_meanwhile_is_not_changed(scene, planned):
    scene.ecs.change(ORDERS, tags={"trimtab:mode": "observe"})

    assert scene.apply(planned) == "refused"

    assert untouched(scene)
    assert scene.now(planned).outcome == "mode_too_low"
    assert scene.changes.head(ORDERS) is None


def test_a_policy_that_was_tightened_meanwhile_holds(scene, planned):
    scene.control.policy = Policy(2, (ServiceRule(mode=Mode.OBSERVE),))

    assert scene.apply(planned) == "refused"
    assert untouched(scene)


def test_what_a_person_deployed_between_decision_and_apply_stays(scene, planned):
    scene.ecs.has(a_definition(7))
    scene.ecs.person_deploys(ORDERS, revision(7))
    before = scene.ecs.fleet[ORDERS]

    assert scene.apply(planned) == "superseded"

    assert scene.ecs.fleet[ORDERS] == before
    assert scene.ecs.registered == []
    assert scene.changes.head(ORDERS) is None


def test_a_service_that_is_gone_refuses_its_change(scene, planned):
    scene.ecs.change(ORDERS, status="INACTIVE")

    assert scene.apply(planned) == "refused"
    assert scene.now(planned).outcome == "service_gone"


def test_a_service_that_was_missing_once_is_asked_for_again(scene, planned):
    there = scene.ecs.fleet.pop(ORDERS)

    assert scene.apply(planned) == "planned"
    assert scene.now(planned).outcome == "service_not_found"

    scene.ecs.fleet[ORDERS] = there
    scene.minutes(2)

    assert scene.now(planned).state is State.DEPLOYING


def test_nothing_is_cut_below_the_memory_of_a_kill_that_came_after_the_plan(scene, planned):
    scene.control.raise_floor(ORDERS, 4096, scene.clock.now())

    assert scene.apply(planned) == "refused"
    assert untouched(scene)
    assert scene.now(planned).outcome == "below_memory_floor"


def test_a_service_that_changes_after_the_guards_were_asked_is_asked_about_again(scene, planned):
    def moves():
        scene.ecs.begin_deployment(ORDERS)

    class Noting:
        """Lets the service move once the note of the update is written."""

        def __getattr__(self, name):
            return getattr(scene.changes, name)

        def note(self, change, applied):
            noted = scene.changes.note(change, applied)
            if "sent" in applied:
                moves()
            return noted

    said = scene.apply(planned, replace(scene.world, changes=Noting()))

    assert said == "planned"
    assert scene.now(planned).outcome == "changed_meanwhile"
    assert [said for _, said in scene.ecs.deployed] == [{}]


def test_a_base_that_can_no_longer_be_read_refuses(scene, planned):
    del scene.ecs.definitions[revision(1)]

    assert scene.apply(planned) == "refused"
    assert scene.now(planned).outcome == "base_unreadable"


def test_a_deployment_on_its_way_is_waited_for(scene, planned):
    scene.ecs.change(ORDERS, deployments=(a_deployment(rollout_state="IN_PROGRESS"),))
    assert scene.apply(planned) == "planned"
    scene.ecs.change(ORDERS, deployments=(a_deployment(),))

    scene.minutes(6)

    assert scene.now(planned).state is State.DEPLOYING


def test_a_second_change_waits_until_the_first_gave_up_the_workload(scene, planned):
    second = scene.record(a_change(id="second", target=Target(size=TaskSize(256, 512))))
    scene.apply(planned)

    assert scene.apply(second) == "workload_busy"

    assert scene.now(second).due_at >= NOW + minutes(1)
    assert scene.apply(second) == "not_due"
    assert len(scene.ecs.deployed) == 1


def test_a_more_urgent_change_closes_a_lesser_one_that_has_not_begun(scene, planned, shifting):
    proposal = scene.record(a_change(id="proposal", state=State.PROPOSED, turn=Turn.SETTLE))

    scene.apply(shifting)

    assert [scene.now(c).state for c in (planned, proposal)] == [State.SUPERSEDED] * 2
    assert scene.now(planned).outcome == "outranked"


def test_a_lesser_change_closes_nothing_more_urgent(scene, shifting, planned):
    scene.ecs.has(a_service())
    scene.record(a_change(id="shift2", kind=Kind.SHIFT, state=State.PROPOSED, turn=Turn.SETTLE))

    scene.apply(planned)

    assert scene.changes.get(ORDERS, "shift2").state is State.PROPOSED


@pytest.mark.parametrize("no", ["switch", "policy", "mode"])
def test_a_more_urgent_change_that_is_not_let_through_closes_nothing(scene, planned, no):
    watched = scene.changes.move(
        scene.changes.move(
            scene.changes.take(planned, NOW + minutes(1), NOW), State.DEPLOYING, Turn.SETTLE, NOW, NOW
        ),
        State.WATCHING,
        Turn.SETTLE,
        NOW + timedelta(days=1),
        NOW,
    )
    raised = scene.record(a_change(id="raise", kind=Kind.RAISE_MEMORY))
    scene.control.switch = NEVER_SET if no == "switch" else scene.control.switch
    scene.control.policy = None if no == "policy" else scene.control.policy
    if no == "mode":
        scene.ecs.change(ORDERS, tags={"trimtab:mode": "observe"})

    scene.apply(raised)

    assert scene.now(watched).state is State.WATCHING


def crashing(scene, where, method):
    return replace(scene.world, **{where: DiesAfter(getattr(scene.world, where), method)})


@pytest.mark.parametrize(
    ("where", "method"),
    [
        ("changes", "take"),
        ("control", "switch_and_policy"),
        ("services", "describe"),
        ("deployer", "register_resized"),
        ("changes", "note"),
        ("deployer", "deploy"),
        ("changes", "move"),
        ("telemetry", "note"),
    ],
)
def test_wherever_an_applier_dies_there_is_one_revision_and_one_deployment_in_the_end(
    scene, planned, where, method
):
    with pytest.raises(Crash):
        scene.apply(planned, crashing(scene, where, method))

    scene.minutes(10)

    assert scene.ecs.registered == [revision(2)]
    assert scene.ecs.deployed == [(ORDERS, {"task_definition": revision(2)})]
    assert scene.now(planned).state is State.DEPLOYING
    applied = {"task_definition": revision(2), "deployment": "ecs-svc/2000", "witness": "planned_base"}
    assert applied.items() <= scene.now(planned).applied.items()


@pytest.mark.parametrize(
    ("where", "method"), [("changes", "take"), ("deployer", "shift"), ("changes", "move")]
)
def test_wherever_an_applier_dies_a_service_is_shifted_once(scene, shifting, where, method):
    with pytest.raises(Crash):
        scene.apply(shifting, crashing(scene, where, method))

    scene.minutes(10)

    assert len(scene.ecs.deployed) == 1
    assert scene.now(shifting).state is State.DEPLOYING
    applied = {"deployment": "ecs-svc/2000", "witness": "planned_base"}
    assert applied.items() <= scene.now(shifting).applied.items()


def test_a_takeover_does_not_begin_before_the_lease_is_over(scene, planned):
    with pytest.raises(Crash):
        scene.apply(planned, crashing(scene, "deployer", "register_resized"))

    scene.clock.forward(seconds=58)
    assert scene.apply(planned) == "not_due"
    assert scene.now(planned).fence == 1


def test_what_a_person_deployed_while_the_applier_lay_dead_stays(scene, planned):
    with pytest.raises(Crash):
        scene.apply(planned, crashing(scene, "changes", "note"))
    scene.ecs.has(a_definition(7))
    scene.ecs.person_deploys(ORDERS, revision(7))

    scene.minutes(10)

    assert scene.now(planned).state is State.SUPERSEDED
    assert scene.ecs.fleet[ORDERS].task_definition == revision(7)


def test_an_applier_that_comes_back_from_the_dead_is_not_let_in(scene, planned):
    class Slow:
        """Registers only when another applier has long taken over and finished."""

        def __getattr__(self, name):
            return getattr(scene.ecs.deployer, name)

        def register_resized(self, *said):
            scene.clock.forward(minutes=3)
            scene.minutes(3)
            return scene.ecs.deployer.register_resized(*said)

    said = scene.apply(planned, replace(scene.world, deployer=Slow()))

    assert said == "moved_meanwhile"
    assert len(scene.ecs.deployed) == 1
    assert scene.now(planned).state is State.DEPLOYING


def test_nothing_is_registered_from_an_answer_with_fields_that_the_sdk_drops(scene):
    scene.ecs.has(a_service(), replace(a_definition(), unknown_fields=("taskDefinition.sealedMemory",)))
    change = scene.record(a_change())

    scene.apply(change)

    assert untouched(scene)
    assert (scene.now(change).state, scene.now(change).outcome) == (State.REFUSED, "unknown_fields")


def test_a_service_that_is_missing_once_after_our_write_was_sent_is_asked_for_again(scene, planned):
    with pytest.raises(Crash):
        scene.apply(planned, crashing(scene, "deployer", "deploy"))
    there = scene.ecs.fleet.pop(ORDERS)

    scene.minutes(3)

    assert scene.now(planned).is_open

    scene.ecs.fleet[ORDERS] = there
    scene.minutes(5)

    assert scene.now(planned).state is State.DEPLOYING
    assert len(scene.ecs.deployed) == 1


def test_an_applier_that_comes_back_from_the_dead_closes_nothing_of_its_successor(scene, planned):
    def stands_still():
        scene.clock.forward(minutes=3)
        scene.minutes(3)
        scene.ecs.person_deploys(ORDERS, revision(7))

    scene.ecs.has(a_definition(7))
    services = Meanwhile(scene.world.services, "describe", stands_still)

    said = scene.apply(planned, replace(scene.world, services=services))

    assert said == "moved_meanwhile"
    assert scene.now(planned).state is State.DEPLOYING


def a_rollback(scene):
    scene.ecs.has(a_service(task_definition=revision(2)), a_definition(), a_definition(2))
    return scene.record(
        a_change(
            kind=Kind.ROLLBACK,
            base=Base(revision(2)),
            target=Target(task_definition=revision(1)),
            decide_by=NOW + minutes(60),
        )
    )


def test_a_way_back_that_iam_denies_is_tried_again_until_its_hour_is_over(scene):
    back, well = a_rollback(scene), scene.world
    scene.world = replace(
        well, deployer=Faulty(well.deployer, "deploy", DeniedError("AccessDeniedException"))
    )
    scene.minutes(30)
    assert (scene.now(back).state, scene.now(back).outcome) == (State.PLANNED, "aws_denied")

    scene.world = well
    scene.minutes(2)

    assert scene.now(back).state is State.DEPLOYING


def test_a_way_back_that_iam_denies_for_its_hour_expires_and_says_so(scene):
    back = a_rollback(scene)
    denied = DeniedError("AccessDeniedException")
    scene.world = replace(scene.world, deployer=Faulty(scene.world.deployer, "deploy", denied))

    scene.minutes(65)

    assert (scene.now(back).state, scene.now(back).outcome) == (State.EXPIRED, "aws_denied")


def test_anything_else_that_iam_denies_is_closed_at_once(scene, planned):
    denied = DeniedError("AccessDeniedException")

    scene.apply(planned, replace(scene.world, deployer=Faulty(scene.world.deployer, "deploy", denied)))

    assert (scene.now(planned).state, scene.now(planned).outcome) == (State.FAILED, "aws_refused")


def test_a_hand_over_that_may_not_be_written_ends_at_once_and_says_what_would_let_it(scene):
    scene.ecs.has(a_service(tags={"trimtab:mode": "handover"}), a_definition())
    change = scene.record(a_change(kind=Kind.HAND_OVER, mode="handover"))
    denied = RejectedError("a stack with MayHandOver=yes may")

    scene.apply(change, replace(scene.world, parameters=Faulty(scene.kept, "put", denied)))

    assert scene.now(change).state is State.FAILED
    assert "MayHandOver=yes" in scene.now(change).outcome_sentence


@pytest.mark.parametrize(("own", "state"), [(49, State.DEPLOYING), (50, State.REFUSED)])
def test_a_task_definition_with_too_many_tags_for_ours_is_refused_before_anything_is_registered(
    scene, own, state
):
    tags = {f"team{n}": "orders" for n in range(own)} | {"aws:cloudformation:stack-name": "orders"}
    scene.ecs.has(a_service(), a_definition(tags=tags))
    change = scene.record(a_change())

    scene.apply(change)

    assert scene.now(change).state is state
    if state is State.REFUSED:
        assert (scene.now(change).outcome, scene.ecs.registered) == ("too_many_tags", [])
