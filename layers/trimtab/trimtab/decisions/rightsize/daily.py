"""The decision of each day: to the cheapest sum, up at once and down when it is worth a deployment."""

from dataclasses import replace
from datetime import date
from typing import Final

from trimtab.decisions.rightsize.options import Option, cheapest, weigh
from trimtab.decisions.rightsize.risk import Risk
from trimtab.decisions.rightsize.tell import as_resize
from trimtab.model.decision import Keep, Resize
from trimtab.model.digest import SizingHistory
from trimtab.model.sizing import Terms
from trimtab.model.task_size import TaskSize

WHOLE_DAYS_MIN: Final = 2
"""The first day of a service is often not like the others: one more, and a fifth of the kills is left."""

HOLD_DAYS: Final = 4
"""A size that moved is not made cheaper for so long; a larger one is paid for at least as long."""

GAIN_MIN: Final = 0.06
GROWTH_GAIN_MIN: Final = 0.25
"""What another size has to gain, as a share of the running cost: each deployment is a risk of its own.

With 4 % there are a fifth more deployments for 1 % less cost, with 8 % as many for half a percent more. To
grow on a forecast alone asks for more: what is urgent is answered at once, and a small service that never
changes is left alone.
"""


def choose_size(current: TaskSize, history: SizingHistory, today: date, terms: Terms) -> Keep | Resize:
    """Choose by the finished days before ``today``.

    Returns:
        ``Resize``, or ``Keep``: ``too_little_data``, ``no_feasible_size``, ``fits``, ``moved_lately``,
        ``gains_too_little``. Never an error: what is not known is a ``Keep``.
    """
    if not history.digests:
        return Keep("too_little_data", "No day of its usage is known yet.")
    if not terms.sizes:
        return Keep("no_feasible_size", "No size lies within its bounds and above its floors.")
    risk = Risk.after(history.digests, today)
    here = weigh([current], risk, terms)[0]
    may_stay = current in terms.sizes and here.out_of_memory <= terms.profile.chance_max
    sizes = terms.sizes
    if may_stay:  # what costs more than the whole sum of the size in force is no cheaper sum
        sizes = tuple(s for s in sizes if terms.price.daily_usd(s) <= here.total_usd)
    best = cheapest(weigh(sizes, risk, terms), terms.profile.chance_max)
    if best.total_usd > here.total_usd and not any(size.holds(current) for size in terms.sizes):
        told = f"Within its bounds {best.size} would be the best, and is too little for what it uses."
        return Keep("no_feasible_size", f"{told} {current} stays until the bounds allow what holds it.")
    if best.size == current:
        return Keep("fits", f"{current} is the cheapest sum of its cost and its risks.")
    gain = (here.total_usd - best.total_usd) / here.daily_usd
    wanted = GROWTH_GAIN_MIN if best.daily_usd > here.daily_usd else GAIN_MIN
    if gain < wanted and may_stay:
        return Keep(
            "gains_too_little", f"{best.size} would gain {gain:.0%} of its cost; {wanted:.0%} is asked for."
        )
    if not best.size.holds(current) and (no := _too_soon(best, history, today)):
        # Neither CPU nor memory is cut yet, and yet it may need more of the other.
        larger = tuple(size for size in terms.sizes if size.holds(current))
        more = choose_size(current, history, today, replace(terms, sizes=larger)) if larger else no
        return more if isinstance(more, Resize) else no
    return as_resize(here, best, len(history.digests), terms)


def _too_soon(best: Option, history: SizingHistory, today: date) -> Keep | None:
    """Say why a size with less of something is not taken yet, None when it is."""
    whole = sum(d.whole for d in history.digests)
    if whole < WHOLE_DAYS_MIN:
        return Keep("too_little_data", f"{whole} whole days are known; a cut asks for {WHOLE_DAYS_MIN}.")
    moved = (today - history.last_move).days if history.last_move else HOLD_DAYS
    if moved < HOLD_DAYS:
        return Keep("moved_lately", f"{best.size} would be better; its size moved {moved} days ago.")
    return None
