import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import PRICE
from trimtab.decisions.memory_raise import raise_memory
from trimtab.model.decision import Keep, Resize
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize

ceilings = st.integers(0, 300_000)
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
    decision = raise_memory(current, 30720, 4, PRICE)

    assert decision.size == raised
    assert decision.monthly_usd.after > decision.monthly_usd.before


def test_a_leak_is_not_chased_beyond_the_ceiling():
    kept = raise_memory(TaskSize(1024, 8192), 8192, 4, PRICE)

    assert (kept.reason, "leak" in kept.sentence) == ("at_memory_ceiling", True)


@given(sizes, ceilings)
def test_a_raise_is_a_size_fargate_sells_with_more_memory_no_less_cpu_and_below_the_ceiling(current, ceiling):
    decision = raise_memory(current, ceiling, 1, PRICE)

    if isinstance(decision, Resize):
        assert decision.size in FARGATE_LINUX_SIZES
        assert decision.size.cpu_units >= current.cpu_units
        assert decision.size.memory_mib >= max(current.memory_mib * 1.25, current.memory_mib + 512)
        assert decision.size.memory_mib <= ceiling
    else:
        assert decision.reason == "at_memory_ceiling"


@given(sizes, ceilings)
def test_raises_come_to_an_end(current, ceiling):
    steps, size = 0, current
    while not isinstance(decision := raise_memory(size, ceiling, 1, PRICE), Keep):
        size, steps = decision.size, steps + 1

    assert steps < 25
