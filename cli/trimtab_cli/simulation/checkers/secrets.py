"""I29: the secret that was planted in environments and overrides is seen nowhere."""

from trimtab_cli.simulation.scene import CANARY
from trimtab_cli.simulation.trial import Trial


def no_secret_is_seen(trial: Trial) -> list[str]:
    """Not in logs, metrics, notices, tables in clear, exceptions or dead letters."""
    places = {
        "a log line": trial.notebook.lines,
        "the Changes table": trial.changes,
        "the Control table": trial.control,
        "an exception": trial.lambdas.errors,
        "a dead letter": trial.lambdas.dead_letters,
        "a notice": list(trial.lab.sns.published),
    }
    return [f"the secret stands in {place}" for place, things in places.items() if CANARY in repr(things)]
