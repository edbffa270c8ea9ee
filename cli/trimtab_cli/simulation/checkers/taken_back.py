"""I17: what ECS itself took back is known as taken back: it is a reversal, not somebody's deployment."""

from trimtab_cli.simulation.checkers.readings import service_name
from trimtab_cli.simulation.record import Write
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial

WENT_BACK = ("ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")
FORWARD = ("resize", "raise_memory", "return")
TAKEN_FOR_ANOTHERS = ("succeeded", "superseded")


def what_ecs_took_back_counts(trial: Trial) -> list[str]:
    """No Change ends well, or as overtaken by somebody, whose deployment ECS itself went back from."""
    ends = {change["id"]: change for change in trial.changes}
    broken = []
    for write in trial.writes_of("UpdateService"):
        if write.change is None or write.change["kind"] not in FORWARD:
            continue
        change = ends[write.change["id"]]
        # What covered a deployment is being taken back already, and may be overtaken before it is.
        unheard = change["state"] in TAKEN_FOR_ANOTHERS and "rolling_back" not in change["times"]
        if unheard and _went_back(trial, write):
            broken.append(f"{change['kind']} {change['id']} is {change['state']}, though ECS took it back")
    return broken


def _went_back(trial: Trial, write: Write) -> bool:
    service = trial.lab.ecs.world.clusters[CLUSTER].services[service_name(write)]
    return any(one.created_at == write.at and one.status in WENT_BACK for one in service.history)
