"""What the plan of the day does with each kind of workload."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.doubles.world import flat
from tests.samples import NOW, ORDERS, a_definition, a_service, usage
from trimtab.model.change import Kind, State, Turn
from trimtab.model.price import LIST_PRICES
from trimtab.model.scaling import Follows, Scaling, ScalingPolicy, TaskSamples
from trimtab.model.service import StrategyItem
from trimtab.model.task_size import TaskSize
from trimtab.model.usage import ContainerUse
from trimtab.workflows.rightsize_task_definition import open_gate, plan_shard

WINDOWS = {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}
POOL = {"launch_type": None, "capacity_provider_strategy": (StrategyItem("pool", weight=1),)}
HEALTHY = {"command": ["CMD-SHELL", "true"]}
PERIODS = 14 * 288


def scaled_by(*follows, target=60.0, **said):
    policies = [
        ScalingPolicy(f"by-{one}", one, one.value, target, NOW - timedelta(days=30)) for one in follows
    ]
    return replace(Scaling(4, 20, tuple(policies)), **said)


def plan(scene, scaling=None, run="run-1"):
    """Plan the fleet of one service and open the gate; return its row and its Change, if there is one."""
    if scaling:
        scene.kept.scalings["shop/orders"] = scaling
    plan_shard(run, 0, 1, scene.world)
    open_gate(run, scene.world)
    scene.deliver()
    row = scene.control.rows[run][ORDERS]
    return row, scene.changes.get(ORDERS, row["change_id"]) if "change_id" in row else None


@pytest.mark.parametrize(
    ("service", "definition", "reason"),
    [
        ({}, a_definition(memory_mib=8192, **WINDOWS), "windows"),
        ({"launch_type": "EC2"}, a_definition(), "ec2"),
        (POOL, a_definition(requiresCompatibilities=["MANAGED_INSTANCES"]), "managed_instances"),
        ({}, replace(a_definition(), unknown_fields=("taskDefinition.newThing",)), "unknown_fields"),
    ],
)
def test_what_is_only_proposed_is_seen_and_goes_no_further(scene, service, definition, reason):
    scene.ecs.has(a_service(**service), definition)

    row, change = plan(scene)
    scene.minutes(5)

    assert (row["reason"], row["judged"]) == (reason, False)
    assert (change.state, change.turn, change.mode) == (State.PROPOSED, Turn.SETTLE, "observe")
    assert scene.ecs.registered == []


def test_windows_is_priced_with_its_licence(scene):
    scene.ecs.has(a_service(), a_definition(memory_mib=8192, **WINDOWS))

    _, change = plan(scene)

    assert change.target.size.cpu_units == 1024
    assert change.monthly_usd.before == LIST_PRICES["WINDOWS"].monthly_usd(TaskSize(1024, 8192), 4)


def test_instances_are_told_as_density_and_never_in_dollars(scene):
    scene.ecs.has(a_service(launch_type="EC2"), a_definition())

    _, change = plan(scene)

    assert change.monthly_usd is None
    assert "Where 10 such tasks fit" in change.sentence
    assert change.evidence["density_by_memory"] > 1


def test_a_service_on_ec2_whose_containers_claim_for_it_is_proposed_a_reservation(scene):
    claims = {"name": "app", "cpu": 512, "memoryReservation": 2048, "memory": 4096, "healthCheck": HEALTHY}
    definition = a_definition(cpu=None, memory=None, containerDefinitions=[claims])
    scene.ecs.has(a_service(launch_type="EC2"), definition)

    _, change = plan(scene)

    assert change.base.size == TaskSize(512, 2048)
    # 30 % of 2048 MiB and a tenth more, in steps of 16 MiB
    assert change.evidence["memory_reservation_mib"] == 688
    assert "Container app: memoryReservation 688 MiB" in change.sentence


def test_under_a_cpu_target_memory_is_put_in_force_and_cpu_stays(scene):
    scene.ecs.has(a_service(), a_definition(memory_mib=8192))

    _, change = plan(scene, scaled_by(Follows.CPU))

    assert change.target.size == TaskSize(1024, 4096)
    assert change.state is State.DEPLOYING
    assert "its CPU stays as it is" in change.sentence


def test_pinned_at_its_minimum_a_service_may_have_less_cpu_too(scene):
    scene.ecs.has(a_service(), a_definition())
    scene.kept.samples[ORDERS] = TaskSamples((60.0,) * PERIODS, (0.2,) * PERIODS)

    _, change = plan(scene, scaled_by(Follows.CPU))

    # 20 % of 1024 units is 43 % of 474: four fifths of 60 % is 48 %.
    assert change.target.size.cpu_units == 512
    assert "stays there" in change.sentence


def test_a_service_above_its_minimum_is_not_asked_about_its_past(scene):
    scene.ecs.has(a_service(desired_count=5, running_count=5), a_definition(memory_mib=8192))
    scene.kept.samples[ORDERS] = TaskSamples((60.0,) * PERIODS, (0.2,) * PERIODS)

    _, change = plan(scene, scaled_by(Follows.CPU))

    assert change.target.size.cpu_units == 1024


def test_under_a_memory_target_cpu_is_put_in_force_and_memory_stays(scene):
    scene.ecs.has(a_service(), a_definition())
    scene.kept.usage[ORDERS] = usage(cpu=0.1)

    _, change = plan(scene, scaled_by(Follows.MEMORY))

    assert change.target.size == TaskSize(512, 4096)
    assert change.state is State.DEPLOYING


@pytest.mark.parametrize("follows", [Follows.REQUESTS, Follows.CUSTOM])
def test_where_work_is_counted_memory_is_put_in_force_first_and_cpu_only_proposed(scene, follows):
    scene.ecs.has(a_service(), a_definition(memory_mib=2048))

    row, change = plan(scene, scaled_by(follows, target=1000.0))

    assert change.state is State.PROPOSED
    assert row["reason"].startswith("scaled_by_")
    assert "would become 250" in change.sentence
    assert scene.ecs.registered == []


def test_where_steps_scale_nothing_is_put_in_force(scene):
    scene.ecs.has(a_service(), a_definition())

    _, change = plan(scene, scaled_by(Follows.STEPS, target=None))

    assert change.state is State.PROPOSED
    assert "times the tasks would run" in change.sentence


def test_under_both_targets_nothing_is_chosen(scene):
    scene.ecs.has(a_service(), a_definition())

    row, change = plan(scene, scaled_by(Follows.CPU, Follows.MEMORY))

    assert (row["reason"], change) == ("scaled_by_both", None)


def test_a_service_that_a_schedule_scales_to_zero_gets_its_size_when_it_runs_again(scene):
    scene.ecs.has(a_service(desired_count=0, running_count=0), a_definition())

    _, change = plan(scene, scaled_by(scheduled=True))
    assert (change.state, change.outcome) == (State.PLANNED, "scaled_to_zero")
    assert scene.ecs.registered == []

    scene.ecs.change(ORDERS, desired_count=4, running_count=4)
    scene.minutes(31)

    assert scene.now(change).state is State.DEPLOYING


def test_a_heap_forbids_a_cut_and_is_explained(scene):
    heap = {"name": "app", "environment": [{"name": "JAVA_OPTS", "value": "-Xmx3g"}], "healthCheck": HEALTHY}
    scene.ecs.has(a_service(), a_definition(containerDefinitions=[heap]))

    _, change = plan(scene)

    assert change.target.size.memory_mib >= 3840
    assert "a heap of 3072 MiB" in change.sentence


def test_sidecars_keep_what_they_have_and_the_change_says_what_the_application_gets(scene):
    containers = [
        {"name": "app", "cpu": 768, "memory": 2560, "healthCheck": HEALTHY},
        {"name": "envoy", "cpu": 256, "memory": 1536},
    ]
    scene.ecs.has(a_service(), a_definition(containerDefinitions=containers))

    _, change = plan(scene)

    # 30 % of 4096 MiB were used, which 2048 would hold, but envoy keeps 1536 MiB for itself.
    assert change.target.size == TaskSize(512, 3072)
    assert change.evidence["containers"] == "app cpu 768 → 256, app memory 2560 → 1536"
    registered = scene.ecs.definitions[scene.ecs.registered[0]].fields["containerDefinitions"]
    assert [(one["cpu"], one["memory"]) for one in registered] == [(256, 1536), (256, 1536)]
    assert scene.the_change(kind=Kind.RESIZE).id == change.id


ENVOYED = [
    {"name": "app", "cpu": 768, "memory": 2560, "healthCheck": HEALTHY},
    {"name": "envoy", "cpu": 256, "memory": 1536, "essential": False},
]


def measured(mib, days=7):
    return ContainerUse(mib, 100.0, frozenset((NOW - timedelta(days=n)).date() for n in range(1, days + 1)))


def envoyed(scene, days=9):
    """The service ``orders`` with a sidecar, and usage of so many days."""
    scene.ecs.has(a_service(), a_definition(containerDefinitions=ENVOYED))
    seen = usage(cpu=0.1, memory=0.15)
    scene.kept.usage[ORDERS] = flat(seen, NOW - timedelta(days=days), NOW)


def test_with_measured_containers_a_sidecars_use_is_not_counted_as_the_applications(scene):
    envoyed(scene)
    scene.kept.containers[ORDERS] = {"app": measured(400.0), "envoy": measured(200.0)}

    _, change = plan(scene)

    # 400 MiB of the application beside the 1536 that envoy holds; all 614 of the task beside them take 3072
    assert change.target.size.memory_mib == 2048
    registered = scene.ecs.definitions[scene.ecs.registered[-1]].fields["containerDefinitions"]
    assert [one["memory"] for one in registered] == [512, 1536]
    assert "envoy 200 of 1536 MiB" in change.evidence["containers_used"]


def test_a_split_of_some_days_only_decides_nothing(scene):
    envoyed(scene)
    scene.kept.containers[ORDERS] = {"app": measured(400.0, 3), "envoy": measured(200.0, 3)}

    _, change = plan(scene)

    assert change.target.size.memory_mib == 3072


@pytest.mark.parametrize(
    ("containers", "cpu"), [(ENVOYED[:1], 0.1), (ENVOYED, 0.9)], ids=["one container", "no other size"]
)
def test_containers_are_read_only_where_that_may_decide(scene, containers, cpu):
    scene.ecs.has(a_service(), a_definition(containerDefinitions=containers))
    scene.kept.usage[ORDERS] = usage(cpu=cpu, memory=0.8 if cpu > 0.5 else 0.3)

    plan(scene)

    assert scene.kept.containers_asked == []
