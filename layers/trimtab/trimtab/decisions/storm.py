"""Whether stops come together because of something they share, and who goes first while they do."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final

from trimtab.model.budget import Limits
from trimtab.model.change import Change, Scalar, State, is_carried_out
from trimtab.model.storm import Brake, CountedStop

NARROW_TO_WIDE: Final = (
    "container_instance_arn",
    "image_digest",
    "subnet_id",
    "availability_zone",
    "capacity_provider_name",
)
"""What stops may share, by its name in the evidence of a restart."""

EXPLAINS: Final = 0.8
"""The narrowest thing is named that so much of the most shared is shared by: all tasks share a provider."""

A_STORM_ANYWHERE: Final = 50
"""So many lineages are a storm in any cluster, however small a share of its tasks they are."""

FIRST_HOLD, LONGEST_HOLD = timedelta(minutes=2), timedelta(minutes=30)
CANARY_LIVES: Final = timedelta(minutes=2)
FORGOTTEN_AFTER: Final = timedelta(hours=1)
"""A brake at which nobody has asked for so long says nothing of what stops now."""


class Fate(StrEnum):
    """What became of a canary."""

    NONE = "none"
    ON_ITS_WAY = "on_its_way"
    LIVED = "lived"
    DIED = "died"


class Step(StrEnum):
    """What a restart does at a brake."""

    GO_ON = "go_on"
    HOLD = "hold"
    GO_FIRST = "go_first"
    RELEASE = "release"
    HOLD_LONGER = "hold_longer"


def shares_of(evidence: Mapping[str, Scalar]) -> tuple[str, ...]:
    """Return what a stop may share with others, narrowest first; ``image_digest`` may name several."""
    return tuple(
        f"{name}={value}"
        for name in NARROW_TO_WIDE
        for value in str(evidence.get(name, "")).split(", ")
        if value
    )


def find_storms(
    stops: Sequence[CountedStop],
    brakes: Sequence[Brake],
    tracked: int | None,
    limits: Limits,
    now: datetime,
) -> list[tuple[str, int]]:
    """Return what is newly shared by too many stops, each with how many lineages share it.

    Args:
        stops: Lately stopped tasks of one cluster, by one class of causes.
        brakes: Those of that cluster and class; what they hold already is not counted again.
        tracked: How many tasks of the cluster are declared safe to run again and ran lately; None when
            nobody has counted: then the share is taken as reached, as holding harms less than a storm.
        limits: The thresholds.
        now: The present.
    """
    needed = limits.storm_lineages_min
    if tracked is not None:
        needed = max(needed, min(ceil(limits.storm_share_min * tracked), A_STORM_ANYWHERE))
    newest = max((stop.at for stop in stops), default=now)
    since = newest - timedelta(seconds=limits.storm_window_seconds)
    held = {brake.key for brake in brakes if is_open(brake, now)}
    over = {brake.key: brake.closed_at for brake in brakes if brake.closed_at is not None}
    left = [stop for stop in stops if stop.at > since and not held.intersection(stop.shares)]
    found = []
    while (storm := _most_telling(left, over, needed)) is not None:
        found.append(storm)
        left = [stop for stop in left if storm[0] not in stop.shares]
    return found


def _most_telling(
    stops: Iterable[CountedStop], over: Mapping[str, datetime], needed: int
) -> tuple[str, int] | None:
    """Return the narrowest thing shared by nearly as many lineages as the most shared, if by enough."""
    lineages = defaultdict[str, set[str]](set)
    for stop in stops:
        for key in stop.shares:
            if key not in over or stop.at > over[key]:
                lineages[key].add(stop.lineage)
    counts = {key: len(found) for key, found in lineages.items()}
    most = max(counts.values(), default=0)
    enough = [key for key, count in counts.items() if count >= max(needed, EXPLAINS * most)]
    if not enough:
        return None
    key = min(enough, key=lambda one: (NARROW_TO_WIDE.index(one.partition("=")[0]), -counts[one], one))
    return key, counts[key]


def is_open(brake: Brake, now: datetime) -> bool:
    """Tell whether a brake holds restarts."""
    return brake.closed_at is None and now < brake.hold_until + FORGOTTEN_AFTER


def fate_of(canary: Change | None, now: datetime) -> Fate:
    """Tell what became of the restart that went first; one that was put off or refused never went."""
    if canary is None:
        return Fate.NONE
    if canary.state is State.WATCHING:
        lived = now - canary.times.get(State.WATCHING, now) >= CANARY_LIVES
        return Fate.LIVED if lived else Fate.ON_ITS_WAY
    if canary.state in (State.APPLYING, State.DEPLOYING):
        return Fate.ON_ITS_WAY
    if canary.state is State.SUCCEEDED:
        return Fate.LIVED
    died = canary.state in (State.FAILED, State.NEEDS_HUMAN) and is_carried_out(canary)
    return Fate.DIED if died else Fate.NONE


def ask_brake(brake: Brake, canary: Change | None, me: str, now: datetime) -> tuple[Step, Brake]:
    """Return what a restart does at a brake that speaks of it, and the brake after that.

    Args:
        brake: As it stands.
        canary: The Change that went first, as it is now; None when none has.
        me: Whose restart asks: ``workload id``.
        now: The present.
    """
    if not is_open(brake, now) or brake.canary == me:
        return Step.GO_ON, brake
    after = replace(brake, version=brake.version + 1)
    fate = fate_of(canary, now)
    if fate is Fate.LIVED:
        return Step.RELEASE, replace(after, closed_at=now)
    if fate is Fate.DIED:
        hold = min(2 * timedelta(seconds=brake.hold_seconds), LONGEST_HOLD)
        return Step.HOLD_LONGER, replace(
            after, canary="", hold_seconds=round(hold.total_seconds()), hold_until=now + hold
        )
    if fate is Fate.NONE and now >= brake.hold_until:
        return Step.GO_FIRST, replace(after, canary=me, hold_until=now)
    return Step.HOLD, brake


def held_until(brake: Brake, canary: Change | None, now: datetime) -> datetime:
    """Return when it is worth asking at a brake again."""
    if canary is not None and canary.state is State.WATCHING:
        return max(canary.times.get(State.WATCHING, now) + CANARY_LIVES, now)
    return max(brake.hold_until, now + CANARY_LIVES / 2) if brake.canary else max(brake.hold_until, now)
