"""I29: the secret that was planted in environments and overrides is seen nowhere."""

from trimtab_cli.simulation.scene import CANARY
from trimtab_cli.simulation.trial import Trial


def no_secret_is_seen(trial: Trial) -> list[str]:
    """Not in logs, metrics, notices, tables in clear, exceptions or dead letters."""
    lambdas = trial.lambdas
    told = [
        call.request for call in trial.record.calls if call.ours and call.service in ("sns", "events", "ssm")
    ]
    places = {
        "a log line": trial.notebook.lines,
        "the Changes table": trial.ledger.raw(),
        "the Control table": trial.control,
        "an exception": lambdas.errors,
        "a dead letter": lambdas.dead_letters,
        "a notice": told,
    }
    return [f"the secret stands in {place}" for place, things in places.items() if CANARY in repr(things)]
