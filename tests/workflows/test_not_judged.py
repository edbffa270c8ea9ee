"""One service that our code cannot bear is passed over by name; what AWS refuses is done again as a whole."""

from dataclasses import replace

import pytest

from tests.doubles.chokes import Chokes
from tests.doubles.world import flat
from tests.samples import NOW, ORDERS, a_definition, a_service, minutes, revision, usage
from trimtab.model.change import Kind
from trimtab.model.digest import DayDigest, SizingHistory
from trimtab.workflows.look_at_risk import look_at_risk
from trimtab.workflows.rightsize_task_definition import open_gate, plan_service, plan_shard

RUN = "run-1"
SECRET = "hunter2"
FAULT = TypeError(f"cannot add {SECRET} to 3")
PLACES = [
    ("task_definitions", "describe", revision(1)),
    ("stops", "of_service", ORDERS),
    ("changes", "of", ORDERS),
]


@pytest.fixture
def pair(scene):
    """Two services that could do with less, the first of which is hard to bear."""
    scene.ecs.has(a_service(), a_definition())
    scene.ecs.has(a_service("web"), a_definition(1, "web"))
    return scene


def choking(scene, port, method, over, fault=FAULT):
    return replace(scene.world, **{port: Chokes(getattr(scene.world, port), method, over, fault)})


@pytest.mark.parametrize(("port", "method", "over"), PLACES)
def test_a_service_that_cannot_be_judged_is_passed_over_and_the_others_are_planned(pair, port, method, over):
    world = choking(pair, port, method, over)

    assert plan_shard(RUN, 0, 1, world) == {"considered": 2, "changes": 1}
    assert open_gate(RUN, world) == {"released": 1, "held": 0}

    row = pair.control.rows[RUN][ORDERS]
    assert (row["action"], row["reason"], row["judged"]) == ("keep", "not_judged", False)
    assert "TypeError at" in row["sentence"]
    assert pair.kept.counts["ServicesNotJudged"] == 1
    assert pair.found(workload=ORDERS) == []


@pytest.mark.parametrize(("port", "method", "over"), PLACES)
def test_what_the_fault_says_is_told_nowhere(pair, port, method, over):
    plan_shard(RUN, 0, 1, choking(pair, port, method, over))

    assert SECRET not in str(pair.control.rows) + str(pair.kept.lines)


@pytest.mark.parametrize(("port", "method", "over"), PLACES)
def test_what_aws_refuses_is_not_taken_for_that(pair, port, method, over):
    world = choking(pair, port, method, over, fault=ConnectionError("AWS did not answer"))

    with pytest.raises(ConnectionError):
        plan_shard(RUN, 0, 1, world)


def test_where_most_services_cannot_be_judged_the_fault_is_ours_and_nothing_is_released(pair):
    for n in range(20):
        pair.ecs.has(a_service(f"odd-{n}"), a_definition(1, f"odd-{n}", cpu_units="four"))
    plan_shard(RUN, 0, 1, pair.world)

    assert pair.kept.counts["ServicesNotJudged"] == 20
    assert open_gate(RUN, pair.world) == {"released": 0, "held": 2}
    assert {change.outcome for change in pair.found()} == {"mass_anomaly"}


def test_the_hourly_look_grows_the_others(pair):
    now = pair.clock.now().replace(minute=0, second=0, microsecond=0)
    for arn in (ORDERS, a_service("web").arn):
        day = DayDigest(NOW.date() - minutes(1440), 288, (0.0,) * 8, (0,) * 8, 3072.0)
        pair.control.histories[arn] = SizingHistory((day,))
        pair.control.note_at_risk(arn, frozenset({"memory"}), NOW)
        pair.kept.usage[arn] = flat(usage(0.2, 0.97), now - minutes(1440), now)

    counts = look_at_risk(choking(pair, "control", "memory_floor", ORDERS))

    assert counts["grown"] == 1
    assert pair.found(workload=ORDERS) == []
    assert pair.kept.counts["ServicesNotJudged"] == 1


def test_the_watch_takes_the_others_back(pair):
    web = a_service("web").arn
    for arn in (ORDERS, web):
        plan_service(f"request-{arn[-3:]}", arn, pair.world)
        pair.deliver()
        pair.ecs.finish(arn)
        pair.minutes(6)
        pair.kept.usage[arn] = usage(memory=0.98)

    assert look_at_risk(choking(pair, "stops", "of_service", ORDERS))["taken_back"] == 1

    assert [c.workload for c in pair.found(kind=Kind.ROLLBACK)] == [web]
