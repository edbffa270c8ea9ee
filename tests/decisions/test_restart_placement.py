"""Where a stopped task is started again: another provider, another subnet, where there is a choice."""

from dataclasses import replace

import pytest

from tests.samples import NOW, minutes, revision
from trimtab.decisions.restart import Past, away_from, next_provider, on_provider, provider_after
from trimtab.model.launch import Recipe
from trimtab.model.restart_policy import CauseClass
from trimtab.model.service import StrategyItem

BOTH = ("as-launched", "FARGATE")
ALLOWED = ("FARGATE", "FARGATE_SPOT")
RECIPE = Recipe(
    task_arn="t",
    cluster="c",
    task_definition=revision(3, "nightly"),
    group=None,
    launch_type=None,
    capacity_provider_strategy=(StrategyItem("FARGATE_SPOT", weight=1),),
    platform_version=None,
    subnets=("subnet-1", "subnet-2", "subnet-3"),
    security_groups=(),
    assign_public_ip=None,
    enable_execute_command=False,
    tags={},
)


def lost(*counts, rule="spot_reclaimed", cause_class=CauseClass.INFRASTRUCTURE, run_seconds=90.0):
    return [Past(NOW - minutes(n), cause_class, "", run_seconds, rule=rule) for n in counts]


def after_spot(history, run_seconds=90.0, providers=BOTH):
    return provider_after("spot_reclaimed", CauseClass.INFRASTRUCTURE, run_seconds, history, providers, 600)


def test_the_first_loss_of_spot_is_answered_as_launched_and_the_next_one_at_the_next_provider():
    assert after_spot([]) == "as-launched"
    assert after_spot(lost(9)) == "FARGATE"
    assert after_spot(lost(18, 9)) == "as-launched"
    assert after_spot(lost(18, 9), providers=("as-launched",)) == "as-launched"


def test_a_good_run_or_another_cause_between_them_begins_anew():
    assert after_spot(lost(9), run_seconds=600.0) == "as-launched"
    assert after_spot([*lost(18), *lost(9, rule="exited_non_zero")]) == "as-launched"
    assert after_spot([*lost(27), *lost(18, run_seconds=600.0), *lost(9)]) == "as-launched"


def test_want_of_capacity_is_answered_at_the_next_provider_at_once():
    no_room = ("no_capacity", CauseClass.CAPACITY, None)

    assert provider_after(*no_room, [], BOTH, 600) == "FARGATE"
    assert provider_after(*no_room, lost(9), BOTH, 600) == "as-launched"
    assert provider_after(*no_room, [], (), 600) == "as-launched"


def test_a_crash_is_answered_as_launched():
    died = provider_after("exited_non_zero", CauseClass.APPLICATION, 9.0, lost(9), BOTH, 600)

    assert died == "as-launched"


def test_after_the_last_provider_comes_the_first_again():
    assert next_provider("as-launched", BOTH) == "FARGATE"
    assert next_provider("FARGATE", BOTH) == "as-launched"
    assert next_provider("FARGATE_SPOT", BOTH) == "as-launched"
    assert next_provider("as-launched", ()) == "as-launched"


def test_what_ran_on_fargate_moves_to_a_provider_that_may_be_used():
    moved = on_provider(replace(RECIPE, launch_type="FARGATE"), "FARGATE", ALLOWED)

    assert moved.capacity_provider_strategy == (StrategyItem("FARGATE", weight=1),)
    assert moved.launch_type is None


@pytest.mark.parametrize(
    ("said", "provider", "allowed"),
    [
        ({}, "as-launched", ALLOWED),
        ({}, "FARGATE", ("FARGATE_SPOT",)),
        ({"launch_type": "EC2", "capacity_provider_strategy": ()}, "FARGATE", ALLOWED),
        ({"capacity_provider_strategy": (StrategyItem("hosts", weight=1),)}, "FARGATE", ALLOWED),
    ],
)
def test_everything_else_stays_as_it_was_launched(said, provider, allowed):
    recipe = replace(RECIPE, **said)

    assert on_provider(recipe, provider, allowed) == recipe


def test_the_subnet_that_failed_is_left_out_where_there_are_others():
    assert away_from(RECIPE, "subnet-2").subnets == ("subnet-1", "subnet-3")
    assert away_from(RECIPE, "").subnets == RECIPE.subnets
    assert away_from(RECIPE, None) == RECIPE
    assert away_from(replace(RECIPE, subnets=("subnet-2",)), "subnet-2").subnets == ("subnet-2",)
