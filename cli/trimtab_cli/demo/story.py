"""What Trimtab did, refused and why: read from its own tables, as an operator would."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trimtab.adapters.dynamodb_items import read_change
from trimtab.model.change import Change, Kind, State
from trimtab.model.service import Strategy


@dataclass(frozen=True, slots=True)
class Line:
    """One Change of the timeline, or several alike: the first, how many, and when the last was."""

    at: datetime
    workload: str
    kind: str
    what: str
    why: str
    state: str
    outcome: str
    count: int = 1
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something left alone, how often, and why."""

    workload: str
    reason: str
    count: int
    sentence: str


def timeline(items: Iterable[dict[str, Any]]) -> list[Line]:
    """Return the Changes in the order of their decision; those alike in all but time are one line."""
    changes = [read_change(item) for item in items if item["item"].startswith("CHANGE#")]
    alike: dict[tuple[str, ...], list[Change]] = defaultdict(list)
    for change in sorted(changes, key=lambda c: (c.created_at, c.name, c.id)):
        said = (change.name, change.kind, change.reason, change.state, change.outcome, _what(change))
        alike[said].append(change)
    return sorted((_line(group) for group in alike.values()), key=lambda line: (line.at, line.workload))


def _line(alike: list[Change]) -> Line:
    first = alike[0]
    return Line(
        first.created_at,
        first.name,
        first.kind.value,
        _what(first),
        first.sentence,
        first.state.value,
        "" if first.outcome_sentence in first.sentence else first.outcome_sentence,
        len(alike),
        alike[-1].created_at,
    )


def _what(change: Change) -> str:
    """Say in a few words what the Change is about."""
    target = change.target
    if change.kind is Kind.RESTART:
        told = "start it again" if target.attempt else "leave it stopped"
        return f"{told} with {target.size.memory_mib} MiB" if target.size else told
    if target.size and change.base.size and target.size != change.base.size:
        return f"{change.base.size} → {target.size}"
    if change.kind is Kind.SHIFT and not target.capacity_provider_strategy:
        return "stay where it is"
    if target.capacity_provider_strategy:
        return (
            f"{_pools(change.base.capacity_provider_strategy)} → {_pools(target.capacity_provider_strategy)}"
        )
    return "back to what was in force"


def _pools(strategy: Strategy) -> str:
    return " + ".join(item.capacity_provider for item in strategy) or "launch type"


def refusals(control: Iterable[dict[str, Any]]) -> list[Refusal]:
    """Return what was left alone: stops that were not answered, services that were not sized."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    in_time = sorted(control, key=lambda item: (item.get("expires_at", 0), item["key"], item["part"]))
    for workload, reason, sentence in (told for item in in_time for told in _told(item)):
        found[workload, reason].append(sentence)
    return [
        Refusal(workload, reason, len(sentences), sentences[-1])
        for (workload, reason), sentences in sorted(found.items())
    ]


ANSWERED = frozenset({State.PLANNED, State.PROPOSED, State.APPROVED})


def _told(item: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield workload, reason and sentence of a stop that led to no Change, or a size that was kept."""
    if item["key"].startswith("stop#") and item["decided"] not in ANSWERED:
        workload = str(item["service"] or item["family"])
        yield workload, f"stop: {item['cause']}, {item['decided']}", str(item["decided_sentence"])
    elif item["key"].startswith("plan#") and item.get("action") == "keep":
        yield str(item.get("service") or item["family"]), f"size: {item['reason']}", str(item["sentence"])
