"""Tell people and programs of transitions worth telling. Its failure never touches the line."""

from dataclasses import replace
from typing import Final

from trimtab.model.change import Change, State
from trimtab.ports import World

WORTH_TELLING: Final = frozenset(State) - {State.APPLYING, State.WATCHING, State.APPROVED}
"""Everything but the steps in between, which change nothing for anybody."""


def announce_change(before: State | None, after: State, change: Change, world: World) -> bool:
    """Send a notice if a Change came to a state worth telling; return whether it was sent.

    ``change`` is the Change as it is now, which may have gone on since; the notice says where it came to.
    """
    if before == after or after not in WORTH_TELLING:
        return False
    if before is State.APPLYING and after is State.PLANNED:
        return False  # put off: the Change says until when, and nobody has to know at once
    world.notices.publish(replace(change, state=after))
    return True
