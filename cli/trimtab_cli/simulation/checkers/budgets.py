"""I4, I27: no more than the limits allow, under any concurrency; one at a time until one has ended well."""

from collections import Counter

from trimtab_cli.simulation.checkers.readings import service_name
from trimtab_cli.simulation.record import Write
from trimtab_cli.simulation.trial import Trial

SIZES, STRATEGIES = ("resize",), ("shift", "return")
SIZES_A_DAY_MAX, SHIFTS_A_DAY_MAX = 2, 8
"""What the policy allows a service where it says nothing."""

PATIENT = ("resize", "return")


def limits_hold(trial: Trial) -> list[str]:
    """No service gets more sizes or shifts a day than the policy's defaults allow."""
    counts: Counter[tuple[str, str, int]] = Counter()
    for write in trial.writes_of("UpdateService"):
        kind = str(write.change["kind"]) if write.change else ""
        what = "sizes" if kind in SIZES else "shifts" if kind in STRATEGIES else ""
        if what:
            counts[(what, service_name(write), int(write.at // 86400))] += 1
    most = {"sizes": SIZES_A_DAY_MAX, "shifts": SHIFTS_A_DAY_MAX}
    return [
        f"{name} got {count} {what} in a day"
        for (what, name, _), count in counts.items()
        if count > most[what]
    ]


def the_ramp_holds(trial: Trial) -> list[str]:
    """No roll-out that could wait begins beside more others than have ended well before."""
    broken = []
    for write in trial.writes_of("UpdateService"):
        if write.change is None or write.change["kind"] not in PATIENT:
            continue
        others, successes = _standing_at(trial, write)
        if others + 1 > 1 << successes:
            broken.append(
                f"{write.change['kind']} of {service_name(write)} began beside {others} others "
                f"after {successes} successes"
            )
    return broken


def _standing_at(trial: Trial, write: Write) -> tuple[int, int]:
    """Return how many other roll-outs were on their way at a write, and how many resizes had succeeded."""
    states: dict[str, tuple[str, str]] = {}
    for step in trial.ledger.steps:
        if step.at > write.at:
            break
        after = step.after
        if after is not None and step.item.startswith("CHANGE#"):
            states[step.item] = (str(after["kind"]), str(after["state"]))
    own = f"CHANGE#{write.change['id']}" if write.change else ""
    others = sum(
        kind in PATIENT and state == "deploying" for item, (kind, state) in states.items() if item != own
    )
    return others, sum(kind == "resize" and state == "succeeded" for kind, state in states.values())
