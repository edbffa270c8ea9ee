"""A new revision equals its base but for the sizes."""

import copy

import botocore.session
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import a_definition
from trimtab.model.task_definition import DESCRIBE_ONLY_FIELDS, content_hash, size_floor
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize

HALF = TaskSize(512, 2048)


def a_container(**said):
    return {"name": "app", "image": "orders:1", "essential": True, **said}


def of(*containers, **said):
    return a_definition(containerDefinitions=list(containers), **said)


def shape(name):
    return botocore.session.get_session().get_service_model("ecs").shape_for(name)


def test_the_fields_left_out_are_those_that_registration_does_not_know():
    described = set(shape("TaskDefinition").members)
    registered = set(shape("RegisterTaskDefinitionRequest").members)

    assert described - registered == DESCRIBE_ONLY_FIELDS


def test_every_other_field_of_a_definition_comes_back_in_the_registration():
    request = shape("RegisterTaskDefinitionRequest").members
    everything = {name: object() for name in shape("TaskDefinition").members}
    definition = a_definition(**everything)

    kept = definition.registration()

    assert set(kept) == set(request) - {"tags"}
    assert all(kept[name] is everything[name] for name in kept)


@given(st.sampled_from(FARGATE_LINUX_SIZES))
def test_a_resized_definition_equals_its_base_but_for_the_sizes(size):
    base = of(a_container(), a_container(name="log", essential=False, memoryReservation=64, cpu=32))

    resized = base.resized(size)

    sizes = {"cpu": str(size.cpu_units), "memory": str(size.memory_mib)}
    assert resized == {**base.registration(), **sizes}


def test_resizing_leaves_the_base_as_it_was():
    base = of(a_container(memory=4096, cpu=1024))
    before = copy.deepcopy(base.fields)

    base.resized(HALF)

    assert base.fields == before


def test_a_definition_without_a_task_size_has_none():
    assert a_definition(cpu=None).size is None
    assert a_definition(memory=None).size is None
    assert a_definition().size == TaskSize(1024, 4096)


def test_the_floor_is_what_the_containers_beside_the_application_ask_for():
    definition = of(
        a_container(memory=1000, cpu=300),
        a_container(name="log", memoryReservation=64, cpu=32),
        a_container(),
    )

    assert size_floor(definition) == TaskSize(64, 70)


def test_essential_is_what_ecs_takes_for_granted():
    definition = of(
        {"name": "app"}, {"name": "log", "essential": False}, {"name": "proxy", "essential": True}
    )

    assert definition.essential_containers == {"app", "proxy"}


def test_windows_and_the_architecture_are_told_apart():
    arm = a_definition(runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"})
    windows = a_definition(runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"})

    assert (arm.cpu_architecture, arm.is_windows) == ("ARM64", False)
    assert (windows.cpu_architecture, windows.is_windows) == (None, True)
    assert (a_definition().cpu_architecture, a_definition().is_windows) == (None, False)


def test_a_definition_never_shows_its_environment():
    assert "canary-7f3a" in str(a_definition().fields)
    assert "canary-7f3a" not in repr(a_definition())


def test_a_content_hash_speaks_of_the_content_and_not_of_its_order():
    registration = a_definition().registration()
    turned = dict(reversed(registration.items()))

    assert content_hash(turned) == content_hash(registration)
    assert content_hash({**registration, "cpu": "512"}) != content_hash(registration)


def container(name="app", **said):
    return {"name": name, "image": "i", **said}


def test_a_task_takes_as_long_to_stop_as_its_slowest_container():
    both = a_definition(containerDefinitions=[container(stopTimeout=110), container("side", stopTimeout=5)])

    assert both.stop_seconds == 110
    assert a_definition().stop_seconds == 30


def test_only_an_essential_container_with_a_command_checks_its_health():
    check = {"command": ["CMD-SHELL", "curl -f localhost"]}

    assert a_definition(containerDefinitions=[container(healthCheck=check)]).checks_health
    side = container("side", essential=False, healthCheck=check)
    assert not a_definition(containerDefinitions=[container(), side]).checks_health
    switched_off = container(healthCheck={"command": ["NONE"]})
    assert not a_definition(containerDefinitions=[switched_off]).checks_health
