"""I32: telling never holds anything up, and never floods."""

from trimtab_cli.simulation.trial import Trial

NOTICES_AN_HOUR_MAX = 60


def notices_do_not_flood(trial: Trial) -> list[str]:
    """However much happens to a few services, people are told at most once a minute on average."""
    times = sorted(
        call.at for call in trial.record.calls if call.ours and call.service == "sns" and call.error is None
    )
    broken = []
    for first in range(len(times) - NOTICES_AN_HOUR_MAX):
        if times[first + NOTICES_AN_HOUR_MAX] - times[first] < 3600:
            broken.append(f"more than {NOTICES_AN_HOUR_MAX} notices within an hour")
            break
    return broken
