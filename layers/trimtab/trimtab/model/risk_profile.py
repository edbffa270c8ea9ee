"""What a mistake of size costs a workload's owner: three answers that people can give."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class RiskProfile:
    """Prices of what may go wrong.

    ``oom_usd`` is what one kill of one task for memory costs. ``shed_price`` is how many times its running
    cost a task loses per share of CPU that it lacks. A size that was changed less than ``rest_days`` ago is
    made cheaper only for a larger gain. No size is chosen at which a day brings a kill with a greater chance
    than ``chance_max``: without it, daily kills of a large task would be cheaper than its memory.
    """

    name: str
    oom_usd: float
    shed_price: float
    rest_days: int
    chance_max: float

    @property
    def told(self) -> str:
        """The profile in words."""
        return f"a kill at {self.oom_usd:g} $ ({self.name})"


SAVE: Final = RiskProfile("save", 2, 30, 3, 0.25)
BALANCED: Final = RiskProfile("balanced", 6, 60, 7, 0.15)
SAFE: Final = RiskProfile("safe", 15, 120, 7, 0.05)

RISK_PROFILES: Final = {"batch": SAVE, "general": BALANCED, "latency": SAFE}
"""By the value of the tag ``trimtab:profile``; any other value is ``general``."""
