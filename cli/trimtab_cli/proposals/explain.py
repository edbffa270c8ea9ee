"""One service's size explained: every option with its sum, which won, and what forbids others."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from trimtab.decisions.rightsize.options import Option, cheapest
from trimtab.model.decision import Resize
from trimtab.model.task_definition import size_floor
from trimtab.model.task_size import TaskSize
from trimtab.workflows.size_of_service import start_floor_mib
from trimtab_cli.proposals.rows import Row, details_of

if TYPE_CHECKING:
    from trimtab.workflows.propose_sizes import Proposal

NEAR: Final = 12
"""Options that are shown without --all: the cheapest sums, and always the one in force."""

UNSPLIT: Final = (
    "Its containers count as one: the metrics are those of whole tasks, with what AWS puts into them "
    "(Service Connect proxy, agents). Container Insights with enhanced observability tells them apart, and "
    "is read where another size hangs on it."
)

IN_FORCE, WINS, BEST, TOO_OFTEN = "in force", "wins", "cheapest sum", "killed too often"


def options_of(one: "Proposal", every: bool) -> list[Row]:
    """Return the options as rows, by size; without ``every`` only those near the best sum."""
    if not one.options or one.terms is None or one.size is None:
        return []
    terms, shown = one.terms, list(one.options)
    if not every:
        marked = {one.size, one.proposed}
        near = sorted(one.options, key=lambda option: _rank(option, terms.profile.chance_max))[:NEAR]
        shown = [option for option in one.options if option in near or option.size in marked]
    best = cheapest(one.options, terms.profile.chance_max).size
    ordered = sorted(shown, key=lambda option: option.size)
    return [_row(option, one, _marks(option, one, best)) for option in ordered]


def _rank(option: Option, chance_max: float) -> tuple[bool, float, TaskSize]:
    return option.out_of_memory > chance_max, *option.order


def _marks(option: Option, one: "Proposal", best: TaskSize) -> list[str]:
    marks = [IN_FORCE] if option.size == one.size else []
    if option.size == one.proposed and isinstance(one.answer, Resize):
        marks.append(WINS)
    elif option.size == best:
        marks.append(BEST)
    if one.terms and option.out_of_memory > one.terms.profile.chance_max:
        marks.append(TOO_OFTEN)
    return marks


def _row(option: Option, one: "Proposal", marks: list[str]) -> Row:
    usd = option.daily_usd if one.on_fargate else None
    peak = max((day.memory_peak_mib or 0 for day in one.history.digests), default=0)
    return {
        "cpu_units": option.size.cpu_units,
        "memory_mib": option.size.memory_mib,
        "usd_month": one.monthly_usd(option.size),
        "usd_day": None if usd is None else round(usd, 4),
        "cpu_lacking_ratio": round(option.shed_ratio, 6),
        "cpu_short_ratio": round(option.short_ratio, 6),
        "kill_chance_day": round(option.out_of_memory, 6),
        "memory_headroom_ratio": round(option.size.memory_mib / peak - 1, 4) if peak else None,
        "sum_usd_day": round(option.total_usd, 4) if one.on_fargate else None,
        "marks": marks,
    }


def forbids(one: "Proposal") -> list[str]:
    """Return in sentences what keeps sizes from being chosen for a service."""
    if one.one is None:
        return []
    setting, scope = one.one.setting, one.one.scope
    floor, starts = size_floor(one.one.definition), start_floor_mib(one.one, one.history)
    told = [f"Bounds of its policy: {setting.smallest} to {setting.largest}."]
    if floor != TaskSize(0, 0):
        told.append(f"Its containers claim {floor} for themselves.")
    if starts:
        told.append(f"Starting up has taken {starts} MiB, with a little room.")
    if scope.memory_aside_mib:
        told.append(f"Its sidecars hold {scope.memory_aside_mib} MiB, which its application cannot have.")
    readable = not one.of_family and not scope.on_instances
    if readable and len(one.one.definition.containers) > 1 and not one.one.used:
        told.append(UNSPLIT)
    told += [text for text in (*scope.notes, scope.why) if text]
    told.append("Kills for memory, and sizes that were taken back, are known to an installation only.")
    return told


def as_json(one: "Proposal", every: bool) -> dict[str, Any]:
    """Return everything about one service, as docs/plan.md has it."""
    days = one.history.digests
    return {
        **details_of(one),
        "profile": one.terms.profile.name if one.terms else None,
        "oom_usd": one.terms.profile.oom_usd if one.terms else None,
        "shed_price": one.terms.profile.shed_price if one.terms else None,
        "short_usd": one.terms.profile.short_usd if one.terms else None,
        "kill_chance_day_max": one.terms.profile.chance_max if one.terms else None,
        "first_day": days[0].day.isoformat() if days else None,
        "last_day": days[-1].day.isoformat() if days else None,
        "last_move": one.history.last_move.isoformat() if one.history.last_move else None,
        "options": options_of(one, every),
        "forbids": forbids(one),
    }


def rule_of(one: "Proposal") -> Sequence[str]:
    """Return the sum in words: what is added up, at whose prices."""
    if one.terms is None or not one.on_fargate:
        return []
    profile = one.terms.profile
    return [
        f"The sum, in $ a day and task: running cost + running cost x {profile.shed_price:g} x share of CPU "
        f"that is lacking + {profile.short_usd:g} $ x share of the time in which all of it is wanted "
        f"+ {profile.oom_usd:g} $ x chance of a kill for memory (profile {profile.name}). "
        f"No size with a chance above {profile.chance_max:g} a day, unless all have."
    ]
