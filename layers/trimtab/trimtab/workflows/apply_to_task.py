"""Starting a stopped standalone task again, exactly once per stop."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from trimtab.decisions.launch_recipe import with_request, without_injected
from trimtab.decisions.owner import owner_of_recipe
from trimtab.decisions.restart import away_from, backoff, chance_of, next_provider, on_provider
from trimtab.decisions.restart.history import CAUSE_CLASS, SUBNET
from trimtab.model.change import Change
from trimtab.model.decision import Refuse, Wait
from trimtab.model.errors import LaunchError
from trimtab.model.launch import Recipe
from trimtab.model.policy import StandaloneRule
from trimtab.model.reading import BeforeStart
from trimtab.model.restart_policy import AS_LAUNCHED, CauseClass
from trimtab.model.tags import Mode
from trimtab.model.task_definition import family_of
from trimtab.model.verdict import Owner
from trimtab.ports import World
from trimtab.workflows.last_look import still_holds
from trimtab.workflows.last_question import cluster_of, may_be_started

POLL: Final = timedelta(minutes=2)
PROVIDER: Final = "provider"
"""Under this name a restart notes at which capacity provider it is tried, or was started."""

NOT_RECOVERED: Final = "not_recovered"
"""Under this name a restart notes what it could not take over from the first launch of its lineage."""

ELSEWHERE: Final = (CauseClass.NETWORK, CauseClass.INFRASTRUCTURE)
"""After these a task is started in another of its subnets, where it has several."""


def started_before(taken: Change, world: World) -> Change | None:
    """Go on with a task that an earlier applier of this Change started before it died, if there is one.

    The token that makes RunTask safe to repeat dies with a short-lived task, so ECS is asked. It may have
    stopped by now: the lineage goes on from that stop.
    """
    if taken.fence <= 1:
        return None
    started = world.tasks.started_by(cluster_of(taken), f"trimtab/{taken.id}")
    return _started(taken, started[0].task_arn, world) if started else None


def start_again(
    taken: Change, lineage: Sequence[Change], read: BeforeStart, looked_at: datetime, world: World
) -> Change | Wait | Refuse:
    """Launch the lineage's recipe for this Change; the Change is then ``deploying``.

    ``lineage`` are its Changes, ``looked_at`` is when ``read`` was read: switch, policy and recipe.
    """
    policy, sealed = read.policy, read.recipe
    rule = policy.standalone_rule(taken.cluster, taken.name) if policy else None
    if rule is None or rule.mode is not Mode.APPLY:
        return Refuse("no_longer_declared", "The policy no longer lets Trimtab start this family again.")
    if sealed is None:
        return Refuse("launch_unknown", "How it was launched is no longer known.")
    if family_of(sealed.recipe.task_definition) != taken.name:
        return Refuse("launch_of_another_family", "The recipe kept for it launches another family.")
    if owner_of_recipe(sealed.recipe, policy.orchestrators if policy else ()) is Owner.OTHER_ORCHESTRATOR:
        return Refuse("retried_by_another", "Another orchestrator starts this family again by itself.")
    if (no := may_be_started(taken, rule, lineage, world)) is not None:
        return no
    recipe = with_request(world.control.open(sealed), read.request)
    provider = _provider(taken)
    adapted = _adapted(recipe, taken, provider, world)
    taken = _note_missing(taken, ", ".join(recipe.missing), world)
    still_holds(taken, looked_at, world)
    try:
        task_arn = world.deployer.run(adapted, taken)
    except LaunchError as fault:
        return _not_placed(taken, rule, provider, str(fault), world)
    return _started(taken, task_arn, world)


def _note_missing(taken: Change, missing: str, world: World) -> Change:
    """Note what of the launch was not recovered before it is sent: whoever finds the task cannot tell."""
    if missing == taken.applied.get(NOT_RECOVERED, ""):
        return taken
    return world.changes.note(taken, {NOT_RECOVERED: missing})


def _provider(taken: Change) -> str:
    """Return the capacity provider at which this try is made."""
    asked = taken.target.capacity_provider_strategy
    decided = asked[0].capacity_provider if asked else AS_LAUNCHED
    return taken.applied.get(PROVIDER, decided)


def _adapted(recipe: Recipe, taken: Change, provider: str, world: World) -> Recipe:
    """Return the recipe with what was decided for this start: revision, provider, no subnet that failed."""
    if taken.target.task_definition:
        recipe = replace(recipe, task_definition=taken.target.task_definition)
    if taken.evidence.get(CAUSE_CLASS) in ELSEWHERE:
        recipe = away_from(recipe, str(taken.evidence.get(SUBNET, "")))
    definition = world.task_definitions.describe(recipe.task_definition)
    recipe = without_injected(recipe, definition.container_names if definition else ())
    return on_provider(recipe, provider, world.capacity_providers)


def _not_placed(taken: Change, rule: StandaloneRule, provider: str, why: str, world: World) -> Wait:
    """Say when it is tried again, and note at which provider."""
    capacity = rule.classes.capacity
    allowed = [one for one in capacity.providers if one in (AS_LAUNCHED, *world.capacity_providers)]
    following = next_provider(provider, allowed)
    pause = backoff(capacity.backoff, taken.fence - 1, chance_of(taken.id, taken.fence))
    told = f"ECS could not place it: {why.removesuffix('.')}."
    if following == provider:
        return Wait(world.clock.now() + pause, "not_placed", told)
    told += f" {following} is tried next."
    return Wait(world.clock.now() + pause, "not_placed", told, {PROVIDER: following})


def _started(taken: Change, task_arn: str, world: World) -> Change:
    now = world.clock.now()
    provider = _provider(taken)
    applied = {"task": task_arn}
    if provider != AS_LAUNCHED:
        applied[PROVIDER] = provider
    return world.changes.started(taken, task_arn, now + POLL, now, applied)
