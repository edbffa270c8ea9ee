"""What a Change that was carried out means for less urgent ones of the same workload."""

from collections.abc import Sequence

from trimtab.model.change import HOLDS_HEAD, SIZE_KINDS, Change, State, Turn, outranks, same_subject
from trimtab.model.errors import ConflictError
from trimtab.ports import World


def supersede_lesser(taken: Change, open_changes: Sequence[Change], world: World) -> None:
    """Close what is less urgent on the same workload and owns nothing now.

    ``open_changes`` are those of the workload; one that has moved since they were read is left alone. What is
    watched stays watched, unless both are moves; a size in any case, until what replaces it is rolled out, as
    ECS goes back to it where that fails.
    """
    for other in open_changes:
        if other.state in HOLDS_HEAD or other.id == taken.id:
            continue
        watched = other.state is State.WATCHING
        if watched and other.kind in SIZE_KINDS:
            continue
        if watched and other.kind is taken.kind:
            _supersede(other, "followed", f"{taken.kind} {taken.id} follows it.", world)
        elif outranks(taken.kind, other.kind) and (not watched or same_subject(taken, other)):
            _supersede(other, "outranked", f"{taken.kind} {taken.id} is more urgent.", world)


def _supersede(other: Change, reason: str, sentence: str, world: World) -> None:
    now = world.clock.now()
    try:
        world.changes.move(other, State.SUPERSEDED, Turn.NONE, now, now, reason, sentence)
    except ConflictError:
        world.telemetry.note("lesser change moved meanwhile", change_id=other.id)
