"""Starting a stopped standalone task again, exactly once per stop."""

from datetime import datetime, timedelta
from typing import Final

from trimtab.model.change import Change, State, Turn
from trimtab.model.decision import Refuse, Wait
from trimtab.model.errors import LaunchError
from trimtab.model.policy import Policy
from trimtab.model.tags import Mode
from trimtab.model.task_definition import family_of
from trimtab.ports import World
from trimtab.workflows.last_look import still_holds

NO_CAPACITY: Final = timedelta(minutes=1)
NO_CAPACITY_MAX: Final = timedelta(minutes=10)
"""Capacity that is missing now may be missing for hours: each try waits twice as long as the one before."""

POLL: Final = timedelta(minutes=2)


def started_before(taken: Change, world: World) -> Change | None:
    """Go on with a task that an earlier applier of this Change started before it died, if there is one.

    The token that makes RunTask safe to repeat dies with a short-lived task, so ECS is asked.
    """
    if taken.fence <= 1:
        return None
    cluster = taken.workload.replace(":task/", ":cluster/").rpartition("/")[0]
    started = world.tasks.started_by(cluster, f"trimtab/{taken.id}")
    return _started(taken, started[0].task_arn, "", world) if started else None


def start_again(
    taken: Change, policy: Policy | None, looked_at: datetime, world: World
) -> Change | Wait | Refuse:
    """Launch the lineage's recipe for this Change; the Change is then ``deploying``.

    ``looked_at`` is when switch and policy were read.
    """
    rule = policy.standalone_rule(taken.cluster, taken.name) if policy else None
    if rule is None or rule.mode is not Mode.APPLY:
        return Refuse("no_longer_declared", "The policy no longer lets Trimtab start this family again.")
    recipe = world.control.recipe(taken.workload)
    if recipe is None:
        return Refuse("launch_unknown", "How it was launched is no longer known.")
    if family_of(recipe.task_definition) != taken.name:
        return Refuse("launch_of_another_family", "The recipe kept for it launches another family.")
    still_holds(taken, looked_at, world)
    try:
        task_arn = world.deployer.run(recipe, taken)
    except LaunchError as fault:
        pause = min(NO_CAPACITY * (1 << min(taken.fence, 10)), NO_CAPACITY_MAX)
        return Wait(world.clock.now() + pause, "not_placed", f"ECS could not place it: {fault}.")
    return _started(taken, task_arn, ", ".join(recipe.missing), world)


def _started(taken: Change, task_arn: str, missing: str, world: World) -> Change:
    now = world.clock.now()
    lineage = world.control.lineage(taken.target.stopped_task or taken.workload)
    world.control.add_start(lineage, task_arn, taken.id, now)
    applied = {"task": task_arn, **({"not_recovered": missing} if missing else {})}
    return world.changes.move(taken, State.DEPLOYING, Turn.SETTLE, now + POLL, now, applied=applied)
