"""After a write: what did it really replace, and what does "latest" mean to others now?"""

from dataclasses import replace
from typing import Final

from trimtab.decisions.own_revisions import is_made_by
from trimtab.decisions.settlement import OLD_READING, runs_our_revision
from trimtab.decisions.witness import Replaced, Testimony, hear_witness, passed_over
from trimtab.model.change import COVERED_AGAIN, HEARD, SIZE_KINDS, Change, Kind, State, about_capacity
from trimtab.model.errors import UnreadableError
from trimtab.model.service import InForce, PastDeployment, Service
from trimtab.model.tags import CHANGE_TAG, COPY_TAG
from trimtab.model.task_definition import TaskDefinition
from trimtab.ports import World
from trimtab.workflows.ask_for_rollback import base_now, restore
from trimtab.workflows.record_tag import record_copy

COVERED: Final = "covered_a_deployment"
"""Reason of a repair: a write of ours covered what somebody deployed in that moment."""

REPAIRS_MAX: Final = 3
"""So many rollbacks deep, a deploy that the last one covered is a person's: whoever deploys in the very
moment of each of our writes would otherwise keep us writing for ever."""


def hear(change: Change, service: Service | None, world: World) -> Change | None:
    """Look once at what a Change in ``deploying`` replaced; None when it is being undone for it.

    Somebody else's deployment that our write covered is put back, by a rollback to that deployment.
    An unknown answer is asked again with the next look, and never taken for good.
    """
    if change.kind is Kind.RESTART or HEARD in change.applied or service is None:
        return change
    testimony = hear_witness(change, history_of(service, world))
    if testimony.replaced is Replaced.UNKNOWN:
        return change
    if testimony.restore is not None and _still_in_force(change, service, testimony):
        if change.depth >= REPAIRS_MAX:
            return world.changes.note(change, {HEARD: COVERED_AGAIN})
        _give_back(change, testimony.restore, service, world)
        return None
    fresh = world.clock.now() - change.times[State.DEPLOYING] < OLD_READING
    if testimony.restore is not None and testimony.newest and fresh:
        return None  # the service was read as it stood before our write: the next look judges
    return world.changes.note(change, {HEARD: testimony.replaced.value})


def history_of(service: Service, world: World) -> tuple[PastDeployment, ...]:
    """Return the record of a service's deployments; none where there is none to be had, which tells nothing.

    Who must not take that for no deployments asks ``World.deployment_history`` itself.
    """
    if service.status != "ACTIVE":
        return ()  # ECS refuses to tell of one that was deleted
    try:
        return world.deployment_history.of(service)
    except UnreadableError as fault:
        world.telemetry.note("record of deployments unreadable", ecs_service=service.name, told=str(fault))
        return ()


def was_run(revision: str, service: Service, world: World) -> bool:
    """Tell whether a service runs a revision or ever ran it, by ECS's record: whoever put it in force."""
    if revision in {one.task_definition for one in service.deployments}:
        return True
    return revision in {one.wanted.task_definition for one in history_of(service, world)}


def _still_in_force(change: Change, service: Service, testimony: Testimony) -> bool:
    """Tell whether ours is the last word; a newer deployment is left alone.

    One that somebody began on our very revision, to move the service or to start its tasks anew, is not newer
    in what it runs: what our write covered is covered by it too. So it is when ECS took ours back: it goes
    back to what completed last, which what our write covered never did.
    """
    primary, back = service.primary, testimony.went_back_to
    if testimony.newest and back is not None:
        if about_capacity(change):
            return service.capacity_provider_strategy == back.capacity_provider_strategy
        return service.task_definition == back.task_definition
    if primary is None or primary.id == change.applied.get("deployment"):
        return primary is not None
    return runs_our_revision(change, service)


def _give_back(change: Change, theirs: InForce, service: Service, world: World) -> None:
    told = (
        f"Somebody deployed {change.name} between the last look and the write, and the write covered it: "
        "that deployment is put back."
    )
    restore(change, theirs, service, ("covered_a_deployment", told), not about_capacity(change), world)
    world.telemetry.count("DeploymentsRestored")


def give_back_what_was_passed(change: Change, service: Service | None, world: World) -> bool:
    """Put back what somebody deployed in the moment of a move that ECS took back, and went past it."""
    theirs = passed_over(change, history_of(service, world)) if service else None
    if service is None or theirs is None or change.depth >= REPAIRS_MAX:
        return False
    told = (
        "ECS itself took it back (circuit breaker or alarm), so what it was to leave is in force again. "
        f"What somebody deployed {change.name} with in the moment of the write went with it, and is put back."
    )
    restore(change, theirs, service, ("covered_a_deployment", told), True, world)
    world.telemetry.count("DeploymentsRestored")
    return True


def as_it_stands(repair: Change, service: Service, world: World) -> Change:
    """Return a repair with what the service is on by now as its base, if ECS took ours back while it waited.

    ECS goes back to what completed last, and what our write covered never did: it is still to be put back.
    """
    parent = None
    if repair.reason == COVERED and repair.parent:
        parent = world.changes.get(repair.workload, repair.parent)
    base = base_now(parent, service, not about_capacity(repair)) if parent else repair.base
    where = (base.task_definition, base.capacity_provider_strategy)
    if parent is None or where == (repair.base.task_definition, repair.base.capacity_provider_strategy):
        return repair
    testimony = hear_witness(parent, history_of(service, world))
    if testimony.restore is None or not _still_in_force(parent, service, testimony):
        return repair
    return replace(repair, base=base)


def leave_latest_right(closed: Change, world: World) -> None:
    """Put "latest" right after a Change was closed, as well as can be: the inventory does it again."""
    try:
        put_latest_right(closed, world)
    except Exception as fault:
        world.telemetry.note("latest was not put right", change_id=closed.id, told=type(fault).__name__)


def put_latest_right(change: Change, world: World) -> None:
    """See to it that a Change that is closed leaves no revision of ours as the newest one."""
    if change.kind in SIZE_KINDS and "task_definition" in change.applied:
        service = world.services.describe(change.workload)
        if service is not None and service.task_definition != change.applied["task_definition"]:
            make_latest_what_runs(service, change.id, change.mode, world)


def make_latest_what_runs(service: Service, cause: str, mode: str, world: World) -> None:
    """See to it that whoever runs the family without a revision gets what the service runs.

    A revision of ours that is not in force would still be the newest one. What the service runs is then
    registered again, as a Change of its own that the applier carries out. What others registered is theirs:
    another service of the family, or a pipeline that took our tag over.
    """
    runs = world.task_definitions.describe(service.task_definition)
    newest = world.task_definitions.latest(runs.family) if runs else None
    if runs and newest and not says_the_same(newest, runs) and is_ours(newest, service.arn, world):
        record_copy(service, newest, cause, mode, world)


def says_the_same(newest: TaskDefinition, runs: TaskDefinition) -> bool:
    """Tell whether a family's newest revision says what is run.

    A copy of it does, though ECS may have filled in a default that the original did not show yet.
    """
    return newest.tags.get(COPY_TAG) == runs.arn or newest.registration() == runs.registration()


def is_ours(revision: TaskDefinition, workload: str, world: World) -> bool:
    """Tell whether a Change of this very workload made a revision."""
    made_by = maker_of(revision, workload, world)
    return made_by is not None and is_made_by(revision, *made_by, world.applier_role)


def maker_of(
    revision: TaskDefinition, workload: str, world: World
) -> tuple[Change, TaskDefinition | None] | None:
    """Return the workload's Change that a revision's tag names, and what it noted that it registered."""
    change_id = revision.tags.get(CHANGE_TAG)
    change = world.changes.get(workload, change_id) if change_id else None
    if change is None:
        return None
    noted = change.applied.get("task_definition")
    return change, world.task_definitions.describe(noted) if noted else None
