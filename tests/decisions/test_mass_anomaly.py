import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.decisions.mass_anomaly import judge_plan
from trimtab.model.budget import Limits
from trimtab.model.decision import Go, Refuse

LIMITS = Limits()
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
    answer = judge_plan(considered, judged, wanted, before, LIMITS)

    assert getattr(answer, "reason", None) == reason


@pytest.mark.parametrize(
    ("judged", "failed", "reason"),
    [(20, 20, None), (19, 20, "mass_anomaly"), (0, 19, None), (400, 100, None)],
)
def test_a_plan_that_the_code_fails_over_for_most_services_is_held(judged, failed, reason):
    answer = judge_plan(1000, judged, 1, 1000, LIMITS, failed)

    assert getattr(answer, "reason", None) == reason


@given(counts, counts, counts, st.none() | counts)
def test_a_plan_that_wants_more_is_never_released_where_one_that_wants_less_is_held(
    considered, judged, wanted, before
):
    if isinstance(judge_plan(considered, judged, wanted, before, LIMITS), Refuse):
        assert isinstance(judge_plan(considered, judged, wanted + 1, before, LIMITS), Refuse)


@given(counts, counts, counts, counts)
def test_services_that_were_not_judged_never_release_a_plan(considered, judged, wanted, more):
    if isinstance(judge_plan(considered, judged, wanted, None, LIMITS), Refuse):
        assert isinstance(judge_plan(considered + more, judged, wanted, None, LIMITS), Refuse)


@given(counts, counts)
def test_a_fleet_as_large_as_before_that_wants_nothing_is_let_through(considered, more):
    assert judge_plan(considered + more, considered, 0, considered, LIMITS) == Go()


def test_from_how_many_services_and_which_share_is_too_much_are_settings():
    small = Limits(mass_anomaly_services_min=4, mass_anomaly_share_max=0.25)

    assert judge_plan(4, 4, 1, None, small) == Go()
    assert judge_plan(4, 4, 2, None, small).reason == "mass_anomaly"


def test_how_much_of_the_inventory_may_be_missing_is_a_setting():
    strict = Limits(inventory_share_min=0.9)

    assert judge_plan(90, 90, 0, 100, strict) == Go()
    assert judge_plan(89, 89, 0, 100, strict).reason == "inventory_shrank"
