"""The application's container takes the change of a task's size; the others keep what they have."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trimtab.model.container_sizes import (
    application_of,
    fit_containers,
    least_task,
    memory_aside_mib,
    told_moves,
)
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize

WHOLE, HALF, DOUBLE = TaskSize(1024, 4096), TaskSize(512, 2048), TaskSize(2048, 8192)


def app(**said):
    return {"name": "app", "image": "orders:1", **said}


def log(**said):
    return {"name": "log", "image": "log:1", "essential": False, **said}


def fitted(*containers, to=HALF):
    return fit_containers(containers, WHOLE, to)


@pytest.mark.parametrize(
    ("containers", "name"),
    [
        ([app()], "app"),
        ([app(), log(memory=4000)], "app"),
        ([app(memory=1024), log(memory=512, essential=True)], "app"),
        ([app(cpu=256), log(cpu=512, essential=True)], "log"),
        ([app(), log(essential=True)], None),
        ([app(memory=512), log(memoryReservation=512, essential=True)], None),
        ([], None),
    ],
)
def test_the_application_is_the_only_essential_container_or_the_largest(containers, name):
    assert application_of(containers) == name


def test_a_lone_container_that_has_the_whole_task_follows_it():
    assert fitted(app(memory=4096, cpu=1024)) == [app(memory=2048, cpu=512)]
    assert fitted(app(memory=4096, cpu=1024), to=DOUBLE) == [app(memory=8192, cpu=2048)]


def test_the_application_takes_the_cut_and_the_others_keep_what_they_have():
    before = [app(memory=3840, cpu=768), log(memory=256, cpu=256)]

    assert fitted(*before) == [app(memory=1792, cpu=256), before[1]]


def test_the_application_takes_what_a_larger_task_has_more():
    before = [app(memory=3000, cpu=768), log(memoryReservation=256, cpu=256)]

    assert fitted(*before, to=DOUBLE) == [app(memory=7096, cpu=1792), before[1]]


def test_what_no_container_had_claimed_goes_before_anything_of_the_application():
    assert fitted(app(memory=1024, cpu=100)) == [app(memory=1024, cpu=100)]


def test_what_changes_in_one_respect_leaves_the_other_alone():
    assert fitted(app(memory=4096, cpu=1024), to=TaskSize(1024, 2048)) == [app(memory=2048, cpu=1024)]


def test_a_reservation_goes_down_with_the_limit_and_stays_below_it():
    # RegisterTaskDefinition refuses a memory that is not larger than the memoryReservation beside it.
    assert fitted(app(memory=4096, memoryReservation=3072)) == [app(memory=2048, memoryReservation=1536)]


def test_a_reservation_is_not_cut_below_what_ecs_takes():
    assert fitted(app(memory=4096, memoryReservation=10)) == [app(memory=2048, memoryReservation=6)]
    assert fitted(app(memory=4096, memoryReservation=4)) == [app(memory=2048, memoryReservation=4)]


def test_a_reservation_alone_is_cut_to_what_the_others_leave():
    assert fitted(app(memoryReservation=4000), log(memory=96)) == [
        app(memoryReservation=1952),
        log(memory=96),
    ]


def test_a_larger_task_leaves_a_reservation_alone():
    assert fitted(app(memoryReservation=512), to=DOUBLE) == [app(memoryReservation=512)]


def test_containers_of_which_none_is_the_application_keep_all_and_set_the_floor():
    both = [app(memory=1024, cpu=128), log(memory=1024, cpu=128, essential=True)]

    assert fitted(*both) == both
    assert least_task(both) == TaskSize(256, 2048)


def test_the_application_keeps_as_much_cpu_as_the_others_have_together():
    assert least_task([app(cpu=768), log(cpu=256)]).cpu_units == 512
    assert least_task([app(cpu=64), log(cpu=256)]).cpu_units == 320
    assert least_task([app(), log(cpu=256)]).cpu_units == 256


def test_memory_that_the_application_cannot_have_is_known():
    assert memory_aside_mib([app(memory=2048), log(memoryReservation=256)]) == 256
    assert memory_aside_mib([app(), log(memoryReservation=256)]) == 0


def test_what_moves_is_told_and_nothing_where_nothing_does():
    before = [app(memory=3840, cpu=768), log(memory=256)]

    assert told_moves(before, fitted(*before)) == "app cpu 768 → 512, app memory 3840 → 1792"
    assert told_moves(before, before) == ""


sizes = st.sampled_from(FARGATE_LINUX_SIZES)
claims = st.fixed_dictionaries(
    {},
    optional={
        "memory": st.integers(6, 4096),
        "memoryReservation": st.integers(1, 2048),
        "cpu": st.integers(0, 1024),
    },
)
tasks = st.lists(st.tuples(claims, st.booleans()), min_size=1, max_size=4)


@given(tasks, sizes, sizes)
def test_in_any_size_above_the_floor_the_sums_fit_and_only_sizes_that_were_there_move(told, old, new):
    before = [
        {"name": f"c{number}", "essential": essential, **claim}
        for number, (claim, essential) in enumerate(told)
        if claim.get("memory", 9999) > claim.get("memoryReservation", 0)
    ]
    assume(before and _fits(before, old) and new.holds(least_task(before)))

    after = fit_containers(before, old, new)

    assert _fits(after, new)
    for was, now in zip(before, after, strict=True):
        assert was.keys() == now.keys()
        assert now.get("memory", 9999) > now.get("memoryReservation", 0)
        if was["name"] != application_of(before):
            assert was == now


def _fits(containers, size):
    memory = sum(one.get("memory") or one.get("memoryReservation") or 0 for one in containers)
    return size.holds(TaskSize(sum(one.get("cpu", 0) for one in containers), memory))
