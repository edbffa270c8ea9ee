"""Tell people and programs of transitions worth telling. Its failure never touches the line."""

from dataclasses import replace
from typing import Final

from trimtab.decisions.repetition import SAME_AS
from trimtab.model.change import Change, Kind, State, is_approved
from trimtab.ports import World

WORTH_TELLING: Final = frozenset(State) - {State.APPLYING, State.WATCHING, State.APPROVED}
"""Everything but the steps in between, which change nothing for anybody."""

REPEATED: Final = frozenset({State.PROPOSED, State.EXPIRED})
"""Said of the first proposal of a row that says the same, and of none after it."""

PUT_OFF: Final = frozenset({"canary", "frozen", "outside_window"})
"""What a whole fleet may wait for until it expires: each night's plan decides anew."""


def announce_change(before: State | None, after: State, change: Change, world: World) -> bool:
    """Send a notice if a Change came to a state worth telling; return whether it was sent.

    ``change`` is the Change as it is now, which may have gone on since; the notice says where it came to.
    """
    if before == after or after not in WORTH_TELLING:
        return False
    if before is State.APPLYING and after is State.PLANNED:
        return False  # put off: the Change says until when, and nobody has to know at once
    if after in REPEATED and SAME_AS in change.evidence:
        return False  # the same proposal has been told
    if after is State.SUPERSEDED and change.outcome == "decided_again":
        return False  # what took its place is told if it says anything new
    of_the_plan = change.kind is Kind.RESIZE and not is_approved(change)
    if after is State.EXPIRED and of_the_plan and change.outcome in PUT_OFF:
        return False
    world.notices.publish(replace(change, state=after))
    return True
