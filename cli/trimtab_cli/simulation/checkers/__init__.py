"""One checker per invariant: looks at the world's own record and says what was broken."""

from collections.abc import Callable

from trimtab_cli.simulation.checkers.asked_for import changed_only_where_asked
from trimtab_cli.simulation.checkers.ledger import every_change_ends, every_write_has_its_change
from trimtab_cli.simulation.checkers.restarts import one_restart_a_stop
from trimtab_cli.simulation.checkers.secrets import no_secret_is_seen
from trimtab_cli.simulation.checkers.updates import (
    human_deploys_survive,
    latest_equals_what_runs,
    nothing_but_sizes_changes,
    one_update_a_change,
    only_allowed_parameters,
    starts_at_rest,
)
from trimtab_cli.simulation.trial import Trial

Checker = Callable[[Trial], list[str]]

CHECKERS: dict[str, Checker] = {
    "I1 I2 I3": changed_only_where_asked,
    "I6": human_deploys_survive,
    "I7 I30": nothing_but_sizes_changes,
    "I8": only_allowed_parameters,
    "I9": starts_at_rest,
    "I11": one_update_a_change,
    "I12 I13": one_restart_a_stop,
    "I16 I22": every_change_ends,
    "I18 I19": every_write_has_its_change,
    "I29": no_secret_is_seen,
    "I38": latest_equals_what_runs,
}
"""Invariants of docs/safety.md to their checkers."""
