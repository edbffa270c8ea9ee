"""Whether, when and where a stopped task is started again, by what became of its lineage so far."""

from trimtab.decisions.restart.decide import Stop, backoff, decide_by, decide_restart, exit_named
from trimtab.decisions.restart.history import Past, chance_of, history_of, signature_of
from trimtab.decisions.restart.placement import away_from, next_provider, on_provider, provider_after

__all__ = [
    "Past",
    "Stop",
    "away_from",
    "backoff",
    "chance_of",
    "decide_by",
    "decide_restart",
    "exit_named",
    "history_of",
    "next_provider",
    "on_provider",
    "provider_after",
    "signature_of",
]
