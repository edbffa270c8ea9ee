"""A chosen size in words and numbers."""

from trimtab.decisions.rightsize.options import Option
from trimtab.model.change import MonthlyUsd, Scalar
from trimtab.model.decision import Resize
from trimtab.model.sizing import Terms
from trimtab.model.task_size import TaskSize

RULE = "risk_price"


def as_resize(here: Option, best: Option, days: int, terms: Terms) -> Resize:
    """Tell why one size is better than the one in force, by the sum that decided."""
    grows = best.daily_usd > here.daily_usd
    chances = f"{here.out_of_memory:.2%} → {best.out_of_memory:.2%}"
    lacking = f"{here.shed_ratio:.2%} → {best.shed_ratio:.2%}"
    sentence = (
        f"{here.size} → {best.size}: {best.daily_usd - here.daily_usd:+.2f} $ a day and task, chance of a "
        f"kill for memory {chances} a day, CPU it lacks {lacking}. With {terms.profile.told} the sum is "
        f"{here.total_usd:.2f} → {best.total_usd:.2f} $ a day ({days} days known)."
    )
    evidence: dict[str, Scalar] = {
        "days": days,
        "profile": terms.profile.name,
        "oom_usd": terms.profile.oom_usd,
        "task_count": terms.task_count,
        "daily_usd_before": round(here.daily_usd, 4),
        "daily_usd_after": round(best.daily_usd, 4),
        "total_usd_before": round(here.total_usd, 4),
        "total_usd_after": round(best.total_usd, 4),
        "out_of_memory_before": round(here.out_of_memory, 6),
        "out_of_memory_after": round(best.out_of_memory, 6),
        "shed_ratio_before": round(here.shed_ratio, 6),
        "shed_ratio_after": round(best.shed_ratio, 6),
    }
    reason = "too_small" if grows else "too_large"
    return Resize(best.size, RULE, reason, sentence, evidence, cost(here.size, best.size, terms))


def cost(before: TaskSize, after: TaskSize, terms: Terms) -> MonthlyUsd:
    """Return what all tasks cost a month at both sizes."""
    price, tasks = terms.price, terms.task_count
    return MonthlyUsd(price.monthly_usd(before, tasks), price.monthly_usd(after, tasks), price.basis)
