"""Many tasks stop for one reason: count them, hold their restarts, let one go first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from trimtab.decisions.restart import chance_of
from trimtab.decisions.restart.history import CAUSE_CLASS
from trimtab.decisions.storm import (
    FIRST_HOLD,
    Step,
    ask_brake,
    find_storms,
    held_until,
    is_open,
    shares_of,
)
from trimtab.model.change import Change, State
from trimtab.model.decision import Wait
from trimtab.model.policy import BUILT_IN
from trimtab.model.restart_policy import CauseClass
from trimtab.model.storm import Brake, CountedStop
from trimtab.model.task import Task
from trimtab.ports import World
from trimtab.workflows.raise_alert import alert_on_storm
from trimtab.workflows.settle_change import settle

SPREAD: Final = timedelta(seconds=30)
"""So far apart those ask again that are held together."""

LOST_RACE: Final = timedelta(seconds=30)

LEAST_LINEAGES: Final = 2
"""No policy can call fewer a storm."""

CANARY_OF: Final = "canary_of"
"""Under this name a restart that goes first while others are held notes what they share."""


def count_stop(task: Task, change: Change, world: World) -> None:
    """Count a stop that a restart is to answer; open a brake where too many share something.

    People are told when the brake holds. Who opened it may die before: whoever counts a stop of the storm
    next tells then, and this one's message comes again.
    """
    now = world.clock.now()
    of_class, shares = may_share(change)
    if of_class is None or not shares:
        return
    stop = CountedStop(task.stopped_at or now, change.workload, shares)
    stops = world.storms.count(change.cluster, of_class, stop, now)
    if len({one.lineage for one in stops}) < LEAST_LINEAGES:
        return  # the usual case, at the price of one write
    _, policy = world.control.switch_and_policy()
    limits = (policy or BUILT_IN).limits
    if not find_storms(stops, (), None, limits, now):
        return
    brakes, tracked = world.storms.brakes(change.cluster, of_class), world.storms.tracked(change.cluster)
    hold, told = round(FIRST_HOLD.total_seconds()), any(is_open(one, now) for one in brakes)
    untold = [one for one in brakes if one.key in shares and is_open(one, now) and not one.told]
    for key, lineages in find_storms(stops, brakes, tracked, limits, now):
        before = next((one.version for one in brakes if one.key == key), 0)
        brake = Brake(
            change.cluster, of_class, key, now, lineages, tracked, now, hold, told=told, version=before + 1
        )
        if world.storms.put(brake, now):
            world.telemetry.note("storm brake opened", ecs_cluster=brake.cluster, shared=key, stops=lineages)
            world.telemetry.count("StormsBraked")
            untold += [] if told else [brake]
    for brake in untold:
        alert_on_storm(brake, task.cluster_arn, world)  # twice is once
        world.storms.put(replace(brake, told=True, version=brake.version + 1), now)


def storm_allows(taken: Change, brakes: Sequence[Brake], world: World) -> Change | Wait:
    """Ask the brakes that speak of a restart right before it is paid for; one that may go goes alone."""
    now, me = world.clock.now(), f"{taken.workload} {taken.id}"
    claims = list[Brake]()
    for brake in brakes:
        canary = _canary(brake, world)
        step, after = ask_brake(brake, canary, me, now)
        if step is Step.HOLD_LONGER and world.storms.put(after, now):
            world.telemetry.note("storm goes on", shared=brake.key, hold_seconds=after.hold_seconds)
        if step is Step.RELEASE and world.storms.put(after, now):
            world.telemetry.note("storm is over", shared=brake.key)
        if step in (Step.HOLD, Step.HOLD_LONGER):
            return _held(taken, after, canary, world)
        if step is Step.GO_FIRST:
            claims.append(after)
    for claim in claims:
        if not world.storms.put(claim, now):
            return _held(taken, claim, None, world)
    if not claims:
        return taken
    return world.changes.note(taken, {CANARY_OF: ", ".join(claim.key for claim in claims)})


def may_share(change: Change) -> tuple[CauseClass | None, tuple[str, ...]]:
    """Return the class of the stop behind a restart, and what it may share with others: where brakes lie."""
    cause_class = change.evidence.get(CAUSE_CLASS)
    return (CauseClass(str(cause_class)) if cause_class else None), shares_of(change.evidence)


def _canary(brake: Brake, world: World) -> Change | None:
    """Return the restart that went first as it is now; before it is believed alive, ECS is asked."""
    workload, _, change_id = brake.canary.partition(" ")
    canary = world.changes.get(workload, change_id) if change_id else None
    if canary is None or canary.state is not State.WATCHING:
        return canary
    if held_until(brake, canary, world.clock.now()) > world.clock.now():
        return canary
    settle(canary, world)
    return world.changes.get(workload, change_id)


def _held(taken: Change, brake: Brake, canary: Change | None, world: World) -> Wait:
    now = world.clock.now()
    world.telemetry.count("RestartsHeldByStorms")
    until = held_until(brake, canary, now) + SPREAD * chance_of(taken.id, taken.fence)
    return Wait(
        max(until, now + LOST_RACE),
        "storm",
        f"{brake.lineages} tasks with {brake.key} stopped within moments ({brake.cause_class}): their "
        "restarts wait until one that goes first has lived for two minutes.",
    )
