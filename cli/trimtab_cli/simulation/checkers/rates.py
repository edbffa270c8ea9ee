"""I24: of each of the account's ECS rate buckets, our calls take no more than a share."""

from trimtab_cli.simulation.trial import Trial
from trimtab_lab.ecs.rates import BUCKETS

WINDOWS_SECONDS = (1.0, 10.0, 60.0, 300.0)


def no_more_than_a_share(trial: Trial) -> list[str]:
    """In any window: at most share x (rate x seconds + burst) calls a bucket."""
    bucket_of = {op: name for name, (_, _, operations) in BUCKETS.items() for op in operations}
    times: dict[str, list[float]] = {}
    for call in trial.record.calls:
        if call.ours and call.service == "ecs":
            times.setdefault(bucket_of[call.operation], []).append(call.at)
    broken = []
    for name, ordered in times.items():
        burst, rate, _ = BUCKETS[name]
        for seconds in WINDOWS_SECONDS:
            allowed = trial.share_percent / 100 * (rate * seconds + burst)
            most = _most_within(ordered, seconds)
            if most > allowed:
                broken.append(f"{most} calls of {name} within {seconds:.0f} s; the share is {allowed:.0f}")
    return broken


def _most_within(ordered: list[float], seconds: float) -> int:
    most = first = 0
    for last, at in enumerate(ordered):
        while at - ordered[first] > seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def a_spent_share_fails_no_change(trial: Trial) -> list[str]:
    """An applier that finds the share used up comes back later: it does not fail, and no letter is dead."""
    return [
        f"{one.function} failed: {one.why}"
        for one in trial.lambdas.errors
        if one.function == "apply_change" and one.why.startswith("ShareSpentError")
    ]
