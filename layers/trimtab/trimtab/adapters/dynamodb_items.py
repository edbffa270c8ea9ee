"""How a Change lies in its table: model -> plain values -> DynamoDB's types, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, cast

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from trimtab.model.change import Base, Change, Kind, MonthlyUsd, State, Target, Turn
from trimtab.model.errors import UnreadableError
from trimtab.model.keys import change_item
from trimtab.model.service import Strategy, StrategyItem
from trimtab.model.task_size import TaskSize

Item = dict[str, Any]

_SERIALIZER: Final = TypeSerializer()
_DESERIALIZER: Final = TypeDeserializer()
INSTANT_CHARACTERS: Final = 20


def to_dynamodb(plain: Mapping[str, Any]) -> Item:
    """Return plain values in DynamoDB's types; floats become exact decimals of what they print as."""
    return {key: _typed(value) for key, value in plain.items()}


def from_dynamodb(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return DynamoDB's types as plain values: whole numbers are int, others float."""
    return {key: _plain(value) for key, value in item.items()}


def instant(at: datetime) -> str:
    """Return an instant as text that sorts; whole seconds."""
    whole = at.astimezone(UTC).isoformat(timespec="seconds")  # strftime takes thrice as long
    return whole.removesuffix("+00:00") + "Z"


def read_instant(text: str) -> datetime:
    """Return the instant that ``instant`` wrote; raises ValueError for any other text."""
    if len(text) != INSTANT_CHARACTERS or not text.endswith("Z"):
        raise ValueError(f"{text[:40]!r} is no instant")
    return datetime.fromisoformat(text)  # a tenth of what strptime takes


def write_change(change: Change) -> dict[str, Any]:
    """Return a Change as plain values, keys of the table included."""
    usd = change.monthly_usd
    return {
        "workload": change.workload,
        "item": change_item(change.id),
        "id": change.id,
        "kind": change.kind.value,
        "state": change.state.value,
        "turn": change.turn.value,
        "due_at": instant(change.due_at),
        "cluster": change.cluster,
        "name": change.name,
        "mode": change.mode,
        "base": _write_base(change.base),
        "target": _write_target(change.target),
        "rule": change.rule,
        "reason": change.reason,
        "sentence": change.sentence,
        "cause": change.cause,
        "decide_by": instant(change.decide_by),
        "created_at": instant(change.created_at),
        "evidence": dict(change.evidence),
        "monthly_usd": {"before": usd.before, "after": usd.after, "basis": usd.basis} if usd else None,
        "depth": change.depth,
        "parent": change.parent,
        "watch_seconds": change.watch_seconds,
        "fence": change.fence,
        "wakes": change.wakes,
        "outcome": change.outcome,
        "outcome_sentence": change.outcome_sentence,
        "applied": dict(change.applied),
        "times": {state: instant(at) for state, at in change.times.items()},
        **({"open_turn": change.turn.value} if change.is_open else {}),
    }


def read_change(plain: Mapping[str, Any]) -> Change:
    """Return the Change that ``write_change`` wrote.

    Raises:
        UnreadableError: It was not written by a version like this one, or somebody edited it.
    """
    try:
        return _read_change(plain)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as fault:
        raise UnreadableError(
            f"cannot read {plain.get('item')} of {plain.get('workload')}: {type(fault).__name__} {fault}. "
            "It was left as it is. Another version of Trimtab wrote it, or somebody edited it: deploy that "
            "version, or repair the item by hand."
        ) from fault


def _read_change(plain: Mapping[str, Any]) -> Change:
    usd = plain.get("monthly_usd")
    return Change(
        workload=plain["workload"],
        id=plain["id"],
        kind=Kind(plain["kind"]),
        state=State(plain["state"]),
        turn=Turn(plain["turn"]),
        due_at=read_instant(plain["due_at"]),
        cluster=plain["cluster"],
        name=plain["name"],
        mode=plain["mode"],
        base=_read_base(plain["base"]),
        target=_read_target(plain["target"]),
        rule=plain["rule"],
        reason=plain["reason"],
        sentence=plain["sentence"],
        cause=plain["cause"],
        decide_by=read_instant(plain["decide_by"]),
        created_at=read_instant(plain["created_at"]),
        evidence=plain["evidence"],
        monthly_usd=MonthlyUsd(float(usd["before"]), float(usd["after"]), usd["basis"]) if usd else None,
        depth=plain["depth"],
        parent=plain.get("parent"),
        watch_seconds=plain["watch_seconds"],
        fence=plain["fence"],
        wakes=plain["wakes"],
        outcome=plain["outcome"],
        outcome_sentence=plain["outcome_sentence"],
        applied=plain["applied"],
        times={state: read_instant(at) for state, at in plain["times"].items()},
    )


def write_strategy(strategy: Strategy) -> list[dict[str, Any]]:
    """Return a strategy as plain values."""
    return [{"provider": i.capacity_provider, "weight": i.weight, "base": i.base} for i in strategy]


def read_strategy(items: Sequence[Mapping[str, Any]]) -> Strategy:
    """Return the strategy that ``write_strategy`` wrote."""
    return tuple(StrategyItem(i["provider"], i["weight"], i["base"]) for i in items)


def _write_base(base: Base) -> dict[str, Any]:
    return {
        "task_definition": base.task_definition,
        "strategy": write_strategy(base.capacity_provider_strategy),
        "launch_type": base.launch_type,
        "size": _write_size(base.size),
    }


def _read_base(plain: Mapping[str, Any]) -> Base:
    return Base(
        plain["task_definition"],
        read_strategy(plain["strategy"]),
        plain["launch_type"],
        _read_size(plain["size"]),
    )


def _write_target(target: Target) -> dict[str, Any]:
    return {
        "size": _write_size(target.size),
        "task_definition": target.task_definition,
        "strategy": write_strategy(target.capacity_provider_strategy),
        "launch_type": target.launch_type,
        "stopped_task": target.stopped_task,
        "attempt": target.attempt,
        "container_limit": list(target.container_limit) if target.container_limit else None,
    }


def _read_target(plain: Mapping[str, Any]) -> Target:
    return Target(
        _read_size(plain["size"]),
        plain["task_definition"],
        read_strategy(plain["strategy"]),
        plain["launch_type"],
        plain["stopped_task"],
        plain["attempt"],
        (str(limit[0]), int(limit[1])) if (limit := plain.get("container_limit")) else None,
    )


def _write_size(size: TaskSize | None) -> list[int] | None:
    return [size.cpu_units, size.memory_mib] if size else None


def _read_size(plain: Sequence[int] | None) -> TaskSize | None:
    return TaskSize(plain[0], plain[1]) if plain else None


def _typed(value: Any) -> Item:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, Mapping):
        return {"M": to_dynamodb(value)}
    if isinstance(value, list | tuple):
        return {"L": [_typed(inner) for inner in value]}
    if value is None:
        return {"NULL": True}
    exact = Decimal(repr(value)) if isinstance(value, float) else value
    return cast(Item, _SERIALIZER.serialize(exact))


def _plain(typed: Any) -> Any:
    ((kind, content),) = typed.items()
    if kind in ("S", "BOOL"):
        return content
    if kind == "N":
        return int(content) if content.isdecimal() else _number(content)
    if kind == "M":
        return from_dynamodb(content)
    if kind == "L":
        return [_plain(inner) for inner in content]
    return None if kind == "NULL" else _DESERIALIZER.deserialize(typed)


def _number(text: str) -> int | float:
    """Return a number that is not written in digits alone, as nearly all are: four times as fast."""
    exact = Decimal(text)
    return int(exact) if exact == exact.to_integral_value() else float(exact)
