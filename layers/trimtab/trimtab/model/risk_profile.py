"""What a mistake of size costs a workload's owner: three answers that people can give."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class RiskProfile:
    """Prices of what may go wrong.

    ``oom_usd`` is what one kill of one task for memory costs. ``shed_price`` is how many times its running
    cost a task loses per share of CPU that it lacks, ``short_usd`` what a whole day at its CPU limit costs.
    No size is chosen at which a day brings a kill with a greater chance than ``chance_max``: without it,
    daily kills of a large task would be cheaper than its memory.
    """

    name: str
    oom_usd: float
    shed_price: float
    short_usd: float
    chance_max: float

    @property
    def told(self) -> str:
        """The profile in words."""
        return f"a kill at {self.oom_usd:g} $ ({self.name})"


SAVE: Final = RiskProfile("save", 2, 15, 3, 0.25)
BALANCED: Final = RiskProfile("balanced", 10, 35, 6, 0.125)
SAFE: Final = RiskProfile("safe", 15, 80, 12, 0.08)

"""Chosen in the closed loop on recorded series (docs/backtest.md): ``save`` costs what the rule of VPA costs,
with half of its kills; ``balanced`` what a 95th percentile with guards costs, with half of its days with a
kill; ``safe`` less than Compute Optimizer's with 20 % on top, with half of its days with a kill."""

RISK_PROFILES: Final = {"batch": SAVE, "general": BALANCED, "latency": SAFE}
"""By the value of the tag ``trimtab:profile``; any other value is ``general``."""
