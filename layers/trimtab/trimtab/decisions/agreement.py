"""Compute Optimizer's size beside ours: the same, or why not."""

from dataclasses import dataclass

from trimtab.model.second_opinion import SecondOpinion
from trimtab.model.task_size import TaskSize


@dataclass(frozen=True, slots=True)
class Agreement:
    """``agrees`` is None where there is nothing to compare; ``sentence`` is for people."""

    agrees: bool | None
    sentence: str


NOT_ENROLLED = Agreement(None, "The account is not enrolled in Compute Optimizer.")


def compare_opinions(
    opinion: SecondOpinion | None, current: TaskSize, ours: TaskSize, days: int
) -> Agreement:
    """Say whether Compute Optimizer would choose the same size, and what explains the difference.

    Args:
        opinion: What it says, None when it says nothing of this service.
        current: Size in force.
        ours: What Trimtab chooses, or keeps.
        days: Whole days that Trimtab knows.
    """
    if opinion is None:
        return Agreement(
            None,
            "Compute Optimizer says nothing of it: it judges services on Fargate with a day of metrics, "
            "and none that scales by steps, or by CPU and memory at once.",
        )
    theirs = opinion.size or current
    if theirs == ours:
        return Agreement(True, f"Compute Optimizer agrees: {_finding(opinion)}, {theirs}.")
    return Agreement(
        False, f"Compute Optimizer: {_finding(opinion)}, {theirs}. {_why(opinion, theirs, ours, days)}"
    )


def _finding(opinion: SecondOpinion) -> str:
    reasons = ", ".join(opinion.reasons)
    return f"{opinion.finding} ({reasons})" if reasons else opinion.finding or "no finding"


def _why(opinion: SecondOpinion, theirs: TaskSize, ours: TaskSize, days: int) -> str:
    if opinion.look_back_days and abs(opinion.look_back_days - days) >= opinion.look_back_days / 2:
        return f"It looks at {opinion.look_back_days:g} days, Trimtab at {days}."
    if theirs.memory_mib < ours.memory_mib:
        return "Trimtab weighs what a kill for memory costs, and keeps more memory than the highest use."
    if theirs.memory_mib > ours.memory_mib or theirs.cpu_units > ours.cpu_units:
        return "It leaves room above the highest use of all its days; Trimtab prices how likely that use is."
    return "Trimtab prices CPU that is lacking for part of the time; it looks at the highest use."
