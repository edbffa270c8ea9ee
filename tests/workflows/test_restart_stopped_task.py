"""A standalone task stops: it is started again once, as it was launched, or why not is recorded."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.doubles.control import DECLARED
from tests.doubles.world import Crash, DiesAfter
from tests.samples import (
    ARN,
    NOW,
    a_crash,
    a_definition,
    a_task,
    minutes,
    out_of_memory,
    revision,
)
from trimtab.model.change import Kind, State, Turn
from trimtab.model.health import HealthNotice
from trimtab.model.policy import Policy, StandaloneRule
from trimtab.model.restart_policy import Classes, MemoryRaises
from trimtab.model.switch import NEVER_SET
from trimtab.model.tags import Mode
from trimtab.model.task import Container
from trimtab.model.task_size import TaskSize
from trimtab.workflows.restart_stopped_task import announce_retirement, restart_stopped_task
from trimtab.workflows.take_inventory import inventory_open

JOB = a_definition(3, "nightly", 512, 1024, containerDefinitions=[{"name": "job", "essential": True}])
ROOT = a_task().task_arn


@pytest.fixture
def job(scene):
    """A standalone task of a declared family that runs and was seen running."""
    scene.ecs.has(JOB, a_task())
    hear(scene, a_task())
    return a_task()


def hear(scene, task, event="event-1"):
    scene.ecs.has(task)
    return restart_stopped_task(task, event, scene.world)


def runs(scene, task_arn):
    scene.ecs.has(replace(scene.ecs.known_tasks[task_arn], last_status="RUNNING", started_at=NOW))
    hear(scene, scene.ecs.known_tasks[task_arn])


def test_a_crashed_task_is_started_again_as_it_was_launched(scene, job):
    hear(scene, a_crash())
    scene.minutes(1)

    ((_, recipe, change),) = scene.ecs.started
    assert (recipe.task_definition, recipe.group) == (revision(3, "nightly"), "family:nightly")
    assert (recipe.subnets, recipe.security_groups, recipe.assign_public_ip) == (
        ("subnet-1",),
        ("sg-1",),
        True,
    )
    assert recipe.overrides == job.overrides
    assert (change.target.attempt, change.target.size) == (1, None)


def test_a_restart_is_good_once_its_task_has_run_for_as_long_as_the_policy_says(scene, job):
    hear(scene, a_crash())
    scene.minutes(1)
    change = scene.the_change(kind=Kind.RESTART)
    assert change.state is State.DEPLOYING

    runs(scene, change.applied["task"])
    assert scene.now(change).state is State.WATCHING
    scene.minutes(9)
    assert scene.now(change).state is State.WATCHING
    scene.minutes(2)

    assert (scene.now(change).state, scene.now(change).outcome) == (State.SUCCEEDED, "alive")


@pytest.mark.parametrize("seen_running", [True, False])
def test_a_short_job_that_did_its_work_after_the_restart_is_a_success(scene, job, seen_running):
    hear(scene, a_crash())
    scene.minutes(1)
    change = scene.the_change(kind=Kind.RESTART)
    started = change.applied["task"].rsplit("/", 1)[-1]
    if seen_running:
        runs(scene, change.applied["task"])

    done = a_crash(started, exit_code=0, started_by=f"trimtab/{change.id}", stopped_at=NOW + minutes(1))
    hear(scene, done)
    scene.minutes(5)

    assert (scene.now(change).state, scene.now(change).outcome) == (State.SUCCEEDED, "finished")
    assert len(scene.ecs.started) == 1


def test_the_same_stop_told_again_starts_nothing_more(scene, job):
    for event in ("event-1", "event-1", "event-2"):
        hear(scene, a_crash(), event)
        scene.minutes(2)
    inventory_open(scene.world)
    scene.minutes(2)

    assert len(scene.ecs.started) == 1
    assert len(scene.found(kind=Kind.RESTART)) == 1
    assert scene.stops.kept[ROOT].decided == "planned"


def test_a_running_event_that_comes_after_the_stop_starts_nothing(scene, job):
    hear(scene, a_crash())
    scene.minutes(1)
    restart_stopped_task(a_task(), "late", scene.world)
    scene.minutes(2)

    assert len(scene.ecs.started) == 1


def test_a_task_whose_launch_was_never_seen_is_not_guessed(scene):
    scene.ecs.has(JOB)
    hear(scene, a_crash())
    restart_stopped_task(a_task(), "late", scene.world)
    scene.minutes(3)

    change = scene.the_change(kind=Kind.RESTART)
    assert (change.state, change.turn, change.outcome) == (State.REFUSED, Turn.NONE, "launch_unknown")
    assert scene.ecs.started == []


def dies_again(scene, number, lived=2, **said):
    """Let the newest start run for some minutes and stop; return its stop."""
    begun = scene.ecs.started[-1]
    runs(scene, begun[0])
    began_at = scene.clock.now()
    scene.minutes(lived)
    at = scene.clock.now()
    told = {
        "started_by": f"trimtab/{begun[2].id}",
        "started_at": began_at,
        "execution_stopped_at": at - timedelta(seconds=2),
        "stopping_at": at,
        "stopped_at": at,
        "task_definition_arn": begun[1].task_definition,
    }
    stop = a_crash(f"start-{number}", **{**told, **said})
    hear(scene, stop)
    return stop


def test_each_stop_of_a_lineage_is_its_own_change_and_counts_against_one_budget(scene, job):
    hear(scene, a_crash())
    scene.minutes(1)
    for number in (1, 2, 3):
        dies_again(scene, number)
        scene.minutes(3)

    assert [change.target.attempt for _, _, change in scene.ecs.started] == [1, 2, 3]
    refused = scene.the_change(kind=Kind.RESTART, state=State.REFUSED)
    assert (refused.outcome, refused.workload) == ("attempts_used_up", ROOT)
    assert "a person has to look" in refused.sentence


def test_more_memory_is_kept_by_the_next_start(scene, job):
    hear(scene, out_of_memory())
    scene.minutes(1)
    first = scene.ecs.started[0]
    assert first[2].target.size == TaskSize(512, 2048)
    runs(scene, first[0])
    scene.minutes(2)

    hear(
        scene,
        a_crash(
            "start-1", started_by=f"trimtab/{first[2].id}", stopped_at=scene.clock.now(), memory_mib=2048
        ),
    )
    scene.minutes(2)

    assert scene.ecs.started[1][2].target.size == TaskSize(512, 2048)


def test_a_leak_is_not_chased_beyond_the_policys_ceiling(scene, job):
    scene.control.policy = Policy(
        2, (), (StandaloneRule(family="nightly", classes=Classes(memory=MemoryRaises(memory_mib_max=1024))),)
    )

    hear(scene, out_of_memory())
    scene.minutes(2)

    assert scene.the_change(kind=Kind.RESTART).outcome == "at_memory_ceiling"
    assert scene.ecs.started == []


def killed_again(scene, number, memory_mib):
    """Let the newest start run and be killed for memory."""
    begun = scene.ecs.started[-1]
    runs(scene, begun[0])
    scene.minutes(2)
    stop = out_of_memory(
        f"start-{number}",
        started_by=f"trimtab/{begun[2].id}",
        stopped_at=scene.clock.now(),
        memory_mib=memory_mib,
    )
    hear(scene, stop)
    scene.minutes(3)


def test_a_job_that_leaks_gets_more_memory_twice_and_then_a_person_is_told(scene, job):
    hear(scene, out_of_memory())
    scene.minutes(1)

    killed_again(scene, 1, 2048)
    killed_again(scene, 2, 3072)

    assert [change.target.size.memory_mib for _, _, change in scene.ecs.started] == [2048, 3072]
    assert scene.the_change(state=State.REFUSED).outcome == "raised_enough"
    assert "1024 → 2048 MiB: 2 times as much." in scene.ecs.started[0][2].sentence
    assert "Runs of nightly that others start still get" in scene.ecs.started[0][2].sentence


def with_limit(scene, memory_mib, **said):
    containers = [{"name": "job", "memory": memory_mib}]
    scene.ecs.has(a_definition(3, "nightly", 512, 1024, containerDefinitions=containers, **said))


def test_a_job_killed_at_its_containers_own_limit_gets_a_higher_one_and_keeps_it(scene, job):
    with_limit(scene, 1024)

    hear(scene, out_of_memory())
    scene.minutes(1)
    dies_again(scene, 1, memory_mib=2048)
    scene.minutes(2)

    targets = [(c.target.size, c.target.container_limit) for _, _, c in scene.ecs.started]
    assert targets == [(TaskSize(512, 2048), ("job", 2048))] * 2
    assert "Container job may use 2048 MiB instead of 1024." in scene.ecs.started[0][2].sentence


def test_a_limit_with_room_in_the_task_is_raised_alone_and_teaches_nothing_of_the_task(scene, job):
    with_limit(scene, 256)

    hear(scene, out_of_memory())
    scene.minutes(1)

    change = scene.ecs.started[0][2]
    assert (change.target.size, change.target.container_limit) == (TaskSize(512, 1024), ("job", 768))
    assert "killed at its own limit" in change.sentence
    assert scene.control.floors == {}


def test_what_a_kill_has_taught_holds_for_the_next_task_of_the_family_that_we_start(scene, job):
    hear(scene, out_of_memory())
    scene.minutes(1)
    other = a_task("other")
    hear(scene, other)

    hear(scene, a_crash("other", stopped_at=scene.clock.now()))
    scene.minutes(1)

    change = scene.ecs.started[1][2]
    assert change.target.size == TaskSize(512, 2048)
    assert "It gets 512 CPU units / 2048 MiB: with less, a task of its family was killed" in change.sentence
    assert scene.control.floors == {f"{ARN}:task-definition/nightly": 2048}


def proposes(scene, memory_mib):
    """Let the last plan have proposed so much memory for the family."""
    scene.control.proposed[f"{ARN}:task-definition/nightly@shop"] = memory_mib


def test_a_restart_gets_the_memory_that_the_last_plan_proposed(scene, job):
    proposes(scene, 3072)

    hear(scene, a_crash(stopped_at=scene.clock.now()))
    scene.minutes(1)

    change = scene.ecs.started[0][2]
    assert change.target.size == TaskSize(512, 3072)
    assert "so much the last plan proposed for its family" in change.sentence


def test_a_restart_never_gets_less_than_it_was_launched_with(scene, job):
    proposes(scene, 512)

    hear(scene, a_crash(stopped_at=scene.clock.now()))
    scene.minutes(1)

    assert scene.ecs.started[0][2].target.size is None


def test_of_a_kill_and_a_proposal_the_larger_one_counts(scene, job):
    proposes(scene, 3072)
    scene.control.raise_floor(f"{ARN}:task-definition/nightly", 2048, NOW)

    hear(scene, a_task("other"))
    hear(scene, a_crash(stopped_at=scene.clock.now()))
    hear(scene, out_of_memory("other", stopped_at=scene.clock.now()))
    scene.minutes(1)

    assert [c.target.size.memory_mib for _, _, c in scene.ecs.started] == [3072, 3072]


@pytest.mark.parametrize("memory", [MemoryRaises(raises=0), MemoryRaises(memory_mib_max=2048)])
def test_a_policy_that_allows_no_more_memory_allows_none_that_was_proposed(scene, job, memory):
    rule = StandaloneRule(family="nightly", classes=Classes(memory=memory))
    scene.control.policy = Policy(2, (), (rule,))
    proposes(scene, 3072)

    hear(scene, a_crash(stopped_at=scene.clock.now()))
    scene.minutes(1)

    assert scene.ecs.started[0][2].target.size is None


def test_two_lineages_of_a_family_share_one_raise(scene, job):
    hear(scene, out_of_memory())
    scene.minutes(1)
    killed_again(scene, 1, 2048)
    hear(scene, a_task("other"))

    hear(scene, out_of_memory("other", stopped_at=scene.clock.now()))
    scene.minutes(1)

    assert [c.target.size.memory_mib for _, _, c in scene.ecs.started] == [2048, 3072, 3072]


def test_as_many_raises_as_the_policy_allows_and_then_a_person_is_told(scene, job):
    classes = Classes(memory=MemoryRaises(raises=1))
    scene.control.policy = Policy(2, (), (StandaloneRule(family="nightly", classes=classes),))
    hear(scene, out_of_memory())
    scene.minutes(1)

    killed_again(scene, 1, 2048)

    assert len(scene.ecs.started) == 1
    assert scene.the_change(state=State.REFUSED).outcome == "raised_enough"


def test_a_job_never_gets_more_memory_than_the_stack_allows(scene, job):
    world = replace(scene.world, largest=TaskSize(4096, 1024))

    restart_stopped_task(out_of_memory(), "event-1", world)

    assert scene.the_change(kind=Kind.RESTART).outcome == "at_memory_ceiling"


def test_a_job_on_ec2_does_not_get_a_size_of_fargate(scene, job):
    hear(scene, out_of_memory(launch_type="EC2"))
    scene.minutes(2)

    assert scene.the_change(kind=Kind.RESTART).outcome == "not_fargate"
    assert scene.ecs.started == []


def test_losses_of_spot_do_not_use_up_the_tries_of_a_job_that_then_dies_by_itself(scene, job):
    lost = {"stop_code": "SpotInterruption", "exit_code": None}
    hear(scene, a_crash(**lost))
    scene.minutes(1)
    for number in (1, 2, 3):
        begun = scene.ecs.started[-1]
        runs(scene, begun[0])
        scene.minutes(2)
        said = lost if number < 3 else {}
        by_us = {"started_by": f"trimtab/{begun[2].id}", "stopped_at": scene.clock.now()}
        hear(scene, a_crash(f"start-{number}", **by_us, **said))
        scene.minutes(2)

    classes = [change.evidence["cause_class"] for _, _, change in scene.ecs.started]
    assert classes == ["infrastructure", "infrastructure", "infrastructure", "application"]
    assert [change.target.attempt for _, _, change in scene.ecs.started] == [1, 2, 3, 4]


def test_a_crash_waits_for_its_backoff_rounded_up_to_the_next_tick(scene, job):
    hear(scene, a_crash(stopped_at=scene.clock.now()))
    scene.deliver()
    assert scene.ecs.started == []

    scene.minutes(1)

    assert len(scene.ecs.started) == 1


@pytest.mark.parametrize(
    ("said", "decided"),
    [
        ({"exit_code": 0}, "ignore"),
        ({"stop_code": "UserInitiated", "stopped_reason": "Task stopped by user"}, "ignore"),
        ({"started_by": "AWS Step Functions"}, "ignore"),
        ({"group": "service:orders", "started_by": "ecs-svc/1"}, "leave_to_service"),
        ({"task_definition_arn": revision(1, "other")}, "not_declared"),
        ({"cluster_arn": f"{ARN}:cluster/AWSBatch-x", "group": "g"}, "ignore"),
    ],
)
def test_what_is_not_ours_to_start_is_left_alone_with_its_reason_kept(scene, job, said, decided):
    stop = a_crash("other", **said)

    hear(scene, stop)
    scene.minutes(2)

    assert scene.stops.kept[stop.task_arn].decided == decided
    assert scene.ecs.started == []
    assert scene.found() == []


def test_a_stop_that_needs_a_person_is_recorded_for_a_declared_family(scene, job):
    hear(
        scene,
        a_crash(
            stop_code="TaskFailedToStart",
            stopped_reason="CannotPullContainerError: manifest unknown",
            containers=(Container("job", "STOPPED"),),
        ),
    )

    change = scene.the_change(kind=Kind.RESTART)
    assert change.state is State.REFUSED
    assert change.outcome == "needs_a_person"


def test_a_stop_of_long_ago_is_not_answered(scene, job):
    hear(scene, a_crash(stopped_at=NOW - timedelta(hours=1, seconds=1)))

    assert scene.the_change(kind=Kind.RESTART).outcome == "too_late"


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.HANDOVER, Mode.APPROVE])
def test_a_family_in_a_lower_mode_is_proposed_and_not_started(scene, job, mode):
    scene.control.policy = Policy(2, (), (StandaloneRule(family="nightly", mode=mode),))

    hear(scene, a_crash())
    scene.minutes(5)

    assert scene.the_change(kind=Kind.RESTART).state is State.PROPOSED
    scene.clock.forward(hours=30)
    scene.minutes(1)
    assert scene.the_change(kind=Kind.RESTART).state is State.EXPIRED
    assert scene.ecs.started == []


def test_a_family_whose_rule_says_off_is_not_even_proposed(scene, job):
    scene.control.policy = Policy(2, (), (StandaloneRule(family="nightly", mode=Mode.OFF),))

    hear(scene, a_crash())

    assert scene.found() == []
    assert scene.stops.kept[ROOT].decided == "not_declared"


def test_a_family_that_is_no_longer_declared_is_not_started(scene, job):
    hear(scene, a_crash())
    scene.control.policy = Policy(2)

    scene.minutes(1)

    assert scene.the_change(kind=Kind.RESTART).outcome == "no_longer_declared"
    assert scene.ecs.started == []


def test_an_unreadable_policy_starts_nothing_and_the_stop_is_answered_when_it_can_be_read(scene, job):
    readable, scene.control.policy = scene.control.policy, None
    hear(scene, a_crash())
    scene.minutes(2)
    assert scene.ecs.started == []

    scene.control.policy = readable
    inventory_open(scene.world)
    scene.minutes(1)

    assert len(scene.ecs.started) == 1


def test_while_the_switch_lets_nothing_through_a_restart_waits_and_then_expires(scene, job):
    scene.control.switch = NEVER_SET
    hear(scene, a_crash())

    scene.minutes(70)

    assert scene.the_change(kind=Kind.RESTART).state is State.EXPIRED
    assert scene.ecs.started == []


def test_a_launch_without_capacity_is_tried_again(scene, job):
    scene.ecs.no_capacity = "RESOURCE:FARGATE"
    hear(scene, a_crash())
    scene.minutes(5)
    waiting = scene.the_change(kind=Kind.RESTART)
    assert (waiting.state, waiting.outcome) == (State.PLANNED, "not_placed")

    scene.ecs.no_capacity = None
    scene.minutes(11)  # the longest wait of the class, and the tick after it

    assert len(scene.ecs.started) == 1


@pytest.mark.parametrize(
    ("port", "method"),
    [("changes", "take"), ("deployer", "run"), ("changes", "started")],
)
def test_wherever_an_applier_dies_a_task_is_started_once(scene, job, port, method):
    hear(scene, a_crash())
    scene.clock.forward(minutes=1)
    with pytest.raises(Crash):
        scene.deliver(replace(scene.world, **{port: DiesAfter(getattr(scene.world, port), method)}))

    scene.minutes(10)

    assert len(scene.ecs.started) == 1
    change = scene.the_change(kind=Kind.RESTART)
    assert change.applied["task"] == scene.ecs.started[0][0]
    assert scene.control.lineage(scene.ecs.started[0][0]).root != scene.ecs.started[0][0]


@pytest.mark.parametrize(
    ("ratio", "memory_mib"), [(0.97, 2048), (1.0, 2048), (0.9, None), (None, None), (float("nan"), None)]
)
def test_a_job_killed_without_a_word_gets_more_memory_if_it_was_measured(scene, job, ratio, memory_mib):
    scene.kept.family_ratios["shop", "nightly"] = ratio

    hear(scene, a_crash(exit_code=137))

    change = scene.the_change(kind=Kind.RESTART)
    assert (change.target.size.memory_mib if change.target.size else None) == memory_mib
    ((cluster, family, start, end),) = scene.kept.families_asked
    assert (cluster, family) == ("shop", "nightly")
    assert end - start < timedelta(minutes=20)


@pytest.mark.parametrize(("exit_code", "policy"), [(1, DECLARED), (137, Policy(1)), (137, None)])
def test_no_metric_is_asked_for_where_it_decides_nothing(scene, job, exit_code, policy):
    scene.control.policy = policy

    hear(scene, a_crash(exit_code=exit_code))

    assert scene.kept.families_asked == []


def test_a_start_that_never_runs_is_a_persons(scene, job):
    hear(scene, a_crash())

    scene.minutes(15)

    change = scene.the_change(kind=Kind.RESTART)
    assert (change.state, change.outcome) == (State.NEEDS_HUMAN, "never_ran")


def test_a_start_that_stops_again_has_failed(scene, job):
    hear(scene, a_crash())
    scene.minutes(1)
    change = scene.the_change(kind=Kind.RESTART)
    scene.ecs.has(a_crash("start-1", started_by=f"trimtab/{change.id}"))

    scene.minutes(3)

    assert (scene.now(change).state, scene.now(change).outcome) == (State.FAILED, "stopped_again")


def test_a_launch_is_remembered_once_and_only_for_declared_families(scene):
    scene.ecs.has(a_task())
    hear(scene, a_task())
    scene.kept.interfaces.clear()
    hear(scene, a_task())
    hear(scene, a_task("other", task_definition_arn=revision(1, "other")))

    assert set(scene.control.recipes) == {ROOT}
    assert scene.control.recipes[ROOT].security_groups == ("sg-1",)


def test_what_could_not_be_recovered_of_a_launch_is_said(scene):
    scene.kept.interfaces.clear()
    hear(scene, a_task(capacity_provider_name="FARGATE_SPOT"))

    recipe = scene.control.recipes[ROOT]
    assert recipe.missing == (
        "securityGroups",
        "assignPublicIp",
        "weights of the capacity provider strategy",
    )
    assert (recipe.launch_type, recipe.capacity_provider_strategy[0].capacity_provider) == (
        None,
        "FARGATE_SPOT",
    )


def test_a_retirement_prepares_the_restart_and_starts_nothing(scene):
    scene.ecs.has(a_task())
    notice = HealthNotice("AWS_ECS_TASK_PATCHING_RETIREMENT", "ECS", task_arns=(ROOT,))

    announce_retirement(notice, scene.world)
    scene.minutes(2)

    assert scene.control.has_recipe(ROOT)
    assert scene.ecs.started == []
