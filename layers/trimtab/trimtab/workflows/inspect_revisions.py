"""The inventory's look at a service's revisions: is the newest right, and does the ledger explain ours?"""

from datetime import timedelta
from typing import Final

from trimtab.decisions.own_revisions import Standing, judge_revision
from trimtab.model.change import SIZE_KINDS, Kind
from trimtab.model.service import Service
from trimtab.model.task_definition import TaskDefinition, family_of
from trimtab.ports import World
from trimtab.workflows.look_back import make_latest_what_runs, maker_of, was_run
from trimtab.workflows.record_tag import record_mark

REGISTERING: Final = (*SIZE_KINDS, Kind.TAG)
SEARCHED_FOR: Final = timedelta(hours=6)
"""For so long after a Change ended its family is searched: six hourly inventories, five of which may fail."""

MAY_GO_BACK: Final = timedelta(hours=1)
"""For so long a deployment is waited for. One that failed and that ECS does not take back, or that never
ends, would otherwise leave a revision of ours the newest for good."""


def inspect_revisions(service: Service, mode: str, world: World) -> int:
    """Put "latest" right and mark orphans of one service; return how many orphans were found.

    Costs one reading of our table for each service, one of ECS for those that Trimtab changed before, and
    up to eleven for those it changed within the last hours; what looks like an orphan, up to three more.
    A revision of ours that a pipeline put in force, as it deploys whatever is the newest, is none.
    """
    if not world.changes.was_taken(service.arn):
        return 0
    primary = service.primary
    if not service.deploying or (primary and primary.created_at <= world.clock.now() - MAY_GO_BACK):
        make_latest_what_runs(service, "inventory", mode, world)
    since = world.clock.now() - SEARCHED_FOR
    if not any(c.kind in REGISTERING and c.times[c.state] >= since for c in world.changes.of(service.arn)):
        return 0
    return sum(
        _inspect(revision, service, mode, world)
        for revision in world.task_definitions.newest(family_of(service.task_definition))
    )


def _inspect(revision: TaskDefinition, service: Service, mode: str, world: World) -> bool:
    change, registered = maker_of(revision, service.arn, world) or (None, None)
    standing = judge_revision(revision, change, registered, world.applier_role)
    if standing is Standing.UNEXPLAINED:
        world.telemetry.note("revision unexplained", ecs_service=service.name, task_definition=revision.arn)
        world.telemetry.count("UnexplainedRevisions")
    elif standing is Standing.ORPHAN and not was_run(revision.arn, service, world):
        record_mark(service, revision, mode, world)
        return True
    return False
