"""Usage becomes sizes, sizes proposals, and one gate lets all of a plan through or none of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.doubles.world import Crash, DiesAfter
from tests.samples import NOW, ORDERS, a_definition, a_deployment, a_service, minutes, revision, usage
from trimtab.model.budget import Limits
from trimtab.model.change import Change, Kind, State, Target, Turn, plan_hash
from trimtab.model.change_window import Freeze
from trimtab.model.policy import Policy
from trimtab.model.signals import Traffic
from trimtab.model.task_size import TaskSize
from trimtab.model.usage import UsagePoints
from trimtab.workflows.by_hand import approve
from trimtab.workflows.look_at_risk import look_at_risk
from trimtab.workflows.rightsize_task_definition import open_gate, plan_service, plan_shard, report

RUN = "run-1"


@pytest.fixture
def oversized(scene):
    scene.ecs.has(a_service(), a_definition())
    return scene


def fleet(scene, count, **said):
    for number in range(count):
        name = f"s{number:02d}"
        scene.ecs.has(a_service(name, **said), a_definition(1, name))


def row(scene, arn=ORDERS, run=RUN):
    return scene.control.rows[run][arn]


def mode(scene, mode):
    scene.ecs.change(ORDERS, tags={"trimtab:mode": mode})


def test_a_plan_is_recorded_and_waits_for_its_gate(oversized):
    assert plan_shard(RUN, 0, 1, oversized.world) == {"considered": 1, "changes": 1}
    oversized.minutes(5)

    change = oversized.the_change(kind=Kind.RESIZE)
    assert (change.state, change.turn) == (State.APPROVED, Turn.SETTLE)
    assert change.target.size == TaskSize(256, 2048)
    assert (row(oversized)["action"], row(oversized)["change_id"]) == ("resize", change.id)
    assert oversized.ecs.registered == []


def test_the_gate_releases_a_plan_and_the_line_carries_it_to_its_end(oversized):
    plan_shard(RUN, 0, 1, oversized.world)

    assert open_gate(RUN, oversized.world) == {"released": 1, "held": 0}
    oversized.deliver()
    oversized.ecs.finish(ORDERS)
    oversized.minutes(6)
    oversized.clock.forward(days=1)
    oversized.minutes(1)

    change = oversized.the_change(kind=Kind.RESIZE)
    assert change.state is State.SUCCEEDED
    assert list(change.times) == ["approved", "planned", "applying", "deploying", "watching", "succeeded"]


def test_a_service_above_the_caps_of_the_stack_is_left_as_it_is(oversized):
    low = replace(oversized.world, largest=TaskSize(256, 2048))

    plan_shard(RUN, 0, 1, low)

    assert row(oversized)["reason"] == "size_above_caps"
    assert oversized.found(kind=Kind.RESIZE) == []


def test_a_service_in_observe_mode_is_proposed_and_goes_no_further(oversized):
    mode(oversized, "observe")
    plan_shard(RUN, 0, 1, oversized.world)
    assert open_gate(RUN, oversized.world) == {"released": 0, "held": 0}

    oversized.minutes(30)

    change = oversized.the_change(kind=Kind.RESIZE)
    assert (change.state, change.mode, change.turn) == (State.PROPOSED, "observe", Turn.SETTLE)
    assert change.monthly_usd.after < change.monthly_usd.before
    assert oversized.ecs.registered == oversized.ecs.deployed == []
    assert oversized.kept.parameters == {}


def test_a_service_in_approve_mode_waits_for_a_person(oversized):
    mode(oversized, "approve")
    plan_shard(RUN, 0, 1, oversized.world)
    open_gate(RUN, oversized.world)
    oversized.minutes(30)

    change = oversized.the_change(kind=Kind.RESIZE)
    assert (change.state, change.turn) == (State.PROPOSED, Turn.PERSON)
    assert oversized.ecs.registered == []


def test_a_service_in_handover_mode_gets_its_sizes_written_down(oversized):
    mode(oversized, "handover")
    plan_shard(RUN, 0, 1, oversized.world)
    open_gate(RUN, oversized.world)
    oversized.deliver()

    assert oversized.the_change(kind=Kind.HAND_OVER).state is State.SUCCEEDED
    assert oversized.kept.parameters.pop("/trimtab/shop/orders/size")
    assert oversized.kept.parameters == {
        "/trimtab/shop/orders/cpu": "256",
        "/trimtab/shop/orders/memory": "2048",
    }
    assert oversized.ecs.registered == []


def test_a_shard_planned_twice_writes_the_same_rows_and_changes(oversized):
    fleet(oversized, 7)
    first = plan_shard(RUN, 0, 1, oversized.world)
    rows, changes = dict(oversized.control.rows[RUN]), dict(oversized.changes.items)
    oversized.clock.forward(minutes=2)

    again = plan_shard(RUN, 0, 1, oversized.world)

    assert first["considered"] == again["considered"] == 8
    assert oversized.control.rows[RUN] == rows
    assert oversized.changes.items == changes


def test_every_service_falls_into_exactly_one_shard(scene):
    fleet(scene, 30)

    considered = [plan_shard(RUN, shard, 4, scene.world)["considered"] for shard in range(4)]

    assert sum(considered) == 30
    assert len(scene.control.rows[RUN]) == 30
    assert min(considered) > 0


def test_the_same_size_can_be_offered_again_another_day(oversized):
    plan_shard(RUN, 0, 1, oversized.world)
    oversized.clock.forward(days=1)

    plan_shard("run-2", 0, 1, oversized.world)

    assert len(oversized.found(kind=Kind.RESIZE)) == 2


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"tags": {}}, "mode_off"),
        ({"tags": {"trimtab:mode": "aply"}}, "malformed_tag"),
        ({"tags": {"trimtab:mode": "apply", "trimtab:hold": "true"}}, "held"),
        ({"launch_type": "EXTERNAL"}, "external"),
        ({"task_definition": revision(9)}, "no_task_size"),
        ({"task_definition": "", "deployment_controller": "EXTERNAL"}, "other_controller"),
        ({"deployment_controller": "CODE_DEPLOY"}, "other_controller"),
        ({"scheduling_strategy": "DAEMON"}, "other_controller"),
        ({"deployments": (a_deployment(rollout_state="IN_PROGRESS"),)}, "deployment_in_progress"),
        ({"created_at": NOW - timedelta(hours=20)}, "too_little_data"),
        ({"created_at": NOW - minutes(5)}, "too_little_data"),
    ],
)
def test_a_service_that_is_not_sized_is_kept_with_its_reason(oversized, said, reason):
    oversized.ecs.change(ORDERS, **said)

    plan_shard(RUN, 0, 1, oversized.world)

    assert (row(oversized)["action"], row(oversized)["reason"]) == ("keep", reason)
    assert oversized.found() == []


@pytest.mark.parametrize("seen", [UsagePoints((), (), ()), usage(memory=None), usage(memory=float("nan"))])
def test_where_cloudwatch_has_no_metrics_nothing_is_decided(oversized, seen):
    oversized.kept.usage[ORDERS] = seen

    plan_shard(RUN, 0, 1, oversized.world)

    assert (row(oversized)["action"], row(oversized)["reason"]) == ("keep", "too_little_data")
    assert oversized.found() == []


def test_where_only_yesterday_is_missing_nothing_is_decided_either(oversized):
    plan_shard(RUN, 0, 1, oversized.world)
    oversized.changes.items.clear()
    oversized.kept.usage[ORDERS] = UsagePoints((), (), ())
    oversized.clock.forward(days=1)

    plan_shard("run-2", 0, 1, oversized.world)

    assert row(oversized, run="run-2")["reason"] == "usage_unknown"


def test_a_plan_that_died_goes_on_where_it_was_and_reads_nothing_twice(scene):
    fleet(scene, 3)
    with pytest.raises(Crash):
        plan_shard(RUN, 0, 1, replace(scene.world, control=DiesAfter(scene.control, "save_sizing_history")))
    known = dict(scene.control.histories)

    assert len(known) == 1
    assert plan_shard(RUN, 0, 1, scene.world)["considered"] == 3
    assert known.items() <= scene.control.histories.items()


def test_an_unreadable_policy_decides_nothing(oversized):
    oversized.control.policy = None

    plan_shard(RUN, 0, 1, oversized.world)

    assert row(oversized)["reason"] == "policy_unreadable"
    assert oversized.found() == []


def test_a_service_killed_for_memory_is_not_made_as_small_again(oversized):
    oversized.control.floors[ORDERS] = 3072

    plan_shard(RUN, 0, 1, oversized.world)

    assert oversized.the_change().target.size.memory_mib >= 3072


def test_a_service_that_shows_nothing_of_its_users_is_shrunk_only_when_a_person_approves(scene):
    blind = a_definition(containerDefinitions=[{"name": "app", "image": "orders:1"}])
    scene.ecs.has(a_service(), blind)
    counts = plan_shard("run-1", 0, 1, scene.world)
    open_gate("run-1", scene.world)
    scene.minutes(3)

    change = scene.the_change(kind=Kind.RESIZE)
    assert counts["changes"] == 1
    assert (change.state, change.turn, change.reason) == (State.PROPOSED, Turn.PERSON, "no_health_signal")
    assert scene.ecs.deployed == []
    assert isinstance(approve(change, plan_hash(change), "anna", scene.changes, scene.clock.now()), Change)
    scene.minutes(1)

    assert scene.now(change).state is State.DEPLOYING


def test_cuts_that_wait_for_a_person_do_not_thin_out_a_mass_anomaly(scene):
    for number in range(60):
        name = f"s{number}"
        more = {} if number < 22 else {"containerDefinitions": [{"name": "app", "image": "i"}]}
        scene.ecs.has(a_service(name), a_definition(1, name, **more))
    plan_shard("run-1", 0, 1, scene.world)

    assert open_gate("run-1", scene.world)["held"] == 22


def test_a_mass_anomaly_holds_the_whole_plan(scene):
    fleet(scene, 25)
    plan_shard(RUN, 0, 1, scene.world)

    assert open_gate(RUN, scene.world) == {"released": 0, "held": 25}
    scene.minutes(5)

    assert {(c.state, c.outcome) for c in scene.found()} == {(State.REFUSED, "mass_anomaly")}
    assert scene.ecs.registered == []


def test_a_plan_is_not_judged_by_wider_limits_while_the_policy_cannot_be_read(scene):
    scene.control.policy = Policy(limits=Limits(mass_anomaly_services_min=2))
    fleet(scene, 5)
    plan_shard(RUN, 0, 1, scene.world)
    scene.control.policy = None

    assert open_gate(RUN, scene.world) == {"released": 0, "held": 5}
    assert {(c.state, c.outcome) for c in scene.found()} == {(State.REFUSED, "policy_unreadable")}


def test_sizes_that_were_handed_over_before_and_still_stand_hold_no_plan_back(scene):
    fleet(scene, 15, tags={"trimtab:mode": "handover"})
    plan_shard(RUN, 0, 1, scene.world)
    open_gate(RUN, scene.world)
    scene.deliver()
    assert {c.state for c in scene.found()} == {State.SUCCEEDED}
    scene.ecs.has(a_service(), a_definition())
    fleet(scene, 20, tags={"trimtab:mode": "handover"})
    scene.clock.forward(days=1)

    plan_shard("run-2", 0, 1, scene.world)

    assert open_gate("run-2", scene.world) == {"released": 6, "held": 0}
    assert len(scene.found(kind=Kind.HAND_OVER)) == 20


@pytest.mark.parametrize(
    "others",
    [
        {"tags": {}},
        {"tags": {"trimtab:mode": "observe"}},
        {"launch_type": "EC2"},
        {"created_at": NOW - minutes(5)},
    ],
    ids=lambda said: next(iter(said)),
)
def test_services_that_were_not_judged_do_not_thin_out_a_mass_anomaly(scene, others):
    fleet(scene, 25)
    for number in range(60):
        scene.ecs.has(a_service(f"other{number}", **others), a_definition(1, f"other{number}"))
    plan_shard(RUN, 0, 1, scene.world)

    assert open_gate(RUN, scene.world) == {"released": 0, "held": 25}


def test_services_that_fit_count_as_judged(scene):
    fleet(scene, 12)
    for number in range(13):
        scene.ecs.has(a_service(f"fits{number}"), a_definition(1, f"fits{number}", 256, 512))
    plan_shard(RUN, 0, 1, scene.world)

    assert open_gate(RUN, scene.world) == {"released": 12, "held": 0}


def test_only_the_services_of_a_shard_are_described(scene):
    fleet(scene, 30)
    described = []

    class Watched:
        def all(self, clusters, wanted):
            for service in scene.ecs.services.all(clusters, wanted):
                described.append(service.arn)
                yield service

    plan_shard(RUN, 0, 4, replace(scene.world, services=Watched()))

    assert 0 < len(described) < 15
    assert set(described) == set(scene.control.rows[RUN])


def test_a_gate_that_died_halfway_comes_to_the_same_answer(scene):
    fleet(scene, 25)
    plan_shard(RUN, 0, 1, scene.world)
    for _ in range(14):
        with pytest.raises(Crash):
            open_gate(RUN, replace(scene.world, changes=DiesAfter(scene.changes, "move")))

    open_gate(RUN, scene.world)
    scene.minutes(2)

    assert {(c.state, c.outcome) for c in scene.found()} == {(State.REFUSED, "mass_anomaly")}


def test_a_plan_that_lost_half_of_the_fleet_is_held_however_often_the_gate_is_asked(scene):
    fleet(scene, 12)
    plan_shard(RUN, 0, 1, scene.world)
    open_gate(RUN, scene.world)
    for arn in list(scene.ecs.fleet)[5:]:
        del scene.ecs.fleet[arn]
    scene.clock.forward(days=7)
    plan_shard("run-2", 0, 1, scene.world)

    with pytest.raises(Crash):
        open_gate("run-2", replace(scene.world, changes=DiesAfter(scene.changes, "move")))
    answer = open_gate("run-2", scene.world)

    assert answer["released"] == 0
    assert {c.outcome for c in scene.found(cause="rightsize_fleet/run-2")} == {"inventory_shrank"}


def test_a_service_planned_on_demand_needs_no_gate(oversized):
    assert plan_service("request-1", ORDERS, oversized.world) == {"considered": 1, "changes": 1}
    oversized.deliver()

    assert oversized.the_change(kind=Kind.RESIZE).state is State.DEPLOYING


def test_a_service_that_does_not_exist_is_planned_as_nothing(scene):
    assert plan_service("request-1", ORDERS, scene.world) == {"considered": 0, "changes": 0}


def test_a_report_counts_by_reason(oversized):
    fleet(oversized, 3, tags={})
    plan_shard(RUN, 0, 1, oversized.world)

    counts = report(RUN, oversized.world)

    assert counts == {
        "services": 4, "families": 1,
        "reason_mode_off": 3, "reason_too_large": 1, "reason_family_not_measured": 1,
    }  # fmt: skip


@pytest.fixture
def watched(oversized):
    plan_service("request-1", ORDERS, oversized.world)
    oversized.deliver()
    oversized.ecs.finish(ORDERS)
    oversized.minutes(6)
    assert oversized.the_change().state is State.WATCHING
    return oversized


def test_a_smaller_size_that_nears_its_limit_is_taken_back_before_a_task_is_killed(watched):
    watched.kept.usage[ORDERS] = usage(memory=0.98)

    counts = look_at_risk(watched.world)
    assert (counts["watched"], counts["taken_back"]) == (1, 1)
    watched.deliver()

    assert watched.ecs.fleet[ORDERS].task_definition == revision(1)
    assert watched.the_change(kind=Kind.RESIZE).state is State.ROLLING_BACK


@pytest.mark.parametrize("memory", [0.96, None, float("nan")])
def test_a_smaller_size_with_room_or_without_data_is_left_alone(watched, memory):
    watched.kept.usage[ORDERS] = usage(memory=memory)

    assert look_at_risk(watched.world)["taken_back"] == 0


def test_the_hourly_look_takes_back_what_an_alarm_speaks_against(watched):
    watched.ecs.change(ORDERS, alarms=("errors",))
    watched.signals.set("errors", "ALARM", watched.clock.now())

    assert look_at_risk(watched.world)["taken_back"] == 1

    assert watched.the_change(kind=Kind.RESIZE).outcome == "alarm_fired"


def test_the_hourly_look_takes_nothing_back_that_nobody_can_tell_of(watched):
    watched.ecs.change(ORDERS, alarms=("errors",), target_groups=("arn:x:targetgroup/orders/1",))
    watched.signals.requests = (Traffic(), Traffic())

    counts = look_at_risk(watched.world)
    assert (counts["watched"], counts["taken_back"]) == (1, 0)


def test_a_size_that_grew_is_not_taken_back_for_being_full(watched):
    grown = replace(watched.the_change(kind=Kind.RESIZE), target=Target(size=TaskSize(2048, 8192)))
    watched.changes.items[ORDERS, grown.id] = grown
    watched.kept.usage[ORDERS] = usage(memory=0.99)

    assert look_at_risk(watched.world)["taken_back"] == 0


def test_a_size_somebody_has_replaced_since_is_none_of_ours_to_take_back(watched):
    watched.kept.usage[ORDERS] = usage(memory=0.99)
    watched.ecs.change(ORDERS, task_definition=revision(7))

    assert look_at_risk(watched.world)["taken_back"] == 0


def test_a_size_that_cannot_be_taken_back_now_keeps_no_other_waiting(watched):
    fleet(watched, 1)
    other = next(arn for arn in watched.ecs.fleet if arn != ORDERS)
    plan_service("request-2", other, watched.world)
    watched.deliver()
    watched.ecs.finish(other)
    watched.minutes(6)
    for arn in (ORDERS, other):
        watched.kept.usage[arn] = usage(memory=0.98)
    watched.changes.heads[ORDERS] = ("a shift", NOW)

    assert look_at_risk(watched.world)["taken_back"] == 1

    assert [c.state for c in watched.found(kind=Kind.RESIZE, workload=other)] == [State.ROLLING_BACK]


def frozen_for(scene, days):
    now = scene.clock.now()
    scene.control.policy = Policy(1, freezes=(Freeze(now, now + timedelta(days=days), "sale"),))


@pytest.mark.parametrize("said", ["apply", "handover"])
def test_what_would_expire_in_a_freeze_is_not_decided_every_night(oversized, said):
    mode(oversized, said)
    frozen_for(oversized, 14)

    plan_shard(RUN, 0, 1, oversized.world)

    assert (row(oversized)["action"], row(oversized)["reason"]) == ("keep", "frozen")
    assert oversized.found() == []


@pytest.mark.parametrize(("said", "days"), [("apply", 0.5), ("approve", 14), ("observe", 14)])
def test_what_is_only_proposed_or_outlives_the_freeze_is_decided(oversized, said, days):
    mode(oversized, said)
    frozen_for(oversized, days)

    plan_shard(RUN, 0, 1, oversized.world)

    assert row(oversized)["action"] == "resize"
