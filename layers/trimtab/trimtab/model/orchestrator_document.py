"""An entry of ``orchestrators`` as written -> Orchestrator. Entries add to the built-in ones, no more."""

from typing import Final

from trimtab.model.document_fields import Reader, fault, read_fields, text
from trimtab.model.orchestrator import Orchestrator
from trimtab.model.standalone_document import NAMES_SOMETHING

PATTERNS: Final = ("started_by", "group", "cluster", "tag")


def read_orchestrator(entry: object, place: str) -> Orchestrator:
    """Read one entry; raises PolicyError with the place of the fault."""
    readers: dict[str, Reader] = {"name": text, **dict.fromkeys(PATTERNS, _pattern)}
    read = read_fields(entry, place, readers)
    if not read.keys() & set(PATTERNS):
        raise fault(place, entry, f"an entry that says one or more of {', '.join(PATTERNS)}")
    return Orchestrator(**read)


def _pattern(value: object, place: str) -> str:
    pattern = text(value, place)
    if not NAMES_SOMETHING.search(pattern):
        raise fault(
            place, value, "a pattern that names something in at least one letter, digit, hyphen or underscore"
        )
    return pattern
