"""Recording what the applier does to revisions that no service is put on: a copy, or a mark."""

from typing import Final

from trimtab.model.change import Base, Change, Kind, State, Target, Turn, change_id
from trimtab.model.service import Service
from trimtab.model.tags import ORPHAN_TAG
from trimtab.model.task_definition import TaskDefinition
from trimtab.ports import World
from trimtab.workflows.ask_for_rollback import ROLLBACK_WITHIN
from trimtab.workflows.record_change import describe

MARKS: Final = "orphan_revision"
"""Rule of a Change that marks a revision; any other of kind ``tag`` registers a copy."""


def record_copy(service: Service, newest: TaskDefinition, cause: str, mode: str, world: World) -> None:
    """Have what the service runs registered again, so that it is the newest of its family."""
    told = (
        f"A revision of ours that {service.name} does not run is the newest of its family: what the "
        "service runs is registered again, for whoever runs the family without a revision."
    )
    _record(
        service, service.task_definition, newest.arn,
        ("latest_is_what_runs", "own_revision_is_newest", told), cause, mode, world,
    )  # fmt: skip


def record_mark(service: Service, orphan: TaskDefinition, mode: str, world: World) -> None:
    """Have a revision of ours that nobody ever ran marked with a tag; nothing is deregistered."""
    told = (
        f"{orphan.arn.rpartition('/')[2]} was registered by Trimtab and never put in force: it gets the tag "
        f"{ORPHAN_TAG}, and whoever cleans up may deregister it."
    )
    _record(service, orphan.arn, orphan.arn, (MARKS, "never_in_force", told), "inventory", mode, world)


def _record(
    service: Service, target: str, about: str, why: tuple[str, str, str], cause: str, mode: str, world: World
) -> None:
    now = world.clock.now()
    base, wanted = Base(task_definition=service.task_definition), Target(task_definition=target)
    rule, reason, sentence = why
    change = Change(
        workload=service.arn,
        id=change_id(service.arn, Kind.TAG, base, wanted, about, f"{rule}/{now:%Y-%m-%dT%H:%M}"),
        kind=Kind.TAG,
        state=State.PLANNED,
        turn=Turn.APPLY,
        due_at=now,
        cluster=service.cluster,
        name=service.name,
        mode=mode,
        base=base,
        target=wanted,
        rule=rule,
        reason=reason,
        sentence=sentence,
        cause=cause,
        decide_by=now + ROLLBACK_WITHIN,
        created_at=now,
        depth=1,
        times={State.PLANNED.value: now},
    )
    if world.changes.record(change):
        world.telemetry.note("tag decided", **describe(change))
