"""What a rule found: the cause and its story, before it is asked whose business it is."""

from dataclasses import dataclass, field

from trimtab.model.verdict import Cause, Evidence


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause with the rule that found it.

    ``happened`` is a sentence without its full stop; ``advice`` are whole sentences for a person.
    ``doubtful_end`` marks a task that may have finished its work: it is never started again unasked.
    """

    rule: str
    cause: Cause
    happened: str
    advice: str = ""
    evidence: Evidence = field(default_factory=dict, hash=False)
    doubtful_end: bool = False
