"""The inventory's look at a size that was handed over: has the team's deployment taken it up?"""

from contextlib import suppress

from trimtab.model.change import Kind, State
from trimtab.model.errors import ConflictError
from trimtab.model.handed_size import TAKEN_UP, TAKEN_UP_AT
from trimtab.model.service import Service
from trimtab.ports import World
from trimtab.workflows.record_change import describe


def note_taken_up(service: Service, world: World) -> bool:
    """Note on the newest hand-over of a service that it runs that size now, once; return whether it does.

    Costs a reading of our table for each service, and two more where something was handed over.
    """
    if service.deploying or not world.changes.was_taken(service.arn):
        return False
    made = [
        c for c in world.changes.of(service.arn) if c.kind is Kind.HAND_OVER and c.state is State.SUCCEEDED
    ]
    last = max(made, key=lambda c: c.created_at, default=None)
    if last is None or TAKEN_UP in last.applied:
        return False
    runs = world.task_definitions.describe(service.task_definition)
    if runs is None or runs.size != last.target.size:
        return False
    began = service.primary.created_at if service.primary else world.clock.now()
    noted = {TAKEN_UP: service.task_definition, TAKEN_UP_AT: began.isoformat()}
    with suppress(ConflictError):  # another inventory has just noted it
        world.changes.note(last, noted)
        world.telemetry.note("size taken up", **{**describe(last), **noted})
    return True
