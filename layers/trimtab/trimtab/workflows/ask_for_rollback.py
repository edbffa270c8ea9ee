"""Recording the rollback of a Change: a Change of its own, which takes over the hold on the workload."""

from datetime import datetime, timedelta
from typing import Final

from trimtab.model.change import SIZE_KINDS, Base, Change, Kind, State, Target, Turn, change_id
from trimtab.model.service import InForce, Service
from trimtab.ports import World
from trimtab.workflows.record_change import describe

ROLLBACK_WITHIN: Final = timedelta(hours=1)


def ask_for_rollback(change: Change, reason: str, sentence: str, world: World) -> None:
    """Go back to what was in force before the Change."""
    why = f"{change.kind} {change.id} went wrong: {sentence}"
    rollback = rollback_of(change, way_back(change), reason, why, world.clock.now())
    _record(change, rollback, reason, sentence, world)


def restore(
    change: Change, theirs: InForce, service: Service, why: tuple[str, str], by_revision: bool, world: World
) -> None:
    """Put back what somebody else deployed and the Change covered, from what the service is on by now.

    ``why`` is a reason and a sentence; ``by_revision`` says whether its revision or its strategy is put back.
    """
    reason, sentence = why
    target = Target(
        task_definition=theirs.task_definition if by_revision else None,
        capacity_provider_strategy=() if by_revision else theirs.capacity_provider_strategy,
    )
    base = base_now(change, service, by_revision)
    rollback = rollback_of(change, target, reason, sentence, world.clock.now(), base)
    _record(change, rollback, reason, sentence, world)


def base_now(change: Change, service: Service, by_revision: bool) -> Base:
    """Return what a service is on, as the base of a repair of what a Change covered."""
    is_base = service.task_definition == change.base.task_definition
    return Base(
        task_definition=service.task_definition if by_revision else None,
        capacity_provider_strategy=() if by_revision else service.capacity_provider_strategy,
        size=change.base.size if is_base else change.target.size,
    )


def way_back(change: Change) -> Target:
    """Return what was in force before a Change."""
    by_revision = change.kind in SIZE_KINDS
    return Target(
        size=change.base.size,
        task_definition=change.base.task_definition if by_revision else None,
        capacity_provider_strategy=() if by_revision else change.base.capacity_provider_strategy,
    )


def rollback_of(
    change: Change,
    target: Target,
    reason: str,
    why: str,
    now: datetime,
    base: Base | None = None,
    epoch: str = "",
) -> Change:
    """Return the Change that takes another one back to ``target``; in another epoch it is another Change.

    ``base`` is what is in force; None means what the Change put there.
    """
    by_revision = target.task_definition is not None
    base = base or Base(
        task_definition=change.applied.get("task_definition") if by_revision else None,
        capacity_provider_strategy=() if by_revision else change.target.capacity_provider_strategy,
        size=change.target.size,
    )
    return Change(
        workload=change.workload,
        id=change_id(change.workload, Kind.ROLLBACK, base, target, change.id, f"{reason}{epoch}"),
        kind=Kind.ROLLBACK,
        state=State.PLANNED,
        turn=Turn.APPLY,
        due_at=now,
        cluster=change.cluster,
        name=change.name,
        mode=change.mode,
        base=base,
        target=target,
        rule="undo_own_change",
        reason=reason,
        sentence=why,
        cause=change.id,
        decide_by=now + ROLLBACK_WITHIN,
        created_at=now,
        depth=change.depth + 1,
        parent=change.id,
        times={State.PLANNED.value: now},
    )


def _record(change: Change, rollback: Change, reason: str, told: str, world: World) -> None:
    world.changes.roll_back(change, rollback, world.clock.now(), reason, told)
    world.telemetry.note("rollback decided", **describe(rollback))
    world.telemetry.count("Rollbacks")
