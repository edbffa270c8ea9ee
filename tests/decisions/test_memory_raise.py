from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, PRICE, a_change, a_definition
from trimtab.decisions.memory_raise import (
    RAISES_WINDOW,
    Kill,
    count_raises,
    judge_growth,
    limit_that_stays,
    own_limit,
    raise_memory,
    raised_limit,
)
from trimtab.model.change import Kind, State, Target
from trimtab.model.decision import Go, Keep, Refuse, Resize
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize

KILL = Kill("app")
LARGEST = TaskSize(16384, 30720)
ceilings = st.builds(TaskSize, st.integers(0, 40_000), st.integers(0, 300_000))
sizes = st.sampled_from(FARGATE_LINUX_SIZES) | st.builds(
    TaskSize, st.integers(1, 40_000), st.integers(1, 300_000)
)


@pytest.mark.parametrize(
    ("current", "raised"),
    [
        (TaskSize(256, 512), TaskSize(256, 1024)),
        (TaskSize(512, 4096), TaskSize(1024, 5120)),
        (TaskSize(1024, 8192), TaskSize(2048, 10240)),
    ],
)
def test_a_kill_for_memory_gets_a_quarter_more(current, raised):
    decision = raise_memory(current, KILL, LARGEST, 4, PRICE)

    assert decision.size == raised
    assert decision.monthly_usd.after > decision.monthly_usd.before


def grown(before, after, number):
    base, target = a_change().base, a_change().target
    return a_change(
        id=f"grown{number}",
        state=State.SUCCEEDED,
        created_at=NOW - timedelta(days=1),
        applied={"deployment": f"ecs-svc/{number}"},
        base=replace(base, size=before),
        target=replace(target, size=after),
    )


def test_memory_that_has_grown_twice_in_a_week_is_not_given_ahead_of_a_kill():
    past = [
        grown(TaskSize(512, 1024), TaskSize(512, 2048), 1),
        grown(TaskSize(512, 2048), TaskSize(512, 3072), 2),
    ]

    answers = [
        judge_growth("orders", TaskSize(512, 3072), TaskSize(512, 4096), some, NOW)
        for some in (past, past[1:])
    ]

    assert isinstance(answers[0], Refuse) and answers[0].reason == "grown_enough"
    assert isinstance(answers[1], Go)


def test_a_size_that_was_handed_over_has_grown_nothing_before_it_is_taken_up():
    steps = [(TaskSize(512, 1024), TaskSize(512, 2048)), (TaskSize(512, 2048), TaskSize(512, 3072))]
    handed = [replace(grown(*step, n), kind=Kind.HAND_OVER) for n, step in enumerate(steps)]
    handed = [replace(one, applied={"parameter": "/trimtab/shop/orders"}) for one in handed]
    taken_up = [replace(one, applied={**one.applied, "taken_up": "orders:7"}) for one in handed]

    answers = [
        judge_growth("orders", TaskSize(512, 3072), TaskSize(512, 4096), past, NOW)
        for past in (handed, taken_up)
    ]

    assert isinstance(answers[0], Go) and isinstance(answers[1], Refuse)


def test_the_memory_that_a_larger_cpu_is_sold_with_is_no_leak():
    steps = [TaskSize(256, 512), TaskSize(512, 1024), TaskSize(1024, 2048), TaskSize(2048, 4096)]
    past = [grown(before, after, n) for n, (before, after) in enumerate(pairwise(steps[:3]))]

    assert isinstance(judge_growth("orders", steps[2], steps[3], past, NOW), Go)
    assert isinstance(judge_growth("orders", steps[3], TaskSize(2048, 5120), past, NOW), Go)


@pytest.mark.parametrize(
    ("current", "told"),
    [
        (TaskSize(256, 512), "512 → 1024 MiB: 2 times as much."),
        (TaskSize(512, 4096), "4096 → 5120 MiB: 1.25 times as much."),
        (TaskSize(16384, 32768), "32768 → 40960 MiB: 1.25 times as much."),
        (TaskSize(8192, 61440), "61440 → 81920 MiB: 1.33 times as much."),
    ],
)
def test_a_raise_says_how_much_more_it_really_is(current, told):
    assert raise_memory(current, KILL, TaskSize(16384, 122880), 1, PRICE).sentence.endswith(told)


def test_a_leak_is_not_chased_beyond_the_ceiling():
    kept = raise_memory(TaskSize(1024, 8192), KILL, TaskSize(16384, 8192), 4, PRICE)

    assert (kept.reason, "leak" in kept.sentence) == ("at_memory_ceiling", True)


def test_more_cpu_than_allowed_is_not_bought_for_the_memory_that_comes_with_it():
    kept = raise_memory(TaskSize(1024, 8192), KILL, TaskSize(1024, 122880), 4, PRICE)

    assert kept.reason == "at_memory_ceiling"


def test_after_two_raises_in_a_week_a_person_has_to_look():
    assert isinstance(raise_memory(TaskSize(256, 512), Kill("app", raises=1), LARGEST, 1, PRICE), Resize)

    kept = raise_memory(TaskSize(256, 512), Kill("app", raises=2), LARGEST, 1, PRICE)

    assert kept.reason == "raised_enough"
    assert "2 times in 7 days" in kept.sentence
    assert "a leak is not chased" in kept.sentence


def test_a_container_that_hit_its_own_limit_is_named_with_it_and_not_given_a_bigger_task():
    kept = raise_memory(TaskSize(256, 512), Kill("worker", limit_mib=300), LARGEST, 1, PRICE)

    assert kept.reason == "container_limit"
    assert "worker was killed at its own limit of 300 MiB" in kept.sentence


TWO = [{"name": "app", "memory": 1024}, {"name": "agent"}]
LONE = [{"name": "app", "memory": 4096}]
SMALL = [{"name": "app", "memory": 3000}]
WITH_AGENT = [{"name": "app", "memory": 3000}, {"name": "agent", "essential": False, "memory": 256}]


@pytest.mark.parametrize(
    ("containers", "killed", "limit"),
    [
        (TWO, "app", None),  # the application takes what the task gets more
        (WITH_AGENT, "app", None),
        (WITH_AGENT, "agent", 256),
        (TWO, "agent", None),  # it has the task's memory
        (TWO, "aws-guardduty-agent-1", None),
        (LONE, "app", None),  # it follows in the new revision
        (SMALL, "app", None),
        ([{"name": "a", "memory": 900}, {"name": "b", "memory": 900}], "a", 900),  # nothing tells which it is
        ([*LONE, {"name": "agent"}], "app", None),  # the task's memory ran out, with the agent's
        ([{"name": "app", "memory": 8192}], "app", None),
    ],
)
def test_only_a_limit_that_ended_the_container_and_would_stay_counts(containers, killed, limit):
    assert limit_that_stays(a_definition(containerDefinitions=containers), killed, 4096) == limit


@pytest.mark.parametrize(
    ("containers", "launched", "limit", "others_mib"),
    [
        (TWO, {}, 1024, 0),
        ([*SMALL, {"name": "agent", "memoryReservation": 128}], {}, 3000, 128),
        ([{"name": "app"}], {}, None, 0),
        ([{"name": "app"}], {"containerOverrides": [{"name": "app", "memory": 2048}]}, 2048, 0),
        (TWO, {"containerOverrides": [{"name": "agent", "memory": 100}, {"name": "app"}]}, 1024, 100),
    ],
)
def test_a_limit_of_a_launch_is_known_with_what_the_other_containers_take(
    containers, launched, limit, others_mib
):
    definition = a_definition(containerDefinitions=containers)

    assert own_limit(definition, "app", launched) == (limit, others_mib)


@pytest.mark.parametrize(
    ("current", "limit_mib", "others_mib", "size", "new_limit_mib"),
    [
        (TaskSize(512, 1024), 1024, 0, TaskSize(512, 2048), 2048),  # it was the whole task's
        (TaskSize(1024, 4096), 1024, 0, TaskSize(1024, 4096), 1536),  # there is room in the task
        (TaskSize(512, 1024), 800, 128, TaskSize(512, 2048), 1312),
        (TaskSize(1024, 8192), 8000, 128, TaskSize(2048, 10240), 10000),
    ],
)
def test_a_limit_of_a_launch_is_raised_and_the_task_as_far_as_it_has_to(
    current, limit_mib, others_mib, size, new_limit_mib
):
    kill = Kill("app", limit_mib, others_mib=others_mib)

    raised = raise_memory(current, kill, LARGEST, 1, PRICE)

    assert raised.size == size
    assert raised_limit(limit_mib, current, raised.size, others_mib) == new_limit_mib


def test_what_an_earlier_kill_has_taught_is_given_at_once():
    assert raise_memory(TaskSize(512, 1024), Kill("app", floor_mib=3072), LARGEST, 1, PRICE).size == TaskSize(
        512, 3072
    )


def test_as_many_raises_as_the_policy_allows():
    for raises_max, told in ((0, "not at all"), (1, "once")):
        kept = raise_memory(
            TaskSize(512, 1024), Kill("app", raises=raises_max, raises_max=raises_max), LARGEST, 1, PRICE
        )
        assert f"Memory was raised {told} in 7 days" in kept.sentence


RAISED = a_change(kind=Kind.RAISE_MEMORY, state=State.SUCCEEDED, applied={"deployment": "ecs-svc/1"})
RESTARTED = replace(
    RAISED, kind=Kind.RESTART, applied={"task": "t"}, evidence={"cause_class": "memory"}, state=State.FAILED
)


@pytest.mark.parametrize(
    ("change", "count"),
    [
        (RAISED, 1),
        (replace(RAISED, state=State.ROLLED_BACK), 1),
        (replace(RAISED, created_at=NOW - RAISES_WINDOW + timedelta(seconds=1)), 1),
        (replace(RAISED, created_at=NOW - RAISES_WINDOW), 0),
        (replace(RAISED, applied={"task_definition": "registered, never deployed"}), 0),
        (replace(RAISED, state=State.EXPIRED, applied={}), 0),
        (replace(RAISED, kind=Kind.RESIZE), 0),
        (replace(RAISED, kind=Kind.HAND_OVER, rule="memory_kill", applied={"parameter": "p"}), 1),
        (replace(RAISED, kind=Kind.HAND_OVER, applied={"parameter": "p"}), 0),
        (RESTARTED, 1),
        (replace(RESTARTED, target=Target(stopped_task="t")), 0),
        (replace(RESTARTED, evidence={"cause_class": "application"}), 0),  # it only kept its size
    ],
)
def test_what_really_gave_more_memory_this_week_is_counted(change, count):
    assert count_raises([change], NOW) == count


@given(sizes, ceilings)
def test_a_raise_is_a_size_fargate_sells_with_more_memory_no_less_cpu_and_below_the_ceiling(current, ceiling):
    decision = raise_memory(current, KILL, ceiling, 1, PRICE)

    if isinstance(decision, Resize):
        assert decision.size in FARGATE_LINUX_SIZES
        assert decision.size.cpu_units >= current.cpu_units
        assert decision.size.memory_mib >= max(current.memory_mib * 1.25, current.memory_mib + 512)
        assert ceiling.holds(decision.size)
    else:
        assert decision.reason == "at_memory_ceiling"


@given(sizes, ceilings)
def test_raises_come_to_an_end(current, ceiling):
    steps, size = 0, current
    while not isinstance(decision := raise_memory(size, KILL, ceiling, 1, PRICE), Keep):
        size, steps = decision.size, steps + 1

    assert steps < 25
