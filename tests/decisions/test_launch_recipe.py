"""What is known of a launch, whoever tells of it and in whatever order, becomes one recipe."""

from dataclasses import replace

import pytest

from tests.samples import a_task
from trimtab.decisions.launch_recipe import recipe_of, tells_the_network, with_request, without_injected
from trimtab.model.launch import LaunchRequest
from trimtab.model.service import StrategyItem

INTERFACE = (("sg-1",), True)
ON_SPOT = {"capacity_provider_name": "FARGATE_SPOT"}
WEIGHTED = (StrategyItem("FARGATE", 1, 1), StrategyItem("FARGATE_SPOT", 4))
ASKED = LaunchRequest(
    subnets=("subnet-1", "subnet-2"),
    security_groups=("sg-1", "sg-2"),
    assign_public_ip=False,
    capacity_provider_strategy=WEIGHTED,
    propagate_tags="TASK_DEFINITION",
    enable_ecs_managed_tags=True,
    tags={"team": "data", "asked": "yes"},
)
ON_EC2 = {"launch_type": "EC2", "subnet_id": None, "network_interface_id": None}


def test_a_running_task_tells_all_but_the_weights_of_its_strategy():
    recipe = recipe_of(a_task(**ON_SPOT), INTERFACE, {"team": "data", "trimtab:change": "1"})

    assert (recipe.subnets, recipe.security_groups, recipe.assign_public_ip) == (
        ("subnet-1",),
        ("sg-1",),
        True,
    )
    assert (recipe.launch_type, recipe.capacity_provider_strategy) == (
        None,
        (StrategyItem("FARGATE_SPOT", 1),),
    )
    assert (recipe.tags, recipe.started_by) == ({"team": "data"}, "cron-host")
    assert recipe.missing == ("weights of the capacity provider strategy",)


@pytest.mark.parametrize(
    ("said", "interface", "missing"),
    [
        ({}, INTERFACE, ()),
        ({}, None, ("securityGroups", "assignPublicIp")),
        (ON_EC2, None, ("placementConstraints", "placementStrategy")),
        ({"has_volumes": True}, INTERFACE, ("volumeConfigurations",)),
    ],
)
def test_what_a_task_does_not_show_is_named(said, interface, missing):
    assert recipe_of(a_task(**said), interface, {}).missing == missing


def test_a_record_of_the_call_gives_every_subnet_the_weights_and_what_else_was_asked():
    recipe = with_request(recipe_of(a_task(**ON_SPOT), None, {"team": "ops"}), ASKED)

    assert (recipe.subnets, recipe.security_groups) == (ASKED.subnets, ASKED.security_groups)
    assert (recipe.assign_public_ip, recipe.capacity_provider_strategy) == (False, WEIGHTED)
    assert (recipe.propagate_tags, recipe.enable_ecs_managed_tags) == ("TASK_DEFINITION", True)
    assert recipe.tags == {"team": "ops", "asked": "yes"}
    assert recipe.missing == ()


def test_a_record_without_groups_leaves_those_that_the_interface_showed():
    recipe = with_request(recipe_of(a_task(), INTERFACE, {}), LaunchRequest(subnets=("subnet-1",)))

    assert (recipe.security_groups, recipe.assign_public_ip) == (("sg-1",), True)


def test_records_may_come_twice_and_in_any_order():
    target = LaunchRequest(subnets=ASKED.subnets, tags={"by": "schedule"})
    start = recipe_of(a_task(**ON_SPOT), INTERFACE, {})

    once = with_request(with_request(start, ASKED), target)

    assert with_request(with_request(start, target), ASKED) == replace(
        once, assign_public_ip=False, security_groups=ASKED.security_groups
    )
    assert with_request(with_request(once, ASKED), target) == once


@pytest.mark.parametrize(
    "edited",
    [
        replace(ASKED, subnets=("subnet-9",)),
        replace(ASKED, capacity_provider_strategy=(StrategyItem("FARGATE", 1),)),
        LaunchRequest(launch_type="FARGATE", subnets=("subnet-1",)),
    ],
)
def test_a_target_that_cannot_have_placed_the_task_where_it_ran_adds_nothing(edited):
    recipe = recipe_of(a_task(**ON_SPOT), INTERFACE, {})

    assert with_request(recipe, edited) == recipe


def test_a_strategy_is_not_put_onto_a_task_that_was_launched_by_type():
    recipe = recipe_of(a_task(), INTERFACE, {})

    assert with_request(recipe, ASKED) == recipe


def test_placement_is_recovered_though_it_is_empty_and_what_is_not_sent_is_named():
    asked = LaunchRequest(
        placement_strategy=({"type": "spread", "field": "instanceId"},), unsupported=("referenceId",)
    )

    recipe = with_request(recipe_of(a_task(**ON_EC2), None, {}), asked)

    assert recipe.placement_strategy == asked.placement_strategy
    assert recipe.missing == ("referenceId",)


def test_managed_tags_are_asked_for_again_where_the_task_bears_them():
    assert recipe_of(a_task(), INTERFACE, {"aws:ecs:clusterName": "shop"}).enable_ecs_managed_tags
    assert not recipe_of(a_task(), INTERFACE, {"team": "data"}).enable_ecs_managed_tags


def test_the_network_is_told_by_an_interface_or_a_record_and_not_needed_on_a_bridge():
    unseen = recipe_of(a_task(), None, {})

    assert not tells_the_network(unseen)
    assert tells_the_network(with_request(unseen, LaunchRequest(subnets=("subnet-1",))))
    assert tells_the_network(recipe_of(a_task(**ON_EC2), None, {}))


def test_overrides_of_containers_that_the_definition_does_not_have_are_dropped():
    given = [
        {"name": "job", "cpu": 1},
        {"name": "aws-guardduty-agent-x", "cpu": 1},
        {"name": "renamed", "cpu": 1},
    ]
    recipe = recipe_of(a_task(overrides={"containerOverrides": given, "cpu": "256"}), INTERFACE, {})

    assert without_injected(recipe, {"job", "log"}).overrides == {
        "containerOverrides": given[:1],
        "cpu": "256",
    }
    assert without_injected(recipe, ()).overrides["containerOverrides"] == [given[0], given[2]]
    assert without_injected(replace(recipe, overrides={}), {"job"}).overrides == {}
