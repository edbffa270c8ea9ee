from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import APPLY, PRICE, usage
from trimtab.decisions.task_size import decide_task_size, percentile
from trimtab.model.decision import Keep, Resize
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize

FREE, LARGE = TaskSize(0, 0), TaskSize(2048, 8192)
sizes = st.sampled_from(FARGATE_LINUX_SIZES[:70])
ratios = st.floats(0, 1)


def decide(current=LARGE, seen=None, floor=FREE, memory_floor_mib=0, tasks=4, setting=APPLY):
    return decide_task_size(current, seen or usage(), floor, memory_floor_mib, tasks, setting, PRICE)


def test_a_task_that_uses_a_fifth_of_its_size_is_made_smaller():
    decision = decide(LARGE, usage(cpu=0.2, memory=0.2))

    # 2048 x 0.2 x 1.15 = 471 CPU units, 8192 x 0.2 x 1.15 = 1885 MiB
    assert isinstance(decision, Resize)
    assert decision.size == TaskSize(512, 2048)
    assert decision.reason == "too_large"
    assert decision.monthly_usd.after < decision.monthly_usd.before
    assert (decision.evidence["cpu_units_needed"], decision.evidence["memory_mib_needed"]) == (472, 1885)


def test_a_task_at_its_limit_is_made_larger():
    decision = decide(TaskSize(512, 1024), usage(cpu=0.3, memory=1.0))

    assert isinstance(decision, Resize)
    assert (decision.size, decision.reason) == (TaskSize(256, 2048), "too_small")


def test_a_size_that_fits_is_kept():
    assert decide(LARGE, usage(cpu=0.8, memory=0.8)).reason == "fits"


def test_a_saving_of_less_than_a_dollar_a_month_is_not_worth_a_deployment():
    # 256 / 1024 would do instead of 256 / 2048: 1 GB is 3.24 USD a month, of Spot-priced odd jobs less.
    cheap = replace(PRICE, usd_per_gb_hour=0.0001)

    decision = decide_task_size(TaskSize(256, 2048), usage(0.5, 0.4), FREE, 0, 1, APPLY, cheap)

    assert decision.reason == "fits"


def test_a_size_is_decided_by_the_95th_percentile_of_cpu_and_not_by_one_spike():
    spiky = replace(usage(memory=0.2), cpu_ratios=(0.1,) * 96 + (1.0,) * 4)

    assert decide(LARGE, spiky).size.cpu_units == 256


def test_memory_is_never_cut_below_the_floor_of_a_memory_kill():
    decision = decide(LARGE, usage(0.05, 0.05), memory_floor_mib=5000)

    assert decision.size.memory_mib >= 5000


def test_no_size_goes_below_what_the_containers_ask_for():
    decision = decide(LARGE, usage(0.05, 0.05), floor=TaskSize(700, 2500))

    assert decision.size.holds(TaskSize(700, 2500))


def test_the_bounds_of_the_policy_hold():
    bounded = replace(APPLY, smallest=TaskSize(1024, 4096))

    assert decide(LARGE, usage(0.05, 0.05), setting=bounded).size == TaskSize(1024, 4096)


def test_a_need_beyond_the_largest_allowed_size_is_kept_and_said():
    bounded = replace(APPLY, largest=TaskSize(1024, 2048))

    assert decide(LARGE, usage(0.9, 0.9), setting=bounded).reason == "no_feasible_size"


@pytest.mark.parametrize(
    "seen",
    [
        usage(days=2.9),
        usage(coverage=0.89),
        usage(coverage=nan),
        usage(days=-1),
        usage(days=0),
    ],
)
def test_too_little_data_keeps_the_size(seen):
    assert decide(seen=seen).reason == "too_little_data"


@pytest.mark.parametrize("odd", [nan, inf, -inf, -0.1, 100.0, 1e9])
def test_absurd_usage_keeps_the_size(odd):
    assert decide(seen=usage(cpu=odd)).reason == "bad_data"
    assert decide(seen=usage(memory=odd)).reason == "bad_data"


@pytest.mark.parametrize("odd", [nan, inf, -0.1, 100.0])
@pytest.mark.parametrize("place", [0, 10, 19])
def test_one_absurd_sample_among_good_ones_keeps_the_size(odd, place):
    cpu = [0.1] * 20
    cpu[place] = odd

    assert decide(seen=replace(usage(), cpu_ratios=tuple(cpu))).reason == "bad_data"


def test_missing_usage_is_never_taken_for_zero():
    assert decide(seen=replace(usage(), cpu_ratios=())).reason == "bad_data"
    assert decide(seen=replace(usage(), memory_ratio_max=None)).reason == "bad_data"


def test_zero_memory_is_no_measurement():
    assert decide(seen=usage(memory=0.0)).reason == "bad_data"


@given(sizes, ratios, ratios)
def test_a_chosen_size_is_one_that_fargate_sells_and_holds_the_need(current, cpu, memory):
    decision = decide(current, usage(cpu, memory))

    if isinstance(decision, Resize):
        assert decision.size in FARGATE_LINUX_SIZES
        assert APPLY.largest.holds(decision.size)
        assert decision.size.cpu_units >= current.cpu_units * cpu * 1.149
        assert decision.size.memory_mib >= current.memory_mib * memory * 1.149
        assert decision.size != current


@given(sizes, ratios, ratios)
def test_a_chosen_size_stays_chosen_while_the_usage_stays_the_same(current, cpu, memory):
    decision = decide(current, usage(cpu, memory))

    if isinstance(decision, Resize):
        new = decision.size
        same = usage(cpu * current.cpu_units / new.cpu_units, memory * current.memory_mib / new.memory_mib)
        again = decide(new, same)
        assert isinstance(again, Keep), again.sentence
        assert again.reason == "fits"


@pytest.mark.parametrize("current", FARGATE_LINUX_SIZES[10:60:7])
def test_a_need_that_is_exactly_a_size_is_not_rounded_beyond_it(current):
    # Usage that fills another size to the last unit: 1.15 x and / 1.15 do not undo each other in floats.
    for target in FARGATE_LINUX_SIZES[:60]:
        if not current.holds(target):
            continue
        exact = usage(
            target.cpu_units / 1.15 / current.cpu_units, target.memory_mib / 1.15 / current.memory_mib
        )

        decision = decide(current, exact)

        if isinstance(decision, Resize):
            assert decision.evidence["cpu_units_needed"] == target.cpu_units
            assert decision.evidence["memory_mib_needed"] == target.memory_mib


@given(sizes, ratios, ratios, ratios.filter(bool), ratios.filter(bool))
def test_more_use_never_gives_a_cheaper_size(current, cpu, more_cpu, memory, more_memory):
    def cost(cpu, memory):
        decision = decide(current, usage(cpu, memory), tasks=1)
        return PRICE.monthly_usd(decision.size if isinstance(decision, Resize) else current, 1)

    low = cost(min(cpu, more_cpu), min(memory, more_memory))
    high = cost(max(cpu, more_cpu), max(memory, more_memory))

    # What saves less than a dollar is kept, so one dollar is the play.
    assert high >= low - 1


@given(sizes, ratios, st.floats(allow_nan=True), st.floats(allow_nan=True), st.floats(0, 1))
def test_whatever_the_metrics_say_there_is_an_answer(current, cpu, memory, odd, coverage):
    seen = replace(usage(cpu, memory, coverage=coverage), cpu_ratios=(cpu, odd, cpu))

    assert isinstance(decide(current, seen), Keep | Resize)


def test_the_percentile_is_the_nearest_rank():
    assert percentile((), 0.95) is None
    assert percentile((3.0,), 0.95) == 3.0
    assert percentile(tuple(range(1, 101)), 0.95) == 95
    assert percentile((4.0, 1.0), 0.0) == 1.0
