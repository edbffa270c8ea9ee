"""How much of a task each container needs, where somebody measures single containers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from math import ceil
from typing import Any, Final

from trimtab.model.container_sizes import application_of, claimed_mib
from trimtab.model.decision import Keep, Resize
from trimtab.model.digest import DayDigest
from trimtab.model.usage import ContainerUse

ROOM_BESIDE: Final = 1.05
"""What was used at most, with a little room, has to fit beside the memory that sidecars hold."""

DAYS_MIN: Final = 7
"""A split that is known for less than a week has not seen each day of the week."""

FULL: Final = 0.9
"""A container that has used so much of its own limit is told: a larger task does not help it."""

Used = Mapping[str, ContainerUse]


def needed_mib(
    containers: Sequence[Mapping[str, Any]], used: Used, digests: Sequence[DayDigest]
) -> int | None:
    """Return the MiB that a task needs for its application and for what the others hold or use.

    The split is known for some days only: where tasks used more on others, every container is taken to have
    used more in the same ratio. What AWS put into the tasks counts once for each kind.

    Args:
        containers: Of the task definition.
        used: By name; one of the definition's that is missing makes the split unknown.
        digests: What is known of whole tasks.

    Returns:
        None where the split is not known: then all that a task used counts as its application's.
    """
    app, names = application_of(containers), [str(one["name"]) for one in containers]
    if app is None or any(name not in used for name in names):
        return None
    factor = _factor(frozenset.intersection(*(used[name].days for name in names)), digests)
    if factor is None:
        return None

    def need(mib: float) -> int:
        return ceil(mib * factor * ROOM_BESIDE)

    others = [one for one in containers if one["name"] != app]
    held = sum(max(claimed_mib(one), need(used[one["name"]].memory_mib)) for one in others)
    return need(used[app].memory_mib) + held + sum(need(mib) for mib in put_in_mib(containers, used).values())


def _factor(split_days: Collection[date], digests: Sequence[DayDigest]) -> float | None:
    """Return how much more whole tasks used on all days than on those of which the split is known."""
    peaks = {day.day: day.memory_peak_mib for day in digests if day.memory_peak_mib}
    known = [peaks[day] for day in split_days if day in peaks]
    return max(peaks.values()) / max(known) if len(known) >= DAYS_MIN else None


def put_in_mib(containers: Sequence[Mapping[str, Any]], used: Used) -> dict[str, float]:
    """Return the highest memory of what is in the tasks and not in their definition, by kind.

    The Service Connect proxy and agents have names that end in something new in each deployment or task.
    """
    named = {one["name"] for one in containers}
    found: dict[str, float] = {}
    for name in sorted(used.keys() - named):
        kind = name.rpartition("-")[0] or name
        found[kind] = max(found.get(kind, 0.0), used[name].memory_mib)
    return found


def told_split(decision: Keep | Resize, containers: Sequence[Mapping[str, Any]], used: Used) -> Keep | Resize:
    """Add to a decision what each container has used at most, where that is measured."""
    if not used:
        return decision
    parts = [_told(one, used[one["name"]]) for one in containers if one["name"] in used]
    parts += [
        f"{kind}, which AWS put in, {mib:.0f} MiB" for kind, mib in put_in_mib(containers, used).items()
    ]
    full = [str(one["name"]) for one in containers if _is_full(one, used)]
    says = (
        f" {' and '.join(full)} came near a limit of its own, which a larger task does not lift."
        if full
        else ""
    )
    told = "; ".join(parts)
    sentence = f"{decision.sentence} Used at most by container: {told}.{says}"
    return replace(decision, sentence=sentence, evidence={**decision.evidence, "containers_used": told})


def _told(container: Mapping[str, Any], use: ContainerUse) -> str:
    claimed = claimed_mib(container)
    of = f" of {claimed}" if claimed else ""
    return f"{container['name']} {use.memory_mib:.0f}{of} MiB and {use.cpu_units:.0f} CPU units"


def _is_full(container: Mapping[str, Any], used: Used) -> bool:
    limit, use = int(container.get("memory") or 0), used.get(str(container["name"]))
    return bool(limit and use and use.memory_mib >= FULL * limit)
