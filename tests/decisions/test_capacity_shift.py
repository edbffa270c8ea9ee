from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, ON_DEMAND, SPOT_FIRST, a_service, a_spot_service, minutes
from trimtab.decisions.capacity_shift import DWELL, DWELL_MAX, Episode, decide_return, decide_shift
from trimtab.model.decision import Keep, Setting, Shift
from trimtab.model.service import StrategyItem
from trimtab.model.tags import Mode

WANTED = Setting(Mode.APPLY, "spot-first")
EPISODE = Episode(NOW, NOW, SPOT_FIRST)
MIXED = (StrategyItem("FARGATE_SPOT", weight=3), StrategyItem("FARGATE", weight=1, base=1))

strategies = st.lists(
    st.builds(
        StrategyItem,
        st.sampled_from(["FARGATE_SPOT", "FARGATE", "asg-a"]),
        st.integers(0, 1000),
        st.integers(0, 9),
    ),
    max_size=6,
).map(tuple)


def test_a_service_leaves_an_exhausted_pool():
    shift = decide_shift(a_spot_service(running_count=1), WANTED, EPISODE)

    assert shift.capacity_provider_strategy == ON_DEMAND
    assert "3 of 4 tasks are missing" in shift.sentence
    assert shift.evidence["running_count"] == 1


def test_a_service_whose_team_did_not_ask_for_it_stays():
    for profile in ("general", "latency", "batch"):
        assert (
            decide_shift(a_spot_service(), Setting(Mode.APPLY, profile), EPISODE).reason == "not_spot_first"
        )


@pytest.mark.parametrize(
    "strategy", [ON_DEMAND, (), (StrategyItem("FARGATE_SPOT", weight=0), StrategyItem("FARGATE", weight=1))]
)
def test_a_service_that_is_not_on_the_pool_stays(strategy):
    service = a_spot_service(capacity_provider_strategy=strategy)

    assert decide_shift(service, WANTED, EPISODE).reason == "not_on_spot"


@given(strategies)
def test_a_shift_never_leaves_weight_on_the_exhausted_pool(strategy):
    decision = decide_shift(a_spot_service(capacity_provider_strategy=strategy), WANTED, EPISODE)

    if isinstance(decision, Shift):
        weights = {i.capacity_provider: i.weight for i in decision.capacity_provider_strategy}
        assert "FARGATE_SPOT" not in weights
        assert sum(weights.values()) > 0
        assert decision.capacity_provider_strategy != strategy


def test_a_service_goes_home_when_the_pool_was_quiet_for_the_dwell():
    away = a_spot_service(capacity_provider_strategy=ON_DEMAND)
    episode = replace(EPISODE, home=MIXED)

    assert decide_return(away, WANTED, episode, NOW + DWELL - minutes(1)).reason == "dwelling"
    back = decide_return(away, WANTED, episode, NOW + DWELL)
    assert back.capacity_provider_strategy == MIXED


def test_each_return_that_failed_doubles_the_dwell_up_to_a_limit():
    dwells = [replace(EPISODE, returns_failed=n).dwell for n in range(6)]

    assert [dwell / DWELL for dwell in dwells] == [1, 2, 4, 8, 16, 16]
    assert dwells[-1] == DWELL_MAX


@given(st.integers(0, 10**6))
def test_a_dwell_is_bounded_however_often_returns_failed(count):
    assert DWELL <= replace(EPISODE, returns_failed=count).dwell <= DWELL_MAX


@pytest.mark.parametrize("strategy", [SPOT_FIRST, MIXED, (), (StrategyItem("asg-a", weight=1),)])
def test_a_service_somebody_else_moved_stays_where_it_is(strategy):
    moved = a_spot_service(capacity_provider_strategy=strategy)

    assert decide_return(moved, WANTED, EPISODE, NOW + DWELL_MAX).reason == "not_on_fallback"


def test_a_service_that_lost_its_profile_stays_where_it_is():
    away = a_service(capacity_provider_strategy=ON_DEMAND)

    assert decide_return(away, Setting(Mode.APPLY), EPISODE, NOW + DWELL_MAX).reason == "not_spot_first"


@given(strategies, st.integers(0, 12), st.integers(0, 1000))
def test_no_return_comes_before_its_dwell_is_over(strategy, failed, waited):
    episode = replace(EPISODE, returns_failed=failed)
    service = a_spot_service(capacity_provider_strategy=strategy)

    decision = decide_return(service, WANTED, episode, NOW + minutes(waited))

    assert isinstance(decision, Keep) or minutes(waited) >= episode.dwell
