"""In a storm of stops one restart goes first, and the others wait until it has lived."""

from itertools import pairwise

from trimtab_cli.simulation.clients import CONTROL
from trimtab_cli.simulation.jobs import FAMILY, STORM
from trimtab_cli.simulation.ledger import epoch
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial

LIVES_SECONDS = 120.0
SKEW_SECONDS = 11.0
BRAKE = "brake#"
TOLD_AGAIN_SECONDS = 1800.0
"""For so long one alert tells of every storm of a class in a cluster."""


def one_goes_first(trial: Trial) -> list[str]:
    """While a brake is open no two tasks that share its key start before one has lived for two minutes.

    Where a clock jumped by an hour nobody can say how long something has lived.
    """
    if trial.record.jumped:
        return []
    broken = []
    for opened, shared in _brakes(trial):
        starts = _starts(trial, shared)
        # taken is when it was taken last: a start from before the brake may have been taken over since
        ours = [one for one in starts if opened + SKEW_SECONDS < min(one[0], one[1])]
        for (_, one, _), (_, other, task) in pairwise(ours):
            if other > opened + TOLD_AGAIN_SECONDS or other - one >= LIVES_SECONDS - SKEW_SECONDS:
                continue
            if not any(_lived(trial, first, other) for _, at, first in starts if at > opened):
                broken.append(f"{task[-8:]} was started {other - one:.0f} s after another in a storm")
    return broken


def storms_are_told_once(trial: Trial) -> list[str]:
    """Hosts of many tasks that are lost at once are told, and once in half an hour."""
    told = _told(trial)
    broken = [
        f"a storm was told again after {later - sooner:.0f} s"
        for sooner, later in pairwise(told)
        if later - sooner < TOLD_AGAIN_SECONDS - 2 * SKEW_SECONDS and not trial.record.jumped
    ]
    job = trial.scene.job
    calm = job is not None and job.kind == STORM and not trial.faults.any
    if calm and not told:
        broken.append("every task of the job lost its host and nobody was told")
    return broken


def _brakes(trial: Trial) -> list[tuple[float, str]]:
    """Return when each brake was opened last, and what its stops share: ``subnet_id=subnet-0b22``.

    It holds from when it stands in the table, which may be a while after the look that opened it.
    """
    found = (item for item in trial.control if str(item.get("part", "")).startswith(BRAKE))
    written = _written(trial)
    openings = [(str(item["part"]), str(item["opened_at"])) for item in found]
    return sorted((written.get(one, epoch(one[1])), one[0].removeprefix(BRAKE)) for one in openings)


def _written(trial: Trial) -> dict[tuple[str, str], float]:
    """Return when each opening of a brake came to stand in the table."""
    written: dict[tuple[str, str], float] = {}
    for call in trial.record.calls:
        if call.operation == "PutItem" and call.error is None and call.request["TableName"] == CONTROL:
            item = call.request["Item"]
            if item["part"]["S"].startswith(BRAKE):
                written.setdefault((item["part"]["S"], item["opened_at"]["S"]), call.at)
    return written


def _told(trial: Trial) -> list[float]:
    """Return when storms were told."""
    return sorted(epoch(c["created_at"]) for c in trial.changes if c["reason"] == "storm")


def _starts(trial: Trial, shared: str) -> list[tuple[float, float, str]]:
    """Return of each task of a storm when its Change was taken, when it was asked for, and its ARN."""
    name, _, value = shared.partition("=")
    changes = {change["id"]: change for change in trial.changes}
    found = []
    for write in trial.writes_of("RunTask"):
        if write.change is None:
            continue
        change = changes[str(write.change["id"])]
        if value not in str(change["evidence"].get(name, "")).split(", "):
            continue
        taken = epoch(change["times"]["applying"])
        found += [(taken, write.at, str(task["taskArn"])) for task in write.answer["tasks"]]
    return sorted(found, key=lambda one: one[1])


def _lived(trial: Trial, task: str, until: float) -> bool:
    """Tell whether a task had run for two minutes by then."""
    run = next((r for r in trial.lab.ecs.runs.of_family(CLUSTER, FAMILY) if r.task_arn == task), None)
    if run is None:
        return False
    end = min(until, run.stopped_at if run.stopped_at is not None else until)
    return end - run.started_at >= LIVES_SECONDS - SKEW_SECONDS
