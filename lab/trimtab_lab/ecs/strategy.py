"""Capacity provider strategies: what the API accepts, and which provider gets which task."""

from collections import Counter

from trimtab_lab.ecs.answers import Json, last_part
from trimtab_lab.ecs.capacity_providers import CapacityProvider
from trimtab_lab.ecs.cluster import Cluster
from trimtab_lab.ecs.errors import invalid
from trimtab_lab.ecs.world import World

PROVIDER_NOT_FOUND = (
    "The specified capacity provider was not found. Specify a valid name or ARN and try again."
)
# Source: CapacityProviderStrategyItem in the API Reference (read 2026-11-22).
BASE_MOST, WEIGHT_MOST, PROVIDERS_MOST = 100_000, 1000, 20


def read_strategy(world: World, cluster: Cluster, given: list[Json]) -> list[Json]:
    """Return a strategy in its full form: names, base and weight spelled out.

    Raises:
        ApiError: InvalidParameterException, for whatever the API does not take.
    """
    if len(given) > PROVIDERS_MOST:
        raise invalid(f"A strategy cannot have more than {PROVIDERS_MOST} capacity providers.")
    items = [
        {
            "capacityProvider": last_part(item["capacityProvider"]),
            "weight": item.get("weight", 0),
            "base": item.get("base", 0),
        }
        for item in given
    ]
    for item in items:
        if not 0 <= item["weight"] <= WEIGHT_MOST or not 0 <= item["base"] <= BASE_MOST:
            raise invalid("The specified capacity provider strategy has a weight or base out of range.")
    if len({item["capacityProvider"] for item in items}) < len(items):
        raise invalid("The specified capacity provider strategy names a capacity provider twice.")
    if sum(item["base"] > 0 for item in items) > 1:
        raise invalid("The specified capacity provider strategy can have only one provider with a base.")
    if items and not any(item["weight"] for item in items):
        raise invalid("The specified capacity provider strategy cannot have only weights of 0.")
    _check_kinds([_provider(world, cluster, item["capacityProvider"]) for item in items])
    return items


def _provider(world: World, cluster: Cluster, name: str) -> CapacityProvider:
    provider = world.providers.get(name)
    if provider is None:
        raise invalid(PROVIDER_NOT_FOUND)
    if name not in cluster.capacity_providers:
        raise invalid(
            "The specified capacity provider strategy contains a capacity provider that is not associated "
            "with the cluster. Associate the capacity provider with the cluster and try again."
        )
    return provider


def _check_kinds(providers: list[CapacityProvider]) -> None:
    if len({provider.kind for provider in providers}) > 1:
        raise invalid(
            "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling "
            "groups, Fargate and Managed Instances. Specify one or the other and try again."
        )


def launch_type_of(world: World, strategy: list[Json]) -> str:
    """Return the launch type that tasks of a strategy have."""
    return world.providers[strategy[0]["capacityProvider"]].launch_type


def sequence(strategy: list[Json], count: int) -> list[str]:
    """Return the provider of each of ``count`` tasks: base first, then by weight."""
    placed: Counter[str] = Counter()
    return [_next(strategy, placed) for _ in range(count)]


def _next(strategy: list[Json], placed: Counter[str]) -> str:
    def share(item: Json) -> float:
        beyond_base = placed[item["capacityProvider"]] - int(item["base"]) + 1
        return beyond_base / int(item["weight"])

    based = next((item for item in strategy if placed[item["capacityProvider"]] < item["base"]), None)
    item = based or min((item for item in strategy if item["weight"]), key=share)
    placed[item["capacityProvider"]] += 1
    return str(item["capacityProvider"])
