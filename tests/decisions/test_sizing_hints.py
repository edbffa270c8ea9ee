"""What else would save, and how Compute Optimizer's opinion is told beside ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import a_service
from trimtab.decisions.agreement import compare_opinions
from trimtab.decisions.sizing_hints import sizing_hints
from trimtab.model.price import FargatePrice
from trimtab.model.price_book import SHIPPED, PriceBook
from trimtab.model.second_opinion import SecondOpinion
from trimtab.model.service import StrategyItem
from trimtab.model.task_definition import TaskDefinition
from trimtab.model.task_size import FARGATE_LINUX_SIZES, TaskSize

SMALLEST, MIDDLE = TaskSize(256, 512), TaskSize(1024, 2048)
X86 = TaskDefinition("arn", {}, {})
ARM = TaskDefinition("arn", {"runtimePlatform": {"cpuArchitecture": "ARM64"}}, {})


def codes(**changed):
    told = {
        "service": a_service(),
        "definition": X86,
        "size": MIDDLE,
        "prices": SHIPPED,
        "peak": None,
        **changed,
    }
    return {hint.code: hint for hint in sizing_hints(**told)}


def test_on_arm_the_same_size_is_a_fifth_cheaper():
    hint = codes()["arm64"]
    cost = SHIPPED.of(X86).monthly_usd(MIDDLE, a_service().desired_count)
    assert hint.monthly_usd_saved == pytest.approx(0.2 * cost, rel=0.01)


def test_who_runs_on_arm_is_not_told_of_it():
    assert "arm64" not in codes(definition=ARM)


def test_spot_is_told_with_its_price_where_the_price_list_has_one_and_without_a_figure_else():
    assert codes()["spot"].monthly_usd_saved is None
    book = PriceBook(
        "eu-west-1", SHIPPED.read_on, SHIPPED.fargate, {"X86_64": FargatePrice(0.01, 0.001, "today")}
    )
    hint = codes(prices=book)["spot"]
    assert hint.monthly_usd_saved is not None and hint.monthly_usd_saved > 0 and "today" in hint.sentence


def test_who_runs_on_spot_is_not_told_of_it():
    assert "spot" not in codes(
        service=a_service(capacity_provider_strategy=(StrategyItem("FARGATE_SPOT", 1),))
    )


@pytest.mark.parametrize(
    ("size", "peak", "told"),
    [
        (SMALLEST, TaskSize(100, 200), True),
        (SMALLEST, TaskSize(200, 200), False),
        (SMALLEST, None, False),
        (MIDDLE, TaskSize(100, 200), False),
    ],
)
def test_what_needs_less_than_half_of_the_smallest_size_is_told_to_share_an_instance(size, peak, told):
    assert ("below_smallest" in codes(size=size, peak=peak)) is told


def opinion(size=MIDDLE, **changed):
    said = {"finding": "Overprovisioned", "reasons": (), "monthly_usd_saved": None, "look_back_days": 14.0}
    return SecondOpinion(size=size, **{**said, **changed})


def test_the_same_size_is_agreement():
    assert compare_opinions(opinion(), TaskSize(2048, 4096), MIDDLE, 14).agrees is True


def test_no_option_means_that_the_size_in_force_is_right():
    assert compare_opinions(opinion(None, finding="Optimized"), MIDDLE, MIDDLE, 14).agrees is True


def test_no_opinion_is_neither_agreement_nor_difference():
    assert compare_opinions(None, MIDDLE, MIDDLE, 14).agrees is None


@pytest.mark.parametrize(
    ("theirs", "days", "told"),
    [
        (SMALLEST, 14, "a kill for memory costs"),
        (TaskSize(2048, 4096), 14, "room above the highest use"),
        (TaskSize(512, 2048), 14, "CPU that is lacking"),
        (SMALLEST, 3, "looks at 14 days, Trimtab at 3"),
    ],
)
def test_a_difference_has_its_reason(theirs, days, told):
    found = compare_opinions(opinion(theirs), MIDDLE, MIDDLE, days)
    assert found.agrees is False and told in found.sentence


@given(st.sampled_from(FARGATE_LINUX_SIZES), st.sampled_from(FARGATE_LINUX_SIZES), st.integers(0, 35))
def test_every_difference_is_told(theirs, ours, days):
    found = compare_opinions(opinion(theirs), MIDDLE, ours, days)
    assert found.agrees is (theirs == ours) and found.sentence
