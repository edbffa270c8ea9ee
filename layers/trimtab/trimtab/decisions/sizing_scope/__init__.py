"""Which sizes a workload may have, and how far a decision on them may travel.

``scope_of`` says it for a service; docs/workloads.md is the table of it for people.
"""

from trimtab.decisions.sizing_scope.instances import as_density
from trimtab.decisions.sizing_scope.scaling import AtMinimum
from trimtab.decisions.sizing_scope.scope import Home, Scope, as_proposal, proposing, scope_of

__all__ = ["AtMinimum", "Home", "Scope", "as_density", "as_proposal", "proposing", "scope_of"]
