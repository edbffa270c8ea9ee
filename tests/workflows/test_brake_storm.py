"""Many standalone tasks stop at once: their restarts wait for one that goes first."""

from dataclasses import replace

import pytest

from tests.doubles.world import Crash, DiesAfter
from tests.samples import NOW, a_crash, a_definition, a_task, minutes
from trimtab.model.budget import Limits
from trimtab.model.change import Kind, State
from trimtab.model.policy import Policy, StandaloneRule
from trimtab.model.restart_policy import CauseClass
from trimtab.model.tags import Mode
from trimtab.workflows.restart_stopped_task import restart_stopped_task
from trimtab.workflows.take_inventory import inventory_open

JOB = a_definition(3, "nightly", 512, 1024, containerDefinitions=[{"name": "job", "essential": True}])
RULE = StandaloneRule(family="nightly", healthy_after_seconds=600)


@pytest.fixture
def jobs(scene):
    """Ten running tasks of a declared family, six of them in zone a."""
    scene.control.policy = Policy(1, (), (RULE,), Limits(restarts_per_family_per_hour=60))
    found = [a_task(f"job-{n}", availability_zone="a" if n < 6 else "b", **place(n)) for n in range(10)]
    scene.ecs.has(JOB, *found)
    inventory_open(scene.world)
    return found


def place(number):
    return {"subnet_id": f"subnet-{number % 6}"}


def lose(scene, jobs, zone="a"):
    """Let the host of each task of a zone be lost."""
    for task in [one for one in jobs if one.availability_zone == zone]:
        stop(scene, task)


def stop(scene, task, world=None, **said):
    told = {
        "stop_code": "TerminationNotice", "stopped_reason": "Host EC2 (instance i-1) terminated.",
        "stopped_at": scene.clock.now(), "stopping_at": scene.clock.now(), "containers": (),
    }  # fmt: skip
    lost = replace(task, last_status="STOPPED", desired_status="STOPPED", **{**told, **said})
    scene.ecs.has(lost)
    restart_stopped_task(lost, f"lost {lost.task_arn}", world or scene.world)
    return lost


def run(scene):
    """Let everything run that was started."""
    for number, (task_arn, _, change) in enumerate(scene.ecs.started):
        task = scene.ecs.known_tasks[task_arn]
        if task.last_status not in ("RUNNING", "STOPPED"):
            zone = {"availability_zone": f"new-{number}", "started_by": f"trimtab/{change.id}"}
            scene.ecs.has(replace(task, last_status="RUNNING", started_at=scene.clock.now(), **zone))
            restart_stopped_task(scene.ecs.known_tasks[task_arn], "runs", scene.world)


def restarts(scene, **said):
    return scene.found(kind=Kind.RESTART, **said)


def test_the_restarts_of_a_zone_wait_while_one_goes_first(scene, jobs):
    lose(scene, jobs)
    scene.minutes(1)

    assert scene.storms.counted == {"shop": 10}
    assert len(scene.ecs.started) == 1
    held = restarts(scene, state=State.PLANNED)
    assert {change.outcome for change in held} == {"storm"}
    assert len(held) == 5
    assert "availability_zone=a" in held[0].outcome_sentence
    assert scene.the_change(kind=Kind.RESTART, state=State.DEPLOYING).applied["canary_of"] == (
        "availability_zone=a"
    )


def test_the_rest_follow_when_the_first_has_lived_for_two_minutes(scene, jobs):
    lose(scene, jobs)
    scene.minutes(1)
    run(scene)
    scene.minutes(1)
    assert len(scene.ecs.started) == 1

    scene.minutes(3)

    assert len(scene.ecs.started) == 6
    assert not restarts(scene, state=State.PLANNED)


def test_one_that_dies_doubles_the_hold_before_the_next_goes_first(scene, jobs):
    lose(scene, jobs)
    scene.minutes(1)
    run(scene)
    canary = scene.ecs.known_tasks[scene.ecs.started[0][0]]
    stop(scene, canary)
    scene.minutes(4)
    assert len(scene.ecs.started) == 2, "only what went first was answered: it runs elsewhere by now"
    scene.minutes(4)

    first = next(iter(scene.storms.there.values()))
    assert first.hold_seconds == 240
    assert len(scene.ecs.started) == 3


def test_a_storm_in_one_zone_holds_nothing_elsewhere(scene, jobs):
    lose(scene, jobs)
    scene.minutes(1)
    before = len(scene.ecs.started)

    stop(scene, jobs[-1])
    scene.minutes(1)

    assert len(scene.ecs.started) == before + 1


def test_a_storm_of_lost_hosts_does_not_hold_what_died_by_itself(scene, jobs):
    lose(scene, [*jobs[:5]])
    scene.minutes(1)
    before = len(scene.ecs.started)

    crash = replace(
        a_crash("job-5", stopped_at=scene.clock.now()), availability_zone="a", started_at=NOW - minutes(30)
    )
    scene.ecs.has(crash)
    restart_stopped_task(crash, "crash", scene.world)
    scene.minutes(2)

    assert len(scene.ecs.started) == before + 1


def test_one_alert_says_what_the_stops_share_and_how_many_they_are(scene, jobs):
    lose(scene, jobs)
    scene.minutes(5)

    alert = scene.the_change(kind=Kind.ALERT, reason="storm")
    assert alert.evidence == {
        "cause_class": "infrastructure", "shared": "availability_zone=a", "lineages": 5, "tracked": 10,
    }  # fmt: skip
    assert (alert.state, alert.cluster) == (State.NEEDS_HUMAN, "shop")
    assert alert.workload.endswith(":cluster/shop")


@pytest.mark.parametrize(("port", "method"), [("storms", "put"), ("changes", "record")])
@pytest.mark.parametrize("heard_next", [4, 5])
def test_a_decider_that_dies_as_it_opens_the_brake_holds_and_lets_the_next_one_tell(
    scene, jobs, port, method, heard_next
):
    lose(scene, jobs[:4])
    dying = replace(scene.world, **{port: DiesAfter(getattr(scene.world, port), method)})
    with pytest.raises(Crash):
        stop(scene, jobs[4], world=dying)
    assert [brake.told for brake in scene.storms.there.values()] == [False]
    stop(scene, jobs[heard_next])
    stop(scene, jobs[heard_next])

    assert len(scene.found(kind=Kind.ALERT, reason="storm")) == 1
    assert [brake.told for brake in scene.storms.there.values()] == [True]


def test_the_brake_holds_before_the_restart_that_opens_it_can_be_carried_out(scene, jobs):
    lose(scene, jobs[:4])
    with pytest.raises(Crash):
        stop(scene, jobs[4], world=replace(scene.world, storms=DiesAfter(scene.storms, "put")))

    assert len(restarts(scene)) == 4
    assert len(scene.stops.kept) == 4, "the stop is asked for again"


def test_what_a_storm_holds_expires_in_its_time_and_says_why(scene, jobs):
    lose(scene, jobs)
    scene.minutes(1)
    for _ in range(80):  # each one that goes first dies, in the same zone
        for task_arn, _, change in list(scene.ecs.started):
            task = scene.ecs.known_tasks[task_arn]
            if task.last_status != "STOPPED":
                ours = {"started_by": f"trimtab/{change.id}", "availability_zone": "a"}
                stop(scene, replace(task, started_at=scene.clock.now(), **ours))
        scene.minutes(6)

    ended = [c for c in restarts(scene) if c.decide_by < scene.clock.now()]
    assert {c.outcome for c in restarts(scene, state=State.EXPIRED)} == {"storm"}
    assert len(ended) >= 6 and not any(c.is_open for c in ended)
    assert len(scene.ecs.started) < 40


def test_two_that_would_go_first_at_the_same_moment_are_one(scene, jobs):
    lose(scene, jobs)
    first, second, *_ = restarts(scene, state=State.PLANNED)
    real = scene.storms.brakes(first.cluster, CauseClass.INFRASTRUCTURE)
    assert scene.apply(first) == State.DEPLOYING

    scene.storms.brakes = lambda cluster, cause_class: real  # as read a moment before
    assert scene.apply(second) == State.PLANNED

    assert scene.now(second).outcome == "storm"
    assert len(scene.ecs.started) == 1


def test_what_is_only_observed_is_counted_and_told_and_held_by_nobody(scene, jobs):
    scene.control.policy = Policy(1, (), (replace(RULE, mode=Mode.OBSERVE),))
    lose(scene, jobs)
    scene.minutes(5)

    assert scene.the_change(kind=Kind.ALERT).reason == "storm"
    assert len(restarts(scene, state=State.PROPOSED, outcome="")) == 6
