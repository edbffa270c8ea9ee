"""I1, I2, I3: ECS is changed only where a team asked for it, and only while the switch allows it."""

from trimtab_cli.simulation.trial import Trial


def changed_only_where_asked(trial: Trial) -> list[str]:
    """Each write to a service finds the tag of a mode that applies, no hold, and a switch that runs."""
    broken = []
    for write in trial.writes:
        if write.function != "apply_change":
            broken.append(f"{write.function} called {write.operation}")
        if write.operation == "UpdateService":
            if write.tags.get("trimtab:mode") != "apply" and not _asked_lately(trial, write.at):
                broken.append(f"UpdateService of {write.request['service']} with tags {write.tags}")
            if write.switch != "run":
                broken.append(f"UpdateService while the switch said {write.switch}")
    return broken


def _asked_lately(trial: Trial, at: float) -> bool:
    """Tell whether somebody withdrew a tag less than the minute ago in which a reading stays fresh."""
    return any(
        call.operation == "TagResource" and call.principal == "human" and at - 60 <= call.at <= at
        for call in trial.lab.calls
    )
