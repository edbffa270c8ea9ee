"""A task of a service is killed for memory: it gets more where that helps, and a person is told where not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.doubles.control import ARMED
from tests.samples import ARN, CLUSTER, NOW, ORDERS, a_definition, a_service, out_of_memory, revision, usage
from trimtab.model.change import Kind, State, Turn
from trimtab.model.digest import DayDigest, SizingHistory
from trimtab.model.policy import Policy, ServiceRule
from trimtab.model.switch import NEVER_SET
from trimtab.model.task import Container
from trimtab.model.task_size import TaskSize
from trimtab.workflows.restart_stopped_task import restart_stopped_task

WORDS = "OutOfMemoryError: Container killed due to memory usage"
KILL = out_of_memory(
    "s1",
    group="service:orders",
    started_by="ecs-svc/1",
    task_definition_arn=revision(1),
    containers=(Container("app", "STOPPED", 137, WORDS),),
)
OBSERVE = {"trimtab:mode": "observe"}


@pytest.fixture
def orders(scene):
    scene.ecs.has(a_service(), a_definition())
    return scene


def kill(scene, task=KILL):
    """Let a task of the revision in force be killed, and the line do what follows."""
    said = {"stopped_at": scene.clock.now()}
    if scene.ecs.fleet:
        said["task_definition_arn"] = scene.ecs.fleet[ORDERS].task_definition
    restart_stopped_task(
        replace(task, task_arn=f"{task.task_arn}{len(scene.stops.kept)}", **said), "e", scene.world
    )
    scene.minutes(1)


def raised_with_peak(scene, peak_mib, cap_mib):
    history = SizingHistory((DayDigest(NOW.date(), 288, (0.0,) * 8, (0,) * 8, peak_mib),))
    scene.control.histories[ORDERS] = history
    scene.control.policy = Policy(1, (ServiceRule(largest=TaskSize(4096, cap_mib)),))
    kill(scene)
    return scene.the_change(kind=Kind.RAISE_MEMORY).target.size.memory_mib


def test_a_kill_below_what_was_once_used_brings_all_of_that_back(orders):
    assert raised_with_peak(orders, 14_000.0, 30_720) >= 14_000


def test_a_peak_that_no_allowed_size_holds_does_not_forbid_a_step(orders):
    assert 5120 <= raised_with_peak(orders, 14_000.0, 8192) <= 8192


SILENT = replace(KILL, containers=(Container("app", "STOPPED", 137, None),))


@pytest.mark.parametrize(("ratio", "raised"), [(0.97, 1), (0.95, 1), (0.9, 0), (None, 0), (float("nan"), 0)])
def test_a_kill_without_a_word_is_one_for_memory_where_memory_was_full(orders, ratio, raised):
    orders.kept.usage[ORDERS] = usage(memory=ratio)

    kill(orders, SILENT)

    assert len(raises(orders)) == raised


def test_a_sidecar_that_was_killed_without_a_word_is_no_sign(orders):
    containers = (Container("app", "STOPPED", 1, None), Container("agent", "STOPPED", 137, None))
    orders.kept.usage[ORDERS] = usage(memory=0.99)

    kill(orders, replace(KILL, containers=containers))

    assert raises(orders) == []


def test_a_scale_in_that_had_to_kill_is_no_sign_however_full_memory_was(orders):
    orders.kept.usage[ORDERS] = usage(memory=0.99)
    scaled_in = replace(
        SILENT,
        stop_code="ServiceSchedulerInitiated",
        stopped_reason="Scaling activity initiated by (deployment ecs-svc/1)",
        execution_stopped_at=KILL.stopping_at + timedelta(seconds=30),
    )

    kill(orders, scaled_in)

    assert raises(orders) == []


def settle(scene):
    """Let the roll-out end well and its watch pass."""
    scene.ecs.finish(ORDERS)
    scene.minutes(75)


def raises(scene, **said):
    return scene.found(kind=Kind.RAISE_MEMORY, **said)


def last_answer(scene):
    return list(scene.stops.kept.values())[-1].decided


def test_a_service_killed_for_memory_gets_more_once_a_revision(orders):
    for _ in range(3):
        restart_stopped_task(replace(KILL, task_arn=f"{KILL.task_arn}{_}"), "e", orders.world)
    orders.minutes(1)

    change = orders.the_change(kind=Kind.RAISE_MEMORY)
    assert change.target.size == TaskSize(1024, 8192)
    assert change.sentence.endswith("4096 → 8192 MiB: 2 times as much.")
    assert orders.ecs.registered == [revision(2)]
    assert orders.control.floors[ORDERS] == 8192


def test_a_service_that_leaks_gets_more_memory_twice_a_week_and_its_team_is_told_once_a_day(orders):
    for _ in range(4):
        kill(orders)
        settle(orders)

    assert [d.size.memory_mib for d in orders.ecs.definitions.values()] == [4096, 8192, 14336]
    refused = orders.the_change(kind=Kind.RAISE_MEMORY, state=State.REFUSED)
    assert (refused.outcome, refused.turn) == ("raised_enough", Turn.NONE)
    assert "a leak is not chased" in refused.sentence
    assert last_answer(orders) == "raised_enough"

    orders.clock.forward(days=1)
    kill(orders)
    assert len(raises(orders, state=State.REFUSED)) == 2


def test_a_week_later_a_service_may_get_more_memory_again(orders):
    for _ in range(2):
        kill(orders)
        settle(orders)
    orders.clock.forward(days=7)

    kill(orders)

    assert orders.ecs.fleet[ORDERS].task_definition == revision(4)


@pytest.mark.parametrize(
    ("containers", "follows"),
    [
        ([{"name": "app", "memory": 4096}], True),
        ([{"name": "app"}], True),
        ([{"name": "app", "memory": 3000}], True),
        ([{"name": "app", "memory": 1024}, {"name": "agent", "essential": False}], True),
        ([{"name": "app", "memory": 1024}, {"name": "web", "memory": 2048}], False),
    ],
)
def test_a_service_is_not_raised_for_a_container_whose_own_limit_would_stay(scene, containers, follows):
    scene.ecs.has(a_service(), a_definition(containerDefinitions=containers))

    kill(scene)

    assert len(scene.ecs.registered) == follows
    if not follows:
        refused = scene.the_change(kind=Kind.RAISE_MEMORY)
        assert (refused.state, refused.outcome) == (State.REFUSED, "container_limit")
        assert (
            f"Container app was killed at its own limit of {containers[0]['memory']} MiB" in refused.sentence
        )
        assert scene.control.floors[ORDERS] == 4096


@pytest.mark.parametrize(
    ("service", "definition", "reason"),
    [
        ({"launch_type": "EC2"}, {}, "not_fargate"),
        ({}, {"cpu": None}, "no_task_size"),
        ({}, {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}, "windows"),
    ],
)
def test_a_service_that_is_not_sized_is_not_raised_either_and_its_team_is_told(
    scene, service, definition, reason
):
    scene.ecs.has(a_service(**service), a_definition(**definition))

    kill(scene)

    refused = scene.the_change(kind=Kind.RAISE_MEMORY)
    assert (refused.state, refused.outcome) == (State.REFUSED, reason)
    assert scene.ecs.registered == []


@pytest.mark.parametrize("largest", [TaskSize(16384, 4096), TaskSize(512, 122880)])
def test_a_service_never_gets_more_than_the_stack_allows(orders, largest):
    restart_stopped_task(KILL, "e", replace(orders.world, largest=largest))

    assert orders.the_change(kind=Kind.RAISE_MEMORY).outcome == "at_memory_ceiling"


def test_a_raise_that_expired_does_not_stand_in_the_way_of_the_next_kill(orders):
    orders.control.switch = NEVER_SET
    kill(orders)
    orders.minutes(70)
    assert [c.state for c in raises(orders)] == [State.EXPIRED]

    orders.control.switch = ARMED
    kill(orders)

    assert orders.ecs.registered == [revision(2)]
    assert len(raises(orders)) == 2


def test_a_raise_that_waits_is_not_recorded_again(orders):
    orders.control.switch = NEVER_SET
    kill(orders)
    kill(orders)

    assert [c.state for c in raises(orders)] == [State.PLANNED]


def test_a_raise_that_is_refused_for_a_while_is_asked_for_by_the_next_kill(orders):
    orders.ecs.change(ORDERS, deployment_controller="CODE_DEPLOY")
    kill(orders)
    orders.ecs.change(ORDERS, deployment_controller="ECS")
    kill(orders)

    assert sorted(c.state for c in raises(orders)) == [State.DEPLOYING, State.REFUSED]


def test_a_refusal_that_lasts_is_told_four_times_a_day_at_most(orders):
    orders.ecs.change(ORDERS, deployment_controller="CODE_DEPLOY")
    for _ in range(7):
        kill(orders)

    assert [c.state for c in raises(orders)] == [State.REFUSED] * 4


def test_a_raise_that_was_rolled_back_is_not_tried_again_for_the_same_revision(orders):
    kill(orders)
    orders.ecs.finish(ORDERS, "FAILED", "tasks failed to start")
    orders.minutes(10)
    orders.ecs.finish(ORDERS)
    orders.minutes(10)
    assert orders.ecs.fleet[ORDERS].task_definition == revision(1)
    assert raises(orders)[0].state is State.ROLLED_BACK

    orders.clock.forward(days=2)
    kill(orders)

    assert len(raises(orders)) == 1
    assert last_answer(orders) == "already_recorded"


def test_a_service_that_only_observes_is_told_and_not_raised(orders):
    orders.ecs.change(ORDERS, tags=OBSERVE)

    kill(orders)
    kill(orders)
    orders.minutes(5)

    assert orders.the_change(kind=Kind.RAISE_MEMORY).state is State.PROPOSED
    assert orders.ecs.registered == []


def test_a_mode_that_is_raised_during_an_outage_counts_with_the_next_kill(orders):
    orders.ecs.change(ORDERS, tags=OBSERVE)
    kill(orders)
    (proposal,) = raises(orders)

    orders.ecs.change(ORDERS, tags={"trimtab:mode": "apply"})
    kill(orders)

    assert orders.ecs.registered == [revision(2)]
    assert (orders.now(proposal).state, orders.now(proposal).outcome) == (State.SUPERSEDED, "decided_again")


def test_a_kill_of_an_older_revision_says_nothing_of_the_one_in_force(orders):
    orders.ecs.change(ORDERS, task_definition=revision(2))

    restart_stopped_task(KILL, "e", orders.world)

    assert orders.found() == []
    assert last_answer(orders) == "old_revision"


def test_a_service_without_our_tags_is_left_alone(orders):
    orders.ecs.change(ORDERS, tags={})

    kill(orders)

    assert orders.found() == []
    assert last_answer(orders) == "mode_off"


def test_a_task_is_found_in_its_own_cluster(orders):
    assert CLUSTER in KILL.cluster_arn

    kill(orders, replace(KILL, cluster_arn=f"{ARN}:cluster/elsewhere"))

    assert last_answer(orders) == "service_gone"
