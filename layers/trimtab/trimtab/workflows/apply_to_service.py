"""The writes that change a service, each in steps that a second try can find again."""

from datetime import timedelta
from typing import Final

from trimtab.model.change import Change, State, Turn
from trimtab.model.decision import Refuse
from trimtab.model.service import Service
from trimtab.ports import World

POLL: Final = timedelta(minutes=5)
"""How often to look at a roll-out whose end no event told."""


def apply_size(taken: Change, service: Service, world: World) -> Change | Refuse:
    """Register the base with the target's size, put it in force; the Change is then ``deploying``."""
    base = world.task_definitions.describe(taken.base.task_definition or "")
    if base is None or taken.target.size is None:
        return Refuse("base_unreadable", "The revision this was decided for can no longer be read.")
    revision = taken.applied.get("task_definition")
    if revision is None and taken.fence > 1:
        revision = world.deployer.find_registered(base, taken.target.size, taken)
    if revision is None:
        revision = world.deployer.register_resized(base, taken.target.size, taken)
    noted = world.changes.note(taken, {"task_definition": revision})
    return _deploy(noted, service, revision, world)


def apply_strategy(taken: Change, service: Service, world: World) -> Change | Refuse:
    """Put the target's strategy in force with a forced deployment, unless an earlier try did."""
    target = taken.target.capacity_provider_strategy
    if service.capacity_provider_strategy == target and service.primary:
        return _deploying(taken, service.primary.id, world)
    return _deploying(taken, world.deployer.shift(service, target), world)


def apply_rollback(taken: Change, service: Service, world: World) -> Change | Refuse:
    """Put back what was in force before: the old revision or the old strategy."""
    if taken.target.task_definition is None:
        return apply_strategy(taken, service, world)
    noted = world.changes.note(taken, {"task_definition": taken.target.task_definition})
    return _deploy(noted, service, taken.target.task_definition, world)


def hand_over(taken: Change, service: Service, world: World) -> Change | Refuse:
    """Write the size where the team's own infrastructure code picks it up; the service is not touched."""
    size = taken.target.size
    if size is None:
        return Refuse("no_size", "There is no size to hand over.")
    path = f"/trimtab/{taken.cluster}/{taken.name}"
    world.parameters.put(f"{path}/cpu", str(size.cpu_units))
    world.parameters.put(f"{path}/memory", str(size.memory_mib))
    now = world.clock.now()
    told = f"{size} is in {path}/cpu and {path}/memory for the team's next deployment."
    return world.changes.move(
        taken, State.SUCCEEDED, Turn.NONE, now, now, "handed_over", told, {"parameter": path}
    )


def _deploy(taken: Change, service: Service, revision: str, world: World) -> Change:
    """Put a revision in force, unless an earlier try did."""
    if service.task_definition == revision and service.primary:
        return _deploying(taken, service.primary.id, world)
    return _deploying(taken, world.deployer.deploy(service, revision), world)


def _deploying(taken: Change, deployment: str, world: World) -> Change:
    now = world.clock.now()
    return world.changes.move(
        taken, State.DEPLOYING, Turn.SETTLE, now + POLL, now, applied={"deployment": deployment}
    )
