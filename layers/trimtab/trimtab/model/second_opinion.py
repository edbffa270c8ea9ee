"""What AWS Compute Optimizer says of a service."""

from dataclasses import dataclass

from trimtab.model.task_size import TaskSize


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """Its first recommendation; ``finding`` and ``reasons`` stay AWS's text.

    ``size`` is None where it offers none.
    """

    finding: str
    reasons: tuple[str, ...]
    size: TaskSize | None
    monthly_usd_saved: float | None
    look_back_days: float
