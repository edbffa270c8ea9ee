"""How much of an ECS request bucket may be taken now, with one number a bucket: its arrival time.

The generic cell rate algorithm: every call moves the time at which the share would be full again, the
arrival time, on by what one call takes to refill, and a call fits as long as that time is no further ahead
than the burst allows. Whatever holders do with what they took, in every window of ``t`` seconds

    calls <= share x refill x t + share x burst.

A leased call may be made up to ``LEASE_SECONDS`` after it was taken, so the calls of a window were taken in
one that is as much longer; the burst is lowered by what refills in that time, and the bound holds strictly.
Where the clocks of two holders are ``s`` seconds apart, share x refill x s more may come through.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trimtab.model.api_rates import Bucket
from trimtab.model.change import Kind

LEASE_SECONDS: Final = 1.0
"""How long after it was asked for a call may be made; what is left of a lease then is lost."""

LEASED_MAX: Final = 50
HOLDERS: Final = 5
"""Who may read in bulk at the same time: four shards of the plan and an inventory."""

RESERVED: Final[Mapping[Kind, float]] = {
    Kind.ROLLBACK: 0.0,
    Kind.RESTART: 0.125,
    # Tasks are being killed, as before a restart; it asks for registrations, of which a restart needs none.
    Kind.RAISE_MEMORY: 0.125,
    Kind.SHIFT: 0.25,
    Kind.RETURN: 0.5,
    Kind.RESIZE: 0.5,
    Kind.HAND_OVER: 0.5,
    Kind.TAG: 0.5,
    Kind.ALERT: 0.5,
}
"""The part of the burst that each kind of work leaves to more urgent ones; looking round is as a resize."""

ASTRAY_SECONDS: Final = 10.0
"""An arrival time further ahead than the burst and this was written by a clock that was wrong."""

MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What one kind of work may take from one bucket.

    Attributes:
        call_us: By how many microseconds one call moves the arrival time.
        ahead_us: How far it may be ahead of now after that.
        full_us: How far it may be ahead for the most urgent work.
        leased_max: Calls to lease at a time, at most.
    """

    call_us: int
    ahead_us: int
    full_us: int
    leased_max: int


def terms_of(bucket: Bucket, share: float, kind: Kind) -> Terms:
    """Return the terms of one kind of work; a share of 10 % or more has room for one call of any kind.

    Args:
        bucket: Of the ECS API.
        share: Ratio of its burst and refill that Trimtab may take.
        kind: What the work is for.
    """
    per_second = share * bucket.refill_per_second
    burst = share * bucket.burst - per_second * LEASE_SECONDS
    usable = min(burst, max(1.0, burst * (1 - RESERVED[kind])))
    call_us = math.ceil(MICROSECONDS / per_second)
    leased = min(LEASED_MAX, math.floor(share * bucket.burst / HOLDERS), math.floor(usable))
    return Terms(
        call_us,
        math.floor(usable * call_us),
        math.floor(burst * call_us),
        1 if bucket.writes else max(1, leased),
    )


def short_us(arrival_us: int, calls: int, now_us: int, terms: Terms) -> int:
    """Return in how many microseconds so many calls fit; 0 or less when they do now."""
    return max(arrival_us, now_us) + calls * terms.call_us - now_us - terms.ahead_us


def astray(arrival_us: int, now_us: int, terms: Terms) -> bool:
    """Tell whether an arrival time lies where no clock that is right can have put it."""
    return arrival_us > now_us + terms.full_us + round(ASTRAY_SECONDS * MICROSECONDS)


def next_lease(leased: int, used_up: bool, terms: Terms) -> int:
    """Return how many calls to take: one, and twice as many each time that a lease was used up in time.

    Who makes one call wastes nothing; who reads a fleet soon asks for many at once.
    """
    return min(leased * 2, terms.leased_max) if used_up else 1
