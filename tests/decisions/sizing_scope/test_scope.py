from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import APPLY, NOW, ON_DEMAND, SPOT_FIRST, a_definition, a_service
from trimtab.decisions.sizing_scope import Home, scope_of
from trimtab.model.decision import Keep, Setting
from trimtab.model.price import LIST_PRICES
from trimtab.model.scaling import Follows, Scaling, ScalingPolicy
from trimtab.model.service import StrategyItem
from trimtab.model.tags import Mode
from trimtab.model.task_size import FARGATE_LINUX_SIZES, FARGATE_WINDOWS_SIZES, TaskSize

WINDOWS = {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}
ARM = {"runtimePlatform": {"cpuArchitecture": "ARM64"}}
OWN_POOL = {"launch_type": None, "capacity_provider_strategy": (StrategyItem("my-pool", weight=1),)}
NOW_SIZE = TaskSize(1024, 4096)


def scope(service=None, definition=None, setting=APPLY, scaling=None):
    service = a_service(**(service or {}))
    return scope_of(service, definition or a_definition(), setting, scaling, None, NOW)


def scaled_by(follows, **said):
    policy = ScalingPolicy("policy", follows, "metric", 60.0, NOW - timedelta(days=9))
    return Scaling(2, 10, (replace(policy, **said),))


def an_app(**said):
    return {"name": "app", "image": "orders:1", "essential": True, **said}


def test_a_linux_task_on_fargate_may_have_every_size_within_its_bounds():
    bounds = Setting(Mode.APPLY, smallest=TaskSize(512, 1024), largest=TaskSize(2048, 8192))

    found = scope(setting=bounds)

    assert found.sizes == tuple(
        s for s in FARGATE_LINUX_SIZES if 512 <= s.cpu_units <= 2048 and s.memory_mib <= 8192
    )
    assert (found.home, found.current, found.proposed) == (Home.FARGATE, NOW_SIZE, ())


@pytest.mark.parametrize(
    "service",
    [{}, {"launch_type": None, "capacity_provider_strategy": SPOT_FIRST + ON_DEMAND}],
)
def test_spot_and_on_demand_are_both_fargate(service):
    assert scope(service).home is Home.FARGATE


def test_windows_on_fargate_is_only_proposed_and_pays_its_licence():
    found = scope(definition=a_definition(**WINDOWS), setting=replace(APPLY, largest=TaskSize(32768, 249856)))

    assert (found.home, found.sizes, found.proposed) == (Home.WINDOWS, (), FARGATE_WINDOWS_SIZES)
    assert len(FARGATE_WINDOWS_SIZES) == 43
    assert LIST_PRICES["WINDOWS"].usd_per_vcpu_hour == pytest.approx(0.13748)


@pytest.mark.parametrize(
    ("service", "said", "home"),
    [
        ({"launch_type": "EC2"}, {}, Home.EC2),
        (OWN_POOL, {}, Home.EC2),
        (OWN_POOL, {"requiresCompatibilities": ["EC2", "MANAGED_INSTANCES"]}, Home.EC2),
        (OWN_POOL, {"requiresCompatibilities": ["MANAGED_INSTANCES", "FARGATE"]}, Home.MANAGED_INSTANCES),
        ({"launch_type": "MANAGED_INSTANCES"}, {}, Home.MANAGED_INSTANCES),
    ],
)
def test_on_instances_sizes_are_continuous_and_only_proposed(service, said, home):
    found = scope(service, a_definition(**said))

    assert (found.home, found.sizes, found.reason) == (home, (), home.value)
    assert found.why
    cpus, memories = ({getattr(s, axis) for s in found.proposed} for axis in ("cpu_units", "memory_mib"))
    assert all(cpu % 32 == 0 for cpu in cpus)
    assert all(memory % 16 == 0 for memory in memories)
    assert (min(cpus), max(cpus) <= 4096, max(memories) <= 16384) == (128, True, True)
    assert NOW_SIZE in found.proposed
    assert len(found.proposed) < 10_000


def test_on_instances_containers_tell_what_a_task_claims_where_it_has_no_size():
    definition = a_definition(
        cpu=None,
        memory=None,
        containerDefinitions=[
            an_app(cpu=256, memory=1024, memoryReservation=512),
            an_app(name="log", cpu=64, memory=128),
        ],
    )

    assert scope({"launch_type": "EC2"}, definition).current == TaskSize(320, 640)


@pytest.mark.parametrize(
    ("service", "definition", "reason"),
    [
        ({}, a_definition(cpu=None), "no_task_size"),
        ({"launch_type": "EC2"}, a_definition(cpu=None), "no_task_size"),
        ({"launch_type": "EXTERNAL"}, a_definition(), "external"),
        ({"launch_type": None}, a_definition(), "unknown_capacity"),
        ({"launch_type": "EC2"}, a_definition(**WINDOWS), "windows"),
        ({}, a_definition(cpu_units=1000), "size_not_on_grid"),
        ({}, a_definition(cpu_units=256, memory_mib=512, **WINDOWS), "size_not_on_grid"),
    ],
)
def test_what_cannot_be_sized_is_kept_with_its_reason(service, definition, reason):
    kept = scope_of(a_service(**service), definition, APPLY, None, None, NOW)

    assert isinstance(kept, Keep)
    assert (kept.reason, kept.sentence[-1]) == (reason, ".")


def test_a_definition_that_cannot_be_read_is_kept():
    assert scope_of(a_service(), None, APPLY, None, None, NOW).reason == "no_task_size"


def test_a_definition_with_fields_that_nobody_knows_is_sized_and_never_registered():
    found = scope(definition=replace(a_definition(), unknown_fields=("taskDefinition.newThing",)))

    assert (found.sizes, found.reason) == ((), "unknown_fields")
    assert found.proposed == scope().sizes
    assert "taskDefinition.newThing" in found.why


def test_under_a_cpu_target_only_memory_moves():
    assert {s.cpu_units for s in scope(scaling=scaled_by(Follows.CPU)).sizes} == {1024}


def test_under_a_memory_target_only_cpu_moves():
    found = scope(scaling=scaled_by(Follows.MEMORY))

    assert {s.memory_mib for s in found.sizes} == {4096}
    assert {s.cpu_units for s in found.sizes} == {512, 1024, 2048}


def test_where_requests_are_counted_memory_moves_and_cpu_is_proposed():
    found = scope(scaling=scaled_by(Follows.REQUESTS))

    assert {s.cpu_units for s in found.sizes} == {1024}
    assert found.proposed == scope().sizes
    assert found.reason == "scaled_by_requests"


def test_where_steps_scale_all_is_proposed():
    found = scope(scaling=scaled_by(Follows.STEPS))

    assert (found.sizes, found.proposed) == ((), scope().sizes)


def test_windows_under_a_cpu_target_is_proposed_other_memory_only():
    found = scope(definition=a_definition(**WINDOWS), scaling=scaled_by(Follows.CPU))

    assert found.sizes == ()
    assert {s.cpu_units for s in found.proposed} == {1024}


def test_a_fixed_heap_keeps_its_memory_and_is_explained():
    heap = [{"name": "JAVA_TOOL_OPTIONS", "value": "-Xmx2g -Dsecret=canary-7f3a"}]
    found = scope(definition=a_definition(containerDefinitions=[an_app(environment=heap)]))

    assert min(s.memory_mib for s in found.sizes) == 3072
    assert "-Xmx gives container app a heap of 2048 MiB" in found.notes[0]
    assert "not cut below 2560 MiB" in found.notes[0]
    assert "canary" not in repr(found)


def test_a_heap_that_does_not_fit_already_does_not_force_more_memory():
    heap = [{"name": "JAVA_TOOL_OPTIONS", "value": "-Xmx4g"}]
    found = scope(definition=a_definition(containerDefinitions=[an_app(environment=heap)]))

    assert min(s.memory_mib for s in found.sizes) == 4096


def test_a_heap_that_is_a_share_goes_along():
    heap = [{"name": "JAVA_TOOL_OPTIONS", "value": "-XX:MaxRAMPercentage=75"}]
    found = scope(definition=a_definition(containerDefinitions=[an_app(environment=heap)]))

    assert found.sizes == scope().sizes
    assert "75 %" in found.notes[0]


def test_memory_of_sidecars_is_set_aside_where_the_application_has_a_limit():
    both = [an_app(memory=3584), an_app(name="log", essential=False, memory=512)]

    assert scope(definition=a_definition(containerDefinitions=both)).memory_aside_mib == 512
    assert scope().memory_aside_mib == 0


services = st.sampled_from(
    [
        {},
        {"launch_type": "EC2"},
        {"launch_type": None},
        OWN_POOL,
        {"launch_type": "EXTERNAL"},
        {"desired_count": 0},
    ]
)
scalings = st.none() | st.sampled_from(list(Follows)).map(scaled_by)
claims = st.sampled_from(
    [{}, {"memory": 64}, {"memoryReservation": 8000}, {"cpu": 900}, {"memory": 1, "cpu": 1}]
)
definitions = st.builds(
    lambda cpu, memory, said, one: a_definition(
        cpu=cpu, memory=memory, containerDefinitions=[an_app(**one)], **said
    ),
    st.sampled_from([None, "", "1024", "100", "999999"]),
    st.sampled_from([None, "", "2048", "77", "9999999"]),
    st.sampled_from([{}, WINDOWS, ARM]),
    claims,
)


@given(services, definitions, scalings, st.sampled_from(FARGATE_LINUX_SIZES))
def test_any_service_gets_an_answer_whose_sizes_lie_within_its_bounds(service, definition, scaling, largest):
    setting = replace(APPLY, largest=largest)

    found = scope_of(a_service(**service), definition, setting, scaling, None, NOW)

    if isinstance(found, Keep):
        assert found.reason
    else:
        others = [s for s in (*found.sizes, *found.proposed) if s != found.current]
        assert all(largest.holds(size) for size in others)
