"""The hourly look: who may run out today gets more at once, and a cut goes along with a team's deployment."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.doubles.world import flat
from tests.samples import NOW, ORDERS, a_change, a_definition, a_deployment, a_service, revision, usage
from trimtab.model.change import Kind, State, Target
from trimtab.model.change_window import ChangeWindow
from trimtab.model.digest import DayDigest, SizingHistory
from trimtab.model.policy import Policy, ServiceRule, Shrink
from trimtab.model.scaling import Follows, Scaling, ScalingPolicy
from trimtab.model.task_size import TaskSize
from trimtab.model.usage import UsagePoints
from trimtab.workflows.look_at_risk import look_at_risk
from trimtab.workflows.rightsize_task_definition import open_gate, plan_shard

DAY = timedelta(days=1)
SIZE = TaskSize(1024, 4096)


def digests(mib, shed=0.0, days=14):
    today = NOW.date()
    return tuple(
        DayDigest(today - n * DAY, 288, (shed,) * 3 + (0.0,) * 5, (0,) * 8, float(mib))
        for n in range(days, 0, -1)
    )


@pytest.fixture
def risky(scene):
    """A service that was at 75 % of its memory yesterday, as the plan left it."""
    scene.ecs.has(a_service(), a_definition())
    scene.control.histories[ORDERS] = SizingHistory(digests(3072))
    scene.control.note_at_risk(ORDERS, frozenset({"memory"}), NOW)
    return scene


def lately(scene, cpu=0.2, memory=0.5, hours=24):
    """Let usage of the last hours be the same all the time."""
    now = scene.clock.now()
    start = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours)
    scene.kept.usage[ORDERS] = flat(usage(cpu, memory), start, now)


def test_memory_near_the_limit_brings_more_before_the_kill(risky):
    lately(risky, memory=0.97)

    assert look_at_risk(risky.world)["grown"] == 1
    risky.deliver()

    change = risky.the_change(kind=Kind.RESIZE)
    assert (change.reason, change.state, change.cause) == ("near_limit", State.DEPLOYING, "look_at_risk")
    assert change.target.size.memory_mib > 4096 and change.target.size.cpu_units >= 1024
    assert risky.kept.series[ORDERS] == ("memory",)


def test_what_is_scaled_to_zero_is_not_read(risky):
    risky.ecs.change(ORDERS, desired_count=0)

    assert look_at_risk(risky.world)["grown"] == 0
    assert ORDERS not in risky.kept.series


def test_hours_at_the_limit_of_the_cpu_bring_the_next_class(risky):
    risky.control.note_at_risk(ORDERS, frozenset({"cpu"}), NOW)
    lately(risky, cpu=1.0)

    assert look_at_risk(risky.world)["grown"] == 1

    change = risky.the_change(kind=Kind.RESIZE)
    assert (change.reason, change.target.size) == ("capped", TaskSize(2048, 4096))
    assert risky.kept.series[ORDERS] == ("cpu",)


def test_what_has_room_is_left_alone(risky):
    risky.control.note_at_risk(ORDERS, frozenset({"cpu", "memory"}), NOW)
    lately(risky, cpu=0.5, memory=0.69)

    assert look_at_risk(risky.world)["grown"] == 0
    assert risky.found() == []
    assert risky.control.histories[ORDERS].last_move is None


def test_a_look_that_lets_it_be_is_remembered_and_not_repeated_on_the_same_memory(risky):
    risky.control.histories[ORDERS] = SizingHistory(digests(2000))
    lately(risky, memory=0.72)

    assert look_at_risk(risky.world)["grown"] == 0

    seen = risky.control.histories[ORDERS]
    assert seen.last_move is None, "nothing moved: tomorrow it may be made cheaper"
    assert seen.warn_ratio == pytest.approx(0.72 * 1.02)


def test_memory_of_yesterday_is_none_of_today(risky):
    lately(risky, memory=0.99)
    late = risky.kept.usage[ORDERS]
    midnight = NOW.replace(hour=0, minute=0, second=0)
    risky.kept.usage[ORDERS] = replace(
        late, memory_maximum=tuple((at, 0.99 if at < midnight else 0.3) for at, _ in late.memory_maximum)
    )

    assert look_at_risk(risky.world)["grown"] == 0


@pytest.mark.parametrize("memory", [float("nan"), -1.0, 0.0, 1e9])
def test_nothing_is_grown_on_numbers_that_cannot_be(risky, memory):
    lately(risky, cpu=memory or float("nan"), memory=memory)
    risky.control.note_at_risk(ORDERS, frozenset({"cpu", "memory"}), NOW)

    assert look_at_risk(risky.world)["grown"] == 0


def test_who_is_not_at_risk_is_not_read(scene):
    scene.ecs.has(a_service(), a_definition())

    assert look_at_risk(scene.world)["at_risk"] == 0
    assert scene.kept.series == {}


def test_after_a_day_without_a_plan_nobody_is_on_the_list_any_more(risky):
    risky.clock.forward(hours=27)
    lately(risky, memory=0.99)

    assert look_at_risk(risky.world)["at_risk"] == 0


@pytest.mark.parametrize(
    "said",
    [
        {"tags": {}},
        {"tags": {"trimtab:mode": "apply", "trimtab:hold": "true"}},
        {"created_at": NOW - timedelta(hours=20)},
        {"deployments": (a_deployment(rollout_state="IN_PROGRESS"),)},
        {"launch_type": "EC2"},
    ],
    ids=["not opted in", "held", "young", "deploying", "EC2"],
)
def test_a_service_that_is_not_sized_is_not_grown_either(risky, said):
    risky.ecs.change(ORDERS, **said)
    lately(risky, memory=0.99)

    assert look_at_risk(risky.world)["grown"] == 0
    assert risky.found(kind=Kind.RESIZE) == []


def test_the_roll_out_and_start_up_of_a_new_size_are_no_sign(risky):
    risky.ecs.change(ORDERS, deployments=(a_deployment(created_at=NOW - timedelta(minutes=40)),))
    lately(risky, memory=0.99)

    assert look_at_risk(risky.world)["grown"] == 0


@pytest.mark.parametrize(("follows", "grown"), [(Follows.MEMORY, 0), (Follows.STEPS, 0), (Follows.CPU, 1)])
def test_what_the_scaling_of_a_service_follows_is_not_grown(risky, follows, grown):
    policy = ScalingPolicy("policy", follows, "metric", 60.0, NOW - timedelta(days=30))
    risky.kept.scalings["shop/orders"] = Scaling(2, 10, (policy,))
    lately(risky, memory=0.99)

    assert look_at_risk(risky.world)["grown"] == grown


def test_the_same_shortage_is_answered_once_a_day(risky):
    lately(risky, memory=0.97)
    look_at_risk(risky.world)
    risky.clock.forward(hours=1)
    look_at_risk(risky.world)

    assert len(risky.found(kind=Kind.RESIZE)) == 1


def test_what_grows_waits_for_no_window(risky):
    closed = ChangeWindow(frozenset({5}), NOW.time(), NOW.time(), NOW.tzinfo)
    risky.control.policy = Policy(1, (ServiceRule(windows=(closed,)),))
    lately(risky, memory=0.97)

    look_at_risk(risky.world)
    risky.deliver()

    assert risky.the_change(kind=Kind.RESIZE).state is State.DEPLOYING


def a_shift(state=State.WATCHING):
    return a_change(
        id="shift1", kind=Kind.SHIFT, state=state, applied={"deployment": "ecs-svc/7"},
        times={State.DEPLOYING: NOW - timedelta(minutes=5)},
    )  # fmt: skip


def test_a_service_that_is_being_shifted_is_not_sized_at_the_same_time(risky):
    risky.changes.items[ORDERS, "shift1"] = a_shift()
    lately(risky, memory=0.97)

    assert look_at_risk(risky.world)["grown"] == 0
    plan_shard("run-1", 0, 1, risky.world)

    assert risky.control.rows["run-1"][ORDERS]["reason"] == "shift_in_progress"


# A cut and the team's deployments


@pytest.fixture
def deployed_often(scene):
    """An oversized service whose team deployed two and nine days ago."""
    scene.ecs.has(a_service(), a_definition(), a_definition(2))
    scene.control.histories[ORDERS] = SizingHistory(digests(500))
    for days in (9, 2):
        service = replace(scene.ecs.fleet[ORDERS], created_at=NOW - days * DAY)
        scene.ecs.past[ORDERS].insert(0, scene.ecs._past(service, NOW - days * DAY, "SUCCESSFUL"))
    return scene


def plan(scene, run="run-1"):
    plan_shard(run, 0, 1, scene.world)
    open_gate(run, scene.world)
    return scene.control.rows[run][ORDERS]


def they_deploy(scene):
    scene.ecs.person_deploys(ORDERS, revision(2))
    scene.ecs.finish(ORDERS)
    scene.clock.forward(minutes=30)


def test_a_cut_waits_for_the_teams_next_deployment_and_goes_along_with_it(deployed_often):
    assert plan(deployed_often)["reason"] == "waits_for_deployment"
    assert look_at_risk(deployed_often.world)["carried_along"] == 0
    assert deployed_often.control.histories[ORDERS].waits_since == NOW.date()

    they_deploy(deployed_often)

    assert look_at_risk(deployed_often.world)["carried_along"] == 1
    deployed_often.deliver()
    change = deployed_often.the_change(kind=Kind.RESIZE)
    assert (change.state, change.base.task_definition) == (State.DEPLOYING, revision(2))


def test_cuts_that_wait_for_deployments_are_counted_by_the_gate_and_do_not_get_around_it(scene):
    arns = []
    for number in range(25):
        scene.ecs.has(service := a_service(f"s{number:02d}"), a_definition(1, service.name))
        arns.append(service.arn)
        scene.control.histories[service.arn] = SizingHistory(digests(500))
        for days in (9, 2):
            past = scene.ecs._past(scene.ecs.fleet[service.arn], NOW - days * DAY, "SUCCESSFUL")
            scene.ecs.past[service.arn].insert(0, past)
    plan_shard("run-1", 0, 1, scene.world)
    assert {row["reason"] for row in scene.control.rows["run-1"].values()} == {"waits_for_deployment"}

    open_gate("run-1", scene.world)
    for arn in arns:
        scene.ecs.person_deploys(arn, scene.ecs.fleet[arn].task_definition)
        scene.ecs.finish(arn)
    scene.clock.forward(minutes=30)

    assert look_at_risk(scene.world)["carried_along"] == 0
    assert scene.found(kind=Kind.RESIZE) == []


def test_how_long_it_has_been_waiting_is_not_forgotten(deployed_often):
    kept = deployed_often.control.histories[ORDERS]
    since = NOW.date() - 3 * DAY
    deployed_often.control.histories[ORDERS] = replace(kept, waits_since=since)

    assert plan(deployed_often)["reason"] == "waits_for_deployment"
    assert deployed_often.control.histories[ORDERS].waits_since == since


def test_a_day_that_is_not_known_does_not_end_the_waiting(deployed_often):
    plan(deployed_often)
    deployed_often.kept.usage[ORDERS] = UsagePoints((), (), ())
    deployed_often.clock.forward(days=1)

    assert plan(deployed_often, "run-2")["reason"] == "usage_unknown"
    assert deployed_often.control.histories[ORDERS].waits_since == NOW.date()


def test_a_service_that_starts_with_what_it_has_is_not_grown_for_its_start(scene):
    scene.ecs.has(a_service(), a_definition(1, cpu_units=256, memory_mib=512))
    full = replace(digests(150)[-1], start_peak_mib=505.0)
    scene.control.histories[ORDERS] = SizingHistory((*digests(150)[:-1], full))

    assert plan(scene)["action"] == "keep"


def test_after_seven_days_without_a_deployment_it_is_carried_out(deployed_often):
    plan(deployed_often)
    kept = deployed_often.control.histories[ORDERS]
    deployed_often.control.histories[ORDERS] = replace(kept, waits_since=NOW.date() - 7 * DAY)

    assert plan(deployed_often, "run-2")["action"] == "resize"
    assert deployed_often.control.histories[ORDERS].waits_since is None


@pytest.mark.parametrize("shrink", [Shrink.WINDOW, Shrink.NOW])
def test_where_the_policy_says_so_it_waits_for_nobody(deployed_often, shrink):
    deployed_often.control.policy = Policy(1, (ServiceRule(shrink=shrink),))

    assert plan(deployed_often)["action"] == "resize"


def test_a_proposal_waits_for_no_deployment(deployed_often):
    deployed_often.ecs.change(ORDERS, tags={"trimtab:mode": "observe"})

    assert plan(deployed_often)["action"] == "resize"
    assert deployed_often.control.risks == {}


def test_a_plan_notes_who_is_to_be_looked_at_until_the_next(scene):
    scene.ecs.has(a_service(), a_definition())
    scene.control.histories[ORDERS] = SizingHistory(digests(3072))

    plan(scene)

    assert scene.control.at_risk(NOW)[ORDERS] == {"memory"}


def test_a_size_that_was_taken_back_is_not_offered_again(scene):
    scene.ecs.has(a_service(), a_definition())
    first = plan(scene)
    size = scene.the_change(kind=Kind.RESIZE).target.size
    scene.changes.items.clear()
    gone = a_change(
        state=State.ROLLED_BACK, outcome="tasks_died", target=replace(a_change().target, size=size)
    )
    scene.changes.items[ORDERS, gone.id] = gone
    scene.clock.forward(hours=1)

    again = plan(scene, "run-2")

    assert first["action"] == "resize"
    offered = [c.target.size for c in scene.found(kind=Kind.RESIZE) if c.id != gone.id]
    assert all(one.cpu_units > size.cpu_units and one.memory_mib > size.memory_mib for one in offered)
    assert offered or again["reason"] == "reverted_lately"


@pytest.mark.parametrize(("days", "said"), [(1, "keep"), (4, "resize")])
def test_a_size_that_ecs_took_back_has_moved_the_service_too(scene, days, said):
    scene.ecs.has(a_service(), a_definition())  # on the deployment from before again, as old as it was
    began = NOW - timedelta(days=days)
    taken = a_change(state=State.ROLLED_BACK, outcome="circuit_breaker", created_at=began)
    gone = replace(taken, times={State.DEPLOYING: began, State.ROLLED_BACK: began}, target=Target())
    scene.changes.items[ORDERS, gone.id] = gone

    row = plan(scene)

    assert (row["action"], row["reason"] == "moved_lately") == (said, said == "keep")


def test_the_floors_of_a_size_are_in_its_evidence(scene):
    scene.ecs.has(a_service(), a_definition())
    scene.control.floors[ORDERS] = 3072
    plan(scene)

    evidence = scene.the_change(kind=Kind.RESIZE).evidence
    assert (evidence["kill_floor_mib"], evidence["kill_floor_until"]) == (3072, "2026-04-01")
