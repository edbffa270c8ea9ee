"""Families of standalone tasks in the plan of the day: rows with a size each, and nothing in ECS."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.samples import NOW, a_definition, a_service, a_stop, revision
from trimtab.model.policy import Policy, StandaloneRule
from trimtab.model.task_definition import family_workload
from trimtab.model.usage import FamilyPoints
from trimtab.model.verdict import Cause
from trimtab.workflows.rightsize_task_definition import open_gate, plan_shard, report

RUN = "run-1"
NIGHTLY = family_workload(revision(3, "nightly"), "shop")
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


def nights(*ago, cpu=200.0, memory=900.0, size=(1024.0, 8192.0)):
    """Return an hour of usage from one in the morning on, so many days ago each."""
    instants = [MIDNIGHT - timedelta(days=n) + timedelta(minutes=60 + 5 * p) for n in ago for p in range(12)]
    values = (cpu, cpu, memory, *size)
    return FamilyPoints(*(tuple((at, value) for at in instants) for value in values))


@pytest.fixture
def nightly(scene):
    """The family ``nightly``, which the policy declares, has run for a week in a size that is too large."""
    scene.ecs.has(a_definition(3, "nightly", memory_mib=8192))
    scene.kept.family_points["shop", "nightly"] = nights(*range(7, 0, -1))
    return scene


def plan(scene, run=RUN):
    plan_shard(run, 0, 1, scene.world)
    open_gate(run, scene.world)
    report(run, scene.world)
    scene.deliver()
    return scene.control.rows.get(run, {})


def test_a_measured_family_gets_a_row_with_the_size_that_it_should_have(nightly):
    row = plan(nightly)[NIGHTLY]

    assert (row["cluster"], row["family"], row["action"], row["reason"]) == (
        "shop", "nightly", "propose", "too_large",
    )  # fmt: skip
    assert (row["cpu_units"], row["memory_mib"]) == (1024, 8192)
    assert (row["proposed_cpu_units"], row["proposed_memory_mib"]) == (512, 4096)
    assert "kill for memory" in row["sentence"]


def test_nothing_is_recorded_or_registered_for_it(nightly):
    plan(nightly)

    assert (nightly.changes.items, nightly.ecs.registered) == ({}, [])


def test_only_the_days_since_are_read_again(nightly):
    plan(nightly)
    known = nightly.control.histories[NIGHTLY]
    nightly.kept.family_points["shop", "nightly"] = nights(0)
    nightly.clock.forward(days=1)

    plan(nightly, "run-2")

    assert len(known.digests) == 7
    assert len(nightly.control.histories[NIGHTLY].digests) == 8


def test_without_container_insights_the_row_says_what_to_turn_on(nightly):
    nightly.kept.family_points.clear()

    (row,) = plan(nightly).values()

    assert (row["family"], row["action"], row["reason"]) == ("nightly", "keep", "family_not_measured")
    assert "containerInsights" in row["sentence"]


def test_what_a_service_runs_is_not_sized_as_a_family(nightly):
    nightly.ecs.has(a_service("web", task_definition=revision(3, "nightly")))

    rows = plan(nightly)

    assert rows["nightly@shop"]["reason"] == "family_of_service"
    assert NIGHTLY not in rows


def test_runs_of_some_minutes_are_no_day_and_nothing_is_decided(nightly):
    points = nights(*range(7, 0, -1))
    short = [points.cpu_average[n][0] for n in range(0, 84, 12)]
    nightly.kept.family_points["shop", "nightly"] = FamilyPoints(
        *(tuple((at, value) for at in short) for value in (200.0, 200.0, 900.0, 1024.0, 8192.0))
    )

    assert plan(nightly)[NIGHTLY]["reason"] == "too_little_data"


def test_a_kill_for_memory_counts_as_all_of_it_and_its_floor_holds(nightly):
    at = MIDNIGHT - timedelta(hours=22, minutes=20)
    killed = a_stop(at, Cause.MEMORY, service=None, family="nightly")
    nightly.stops.archive(killed, NOW)
    nightly.control.raise_floor(revision(3, "nightly").rpartition(":")[0], 8192, NOW)

    row = plan(nightly)[NIGHTLY]

    assert nightly.control.histories[NIGHTLY].digests[-1].memory_peak_mib == 8192
    assert row.get("proposed_memory_mib", 8192) >= 8192


def test_a_family_that_is_not_made_for_fargate_is_left_alone(scene):
    scene.ecs.has(a_definition(3, "nightly", requiresCompatibilities=["EC2"]))
    scene.kept.family_points["shop", "nightly"] = nights(2, 1)

    assert plan(scene)["nightly@shop"]["reason"] == "not_fargate"


def test_a_family_that_the_code_fails_over_stops_no_other(nightly):
    rules = (StandaloneRule(family="nightly"), StandaloneRule(family="broken"))
    nightly.control.policy = Policy(2, (), rules)
    nightly.ecs.has(a_definition(1, "broken", cpu_units="four"))
    nightly.kept.family_points["shop", "broken"] = nights(2, 1)

    rows = plan(nightly)

    assert (rows["broken@shop"]["reason"], rows[NIGHTLY]["reason"]) == ("not_judged", "too_large")
    assert nightly.kept.counts["ServicesNotJudged"] == 1


def test_a_family_whose_measurements_cannot_be_judged_stops_no_other(nightly):
    rules = (StandaloneRule(family="nightly"), StandaloneRule(family="broken"))
    nightly.control.policy = Policy(2, (), rules)
    nightly.ecs.has(a_definition(1, "broken"))
    broken = replace(nights(2, 1), memory_reserved=((MIDNIGHT - timedelta(days=1), "much"),))
    nightly.kept.family_points["shop", "broken"] = broken
    workload = family_workload(revision(1, "broken"), "shop")
    nightly.control.proposed[workload] = 4096

    rows = plan(nightly)

    assert nightly.control.proposed[workload] == 4096
    assert (rows[workload]["reason"], rows[NIGHTLY]["reason"]) == ("not_judged", "too_large")
    assert nightly.kept.counts["ServicesNotJudged"] == 1


def test_a_family_without_a_revision_is_left_alone(scene):
    scene.kept.family_points["shop", "nightly"] = nights(2, 1)

    assert plan(scene)["nightly@shop"]["reason"] == "no_task_size"


def test_a_heap_and_the_containers_of_a_family_hold_as_in_a_service(scene):
    heap = {"name": "app", "essential": True, "command": ["java", "-Xmx4g"]}
    scene.ecs.has(a_definition(3, "nightly", memory_mib=8192, containerDefinitions=[heap]))
    scene.kept.family_points["shop", "nightly"] = nights(*range(7, 0, -1))

    row = plan(scene)[NIGHTLY]

    assert row["proposed_memory_mib"] >= 5120
    assert "-Xmx" in row["sentence"]


def test_a_larger_size_is_remembered_for_restarts_and_a_smaller_one_is_not(nightly):
    plan(nightly)
    smaller = dict(nightly.control.proposed)
    nightly.ecs.has(a_definition(4, "nightly", cpu_units=256, memory_mib=1024))
    nightly.control.histories.clear()
    nightly.kept.family_points["shop", "nightly"] = nights(3, 2, 1, memory=1000.0, size=(256.0, 1024.0))

    row = plan(nightly, "run-2")[NIGHTLY]

    assert smaller == {NIGHTLY: 0}
    assert nightly.control.proposed == {NIGHTLY: row["proposed_memory_mib"]} and row["memory_mib"] == 1024


def test_where_a_container_has_a_limit_of_its_own_nothing_is_remembered_for_restarts(scene):
    app = {"name": "app", "essential": True, "memory": 1024}
    scene.ecs.has(a_definition(3, "nightly", cpu_units=256, memory_mib=1024, containerDefinitions=[app]))
    scene.kept.family_points["shop", "nightly"] = nights(3, 2, 1, memory=1000.0, size=(256.0, 1024.0))

    row = plan(scene)[NIGHTLY]

    assert row["proposed_memory_mib"] > 1024
    assert scene.control.proposed == {NIGHTLY: 0}


def test_rows_of_families_do_not_thin_out_a_mass_anomaly(nightly):
    plan(nightly)

    assert nightly.control.rows["last"]["fleet"]["considered"] == 0


def test_a_policy_that_declares_nothing_asks_nothing(nightly):
    nightly.control.policy = type(nightly.control.policy)()
    nightly.world.insights.families = None  # asking would fail

    assert plan(nightly) == {}
