"""The writes that change a service, each in steps that a second try can find again.

Each takes the Change and when the service was last looked at before it.
"""

from datetime import datetime
from typing import Final

from trimtab.model.change import Change, State, Turn
from trimtab.model.decision import Refuse, Wait
from trimtab.model.handed_size import hand_size, parameter_path
from trimtab.model.tags import CHANGE_TAG, COPY_TAG, ORPHAN_TAG
from trimtab.model.task_definition import TaskDefinition
from trimtab.ports import World
from trimtab.workflows.last_look import send, still_holds
from trimtab.workflows.look_back import is_ours, says_the_same, was_run
from trimtab.workflows.record_tag import MARKS

TAGS_MAX: Final = 50
"""That a revision may bear; those of AWS's own do not count.

Source: ECS API Reference, RegisterTaskDefinition, tags (read 2026-11-22).
"""

SIZE_MARKS: Final = (CHANGE_TAG,)
COPY_MARKS: Final = (CHANGE_TAG, COPY_TAG)
"""The tags that a revision of ours bears beside those of the revision it was made of."""


def apply_size(taken: Change, looked_at: datetime, world: World) -> Change | Wait | Refuse:
    """Register the base with the target's size, put it in force; the Change is then ``deploying``."""
    base = world.task_definitions.describe(taken.base.task_definition or "")
    size = taken.target.size
    if base is None or size is None:
        return Refuse("base_unreadable", "The revision this was decided for can no longer be read.")
    if no := _cannot_be_copied(base, SIZE_MARKS):
        return no
    revision = taken.applied.get("task_definition")
    if revision is None and taken.fence > 1:
        revision = world.deployer.find_registered(base, size, taken)
    if revision is None:
        still_holds(taken, looked_at, world)
        revision = world.deployer.register_resized(base, size, taken)
    return _put_in_force(taken, revision, world)


def _cannot_be_copied(base: TaskDefinition, marks: tuple[str, ...]) -> Refuse | None:
    """Say why no revision can be registered that is like this one and bears our marks."""
    if base.unknown_fields:
        return _would_lose(base)
    own = {key for key in base.tags if not key.startswith("aws:")}
    if len(own | set(marks)) <= TAGS_MAX:
        return None
    return Refuse(
        "too_many_tags",
        f"{base.arn.rpartition('/')[2]} bears {len(own)} tags and a revision of ours {len(set(marks) - own)} "
        f"more, of {TAGS_MAX} that ECS lets it bear. Remove one.",
    )


def _would_lose(base: TaskDefinition) -> Refuse:
    """Say that a copy of a revision would lose settings that this release does not know."""
    names = ", ".join(base.unknown_fields[:5])
    return Refuse(
        "unknown_fields",
        f"ECS tells {names} of {base.arn.rpartition('/')[2]}, which this release does not know: "
        "a new revision would lose it. Update Trimtab.",
    )


def apply_strategy(taken: Change, looked_at: datetime, world: World) -> Change | Wait | Refuse:
    """Put the target's strategy in force with a forced deployment."""
    target = taken.target.capacity_provider_strategy
    return send(taken, lambda fresh: world.deployer.shift(fresh, target), world)


def apply_rollback(taken: Change, looked_at: datetime, world: World) -> Change | Wait | Refuse:
    """Put back what was in force before: the old revision or the old strategy."""
    if taken.target.task_definition is None:
        return apply_strategy(taken, looked_at, world)
    return _put_in_force(taken, taken.target.task_definition, world)


def _put_in_force(taken: Change, revision: str, world: World) -> Change | Wait | Refuse:
    noted = world.changes.note(taken, {"task_definition": revision})
    return send(noted, lambda fresh: world.deployer.deploy(fresh, revision), world)


def hand_over(taken: Change, looked_at: datetime, world: World) -> Change | Refuse:
    """Write the size where the team's own infrastructure code picks it up; the service is not touched.

    As one parameter, so that nobody reads half of it, and its CPU and memory each by itself for what cannot
    read JSON: of those, a reader in between may meet a pair that is not sold.
    """
    size = taken.target.size
    if size is None:
        return Refuse("no_size", "There is no size to hand over.")
    base = world.task_definitions.describe(taken.base.task_definition or "")
    if base is None:
        return Refuse("base_unreadable", "The revision this was decided for can no longer be read.")
    now = world.clock.now()
    handed = hand_size(base, size, f"{taken.reason}: {taken.sentence}", now, taken.id)
    still_holds(taken, looked_at, world)
    path = parameter_path(taken.cluster, taken.name)
    world.parameters.put(f"{path}/cpu", str(size.cpu_units))
    world.parameters.put(f"{path}/memory", str(size.memory_mib))
    world.parameters.put(f"{path}/size", handed.text())
    now = world.clock.now()
    told = f"{size} is in {path}/size until {handed.until:%Y-%m-%d}, for the team's next deployment."
    return world.changes.move(
        taken, State.SUCCEEDED, Turn.NONE, now, now, "handed_over", told, {"parameter": path}
    )


def copy_or_mark(taken: Change, looked_at: datetime, world: World) -> Change | Refuse:
    """Do what a Change of kind ``tag`` asks for."""
    return (mark_orphan if taken.rule == MARKS else register_copy)(taken, looked_at, world)


def mark_orphan(taken: Change, looked_at: datetime, world: World) -> Change | Refuse:
    """Tag a revision of ours that nobody ever ran, if nobody has put it in force by now."""
    revision, service = taken.target.task_definition or "", world.services.describe(taken.workload)
    if service is None or was_run(revision, service, world):
        return Refuse("no_orphan", "The service is gone, or somebody has put the revision in force.")
    still_holds(taken, looked_at, world)
    world.deployer.mark_orphan(revision, taken)
    now = world.clock.now()
    told = f"{revision.rpartition('/')[2]} bears the tag {ORPHAN_TAG}."
    return world.changes.move(taken, State.SUCCEEDED, Turn.NONE, now, now, "marked", told)


def register_copy(taken: Change, looked_at: datetime, world: World) -> Change | Refuse:
    """Register what the service runs once more, so that it is the newest of its family; once is enough."""
    original = world.task_definitions.describe(taken.target.task_definition or "")
    newest = world.task_definitions.latest(original.family) if original else None
    if original is None or newest is None:
        return Refuse("base_unreadable", "The revision that the service runs can no longer be read.")
    if no := _cannot_be_copied(original, COPY_MARKS):
        return no
    if newest.unknown_fields:  # what ECS tells of this one it may have kept to itself of the other
        return _would_lose(newest)
    arn = newest.arn
    if not says_the_same(newest, original):
        if not is_ours(newest, taken.workload, world):
            told = f"{arn.rpartition('/')[2]} is the newest by now, and somebody else's: it stays so."
            return Refuse("latest_is_theirs", told)
        still_holds(taken, looked_at, world)
        arn = world.deployer.register_copy(original, taken)
    now = world.clock.now()
    told = "The newest revision of the family says what the service runs."
    return world.changes.move(
        taken, State.SUCCEEDED, Turn.NONE, now, now, "latest_restored", told, {"task_definition": arn}
    )
