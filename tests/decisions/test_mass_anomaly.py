import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.decisions.mass_anomaly import judge_plan
from trimtab.model.decision import Go, Refuse

counts = st.integers(0, 10**6)


@pytest.mark.parametrize(
    ("considered", "wanted", "before", "reason"),
    [
        (40, 20, 40, None),
        (40, 21, 40, "mass_anomaly"),
        (19, 19, None, None),
        (20, 10, None, None),
        (20, 11, None, "mass_anomaly"),
        (20, 0, 40, None),
        (19, 0, 40, "inventory_shrank"),
        (0, 0, 1, "inventory_shrank"),
        (0, 0, None, None),
        (0, 0, 0, None),
        (400, 0, 4, None),
    ],
)
def test_a_plan_that_looks_like_a_fault_of_ours_is_held(considered, wanted, before, reason):
    answer = judge_plan(considered, wanted, before)

    assert getattr(answer, "reason", None) == reason


@given(counts, counts, st.none() | counts)
def test_a_plan_that_wants_more_is_never_released_where_one_that_wants_less_is_held(
    considered, wanted, before
):
    if isinstance(judge_plan(considered, wanted, before), Refuse):
        assert isinstance(judge_plan(considered, wanted + 1, before), Refuse)


@given(counts, counts)
def test_a_fleet_as_large_as_before_that_wants_nothing_is_let_through(considered, more):
    assert judge_plan(considered + more, 0, considered) == Go()
