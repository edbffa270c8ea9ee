import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.decisions.mass_anomaly import judge_plan
from trimtab.model.decision import Go, Refuse

counts = st.integers(0, 10**6)


@pytest.mark.parametrize(
    ("considered", "judged", "wanted", "before", "reason"),
    [
        (40, 40, 20, 40, None),
        (40, 40, 21, 40, "mass_anomaly"),
        (19, 19, 19, None, None),
        (20, 20, 10, None, None),
        (20, 20, 11, None, "mass_anomaly"),
        (20, 20, 0, 40, None),
        (19, 19, 0, 40, "inventory_shrank"),
        (0, 0, 0, 1, "inventory_shrank"),
        (0, 0, 0, None, None),
        (0, 0, 0, 0, None),
        (400, 400, 0, 4, None),
        (400, 40, 21, 400, "mass_anomaly"),
        (400, 19, 19, 400, None),
    ],
)
def test_a_plan_that_looks_like_a_fault_of_ours_is_held(considered, judged, wanted, before, reason):
    answer = judge_plan(considered, judged, wanted, before)

    assert getattr(answer, "reason", None) == reason


@given(counts, counts, counts, st.none() | counts)
def test_a_plan_that_wants_more_is_never_released_where_one_that_wants_less_is_held(
    considered, judged, wanted, before
):
    if isinstance(judge_plan(considered, judged, wanted, before), Refuse):
        assert isinstance(judge_plan(considered, judged, wanted + 1, before), Refuse)


@given(counts, counts, counts, counts)
def test_services_that_were_not_judged_never_release_a_plan(considered, judged, wanted, more):
    if isinstance(judge_plan(considered, judged, wanted, None), Refuse):
        assert isinstance(judge_plan(considered + more, judged, wanted, None), Refuse)


@given(counts, counts)
def test_a_fleet_as_large_as_before_that_wants_nothing_is_let_through(considered, more):
    assert judge_plan(considered + more, considered, 0, considered) == Go()
