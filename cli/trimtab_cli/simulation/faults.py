"""What may go wrong, each with its own rate; a seed switches each class on or off (swarm)."""

from collections import Counter
from dataclasses import dataclass, fields, replace
from random import Random
from typing import Final, Self

ON_SHARE: Final = 0.2
FAULT_FREE_SHARE: Final = 0.1
RATE_MIN, RATE_MAX = 0.005, 0.2
ON_SHARES: Final = {
    "struck": 0.5, "released_ahead": 0.5, "answer_lost": 0.4, "kill_storm": 0.03, "long": 0.04,
    "spot_gone": 0.1, "quiet": 0.1,
}  # fmt: skip
"""Faults that only our few writes to ECS can meet are on more often; what takes long to live, seldom."""

FIXED_RATES: Final = {"struck": 0.5, "released_ahead": 0.5, "unknown_field": 0.3, "late_list": 0.7}
"""Faults that have few occasions, and those that last, do not have their rate drawn."""

OWN_DICE: Final = {
    "late_record": 0.5, "overtaken": 0.5, "done_by_hand": 0.7, "deleted_just_then": 0.5, "scaled_out": 0.5,
    "memory_creeps": 0.7, "size_crashes": 0.5, "update_throttled": 0.3, "late_metrics": 0.3,
    "stopped_just_then": 0.5, "crashed_over": 0.5, "long": 1.0, "spot_gone": 1.0, "quiet": 1.0,
}  # fmt: skip
"""Rates of faults that each have dice of their own: when they came, nothing else of a seed fell otherwise."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Rates; 0 is off. ``docs/simulation.md`` says what each one stands for.

    The first group is thrown for each call of a function, the second for each delivery, the third for
    each invocation, the fourth for each write or step of ours that somebody may run into, or that turns out
    badly. The last are thrown once a seed: their rate only says whether they are on.
    """

    throttled: float = 0.0
    update_throttled: float = 0.0
    timed_out: float = 0.0
    server_error: float = 0.0
    denied: float = 0.0
    answer_lost: float = 0.0
    killed: float = 0.0
    frozen: float = 0.0
    slow: float = 0.0
    table_throttled: float = 0.0
    table_conflict: float = 0.0
    table_answer_lost: float = 0.0
    notice_fails: float = 0.0
    stale_read: float = 0.0
    missing_service: float = 0.0
    late_list: float = 0.0
    late_record: float = 0.0
    page_lost: float = 0.0
    page_twice: float = 0.0
    tags_missing: float = 0.0
    stale_index: float = 0.0
    other_version: float = 0.0
    unknown_field: float = 0.0
    bad_metrics: float = 0.0
    late_metrics: float = 0.0

    event_lost: float = 0.0
    event_twice: float = 0.0
    event_late: float = 0.0
    event_malformed: float = 0.0
    bell_lost: float = 0.0
    bell_twice: float = 0.0

    clock_skewed: float = 0.0
    clock_jumped: float = 0.0

    struck: float = 0.0
    released_ahead: float = 0.0
    overtaken: float = 0.0
    done_by_hand: float = 0.0
    deleted_just_then: float = 0.0
    scaled_out: float = 0.0
    memory_creeps: float = 0.0
    size_crashes: float = 0.0
    stopped_just_then: float = 0.0
    crashed_over: float = 0.0

    switch_flips: float = 0.0
    switch_malformed: float = 0.0
    policy_malformed: float = 0.0
    item_poisoned: float = 0.0
    service_recreated: float = 0.0
    outage: float = 0.0
    kill_storm: float = 0.0
    long: float = 0.0
    spot_gone: float = 0.0
    quiet: float = 0.0

    @classmethod
    def drawn(cls, seed: int) -> Self:
        """Draw a seed's faults: one seed in ten has none and must do exactly the expected."""
        chance = Random(f"{seed}/trial")
        if chance.random() < FAULT_FREE_SHARE:
            return cls()
        names = [one.name for one in fields(cls) if one.name not in OWN_DICE]
        on = [name for name in names if chance.random() < ON_SHARES.get(name, ON_SHARE)]
        rates = {name: RATE_MIN * (RATE_MAX / RATE_MIN) ** chance.random() for name in on}
        rates |= {name: rate for name, rate in FIXED_RATES.items() if name in rates}
        own = {n: Random(f"{seed}/{n}").random() < ON_SHARES.get(n, ON_SHARE) for n in OWN_DICE}
        return replace(cls(), **rates, **{name: OWN_DICE[name] for name, is_on in own.items() if is_on})

    @property
    def any(self) -> bool:
        """Whether anything may go wrong; the seeds without are calm: nobody else acts in them either."""
        return any(getattr(self, one.name) for one in fields(self))


class Dice:
    """Throws a seed's faults and counts those that fired. Healed, it throws none."""

    def __init__(self, faults: Faults, chance: Random) -> None:
        self.faults, self._chance = faults, chance
        self.fired: Counter[str] = Counter()
        self.healed = False
        self.outage = (0.0, 0.0)
        """From when until when ECS answers none of our calls."""

    def ecs_is_out(self, now: float) -> bool:
        """Tell whether a call of ours meets the outage; count it."""
        begin, end = self.outage
        out = begin <= now < end and not self.healed
        self.fired["outage"] += out
        return out

    def throw(self, name: str) -> bool:
        """Tell whether the fault of that name fires now."""
        rate = getattr(self.faults, name)
        if self.healed or not rate or self._chance.random() >= rate:
            return False
        self.fired[name] += 1
        return True

    def on(self, name: str) -> bool:
        """Tell whether a fault that is thrown once a seed is switched on; count it."""
        if not getattr(self.faults, name):
            return False
        self.fired[name] += 1
        return True
