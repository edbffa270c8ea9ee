"""Which sizes a workload may have, and how far a decision on them may travel.

``scope_of`` says it for a service; docs/workloads.md is the table of it for people.
"""

from trimtab.decisions.sizing_scope.choose import choose_within, memory_beside_mib, travels
from trimtab.decisions.sizing_scope.scope import Home, Scope, home_of, scope_of
from trimtab.decisions.sizing_scope.split import needed_mib, told_split

__all__ = [
    "Home",
    "Scope",
    "choose_within",
    "home_of",
    "memory_beside_mib",
    "needed_mib",
    "scope_of",
    "told_split",
    "travels",
]
