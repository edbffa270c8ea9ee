"""Which size a workload's tasks need: the cheapest sum of what it costs and of what may go wrong.

``choose_size`` decides once a day; ``after_kill``, ``when_capped`` and ``near_limit`` what cannot wait.
docs/design/0007-risk-price.md says why it is this and not a percentile.
"""

from trimtab.decisions.rightsize.at_once import after_kill, near_limit, when_capped
from trimtab.decisions.rightsize.daily import choose_size
from trimtab.decisions.rightsize.day import digest_day
from trimtab.decisions.rightsize.options import Option, list_options

__all__ = ["Option", "after_kill", "choose_size", "digest_day", "list_options", "near_limit", "when_capped"]
