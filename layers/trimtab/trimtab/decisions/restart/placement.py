"""Where a stopped task is started again: elsewhere first, where there is a choice."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from trimtab.decisions.restart.history import Past
from trimtab.model.launch import Recipe
from trimtab.model.policy import FARGATE_POOLS
from trimtab.model.restart_policy import AS_LAUNCHED, CauseClass
from trimtab.model.service import StrategyItem

SPOT_LOST: Final = "spot_reclaimed"
"""Rule of a verdict: AWS took the Spot capacity back."""


def provider_after(
    rule: str,
    cause_class: CauseClass,
    run_seconds: float | None,
    history: Sequence[Past],
    providers: Sequence[str],
    good_seconds: int,
) -> str:
    """Return which of ``providers`` is tried after a stop.

    The first loss of Spot capacity is answered as the task was launched, each further one in a row at the
    next provider; want of capacity at once at the next one. A good run between them begins anew.
    """
    losses = 0
    for said, of_class, ran in (
        (rule, str(cause_class), run_seconds),
        *((one.rule, one.cause_class, one.run_seconds) for one in reversed(history)),
    ):
        if said != SPOT_LOST and of_class != CauseClass.CAPACITY:
            break
        losses += 1
        if ran is not None and ran >= good_seconds:
            break
    if losses == 0 or not providers:
        return AS_LAUNCHED
    turn = losses if cause_class is CauseClass.CAPACITY else losses - 1
    return providers[turn % len(providers)]


def next_provider(current: str, providers: Sequence[str]) -> str:
    """Return the provider to try after one that had no room; after the last comes the first again."""
    if current not in providers:
        return providers[0] if providers else AS_LAUNCHED
    return providers[(providers.index(current) + 1) % len(providers)]


def on_provider(recipe: Recipe, provider: str, allowed: Sequence[str]) -> Recipe:
    """Return a recipe for a capacity provider; as it was launched where that is wanted, or all there is.

    Only what ran on Fargate moves, and only to a provider that this installation may use.
    """
    on_fargate = recipe.launch_type == "FARGATE" or any(
        item.capacity_provider in FARGATE_POOLS for item in recipe.capacity_provider_strategy
    )
    if provider == AS_LAUNCHED or not on_fargate or provider not in allowed:
        return recipe
    return replace(recipe, launch_type=None, capacity_provider_strategy=(StrategyItem(provider, weight=1),))


def away_from(recipe: Recipe, subnet: str | None) -> Recipe:
    """Return a recipe without the subnet in which its task was lost, where it names others too."""
    others = tuple(one for one in recipe.subnets if one != subnet)
    return replace(recipe, subnets=others) if subnet and others else recipe
