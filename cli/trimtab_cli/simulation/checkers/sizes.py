"""I14, I15: a size holds what was used, and is never decided on broken data."""

from trimtab_cli.simulation.ledger import epoch
from trimtab_cli.simulation.record import Write
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial
from trimtab_lab import grid

FORWARD = ("resize", "raise_memory")
DAYS_MIN, SKEW_SECONDS = 3.0, 11.0


def sizes_hold_what_was_used(trial: Trial) -> list[str]:
    """A new size is one that Fargate sells, and holds all the memory that was used before the decision."""
    broken = []
    for write in trial.writes_of("RegisterTaskDefinition"):
        if write.change is None or write.change["kind"] not in FORWARD:
            continue
        cpu, memory = int(write.request["cpu"]), int(write.request["memory"])
        if not grid.is_fargate_size(cpu, memory):
            broken.append(f"{cpu}/{memory} is no size")
        used = _memory_used(trial, write)
        if memory < used:
            broken.append(f"{memory} MiB were given to {write.request['family']}, which had used {used:.0f}")
        broken += _below_a_kill(trial, write, memory)
    return broken


def _memory_used(trial: Trial, write: Write) -> float:
    """Return the most memory of a task in MiB before the decision, from the world's own measurements."""
    if write.change is None or write.change["kind"] != "resize":
        return 0.0
    series = trial.lab.usage.series(CLUSTER, write.request["family"], "MemoryUtilization")
    base_memory = int((write.change["base"]["size"] or [0, 0])[1])
    if series is None:
        return 0.0
    until = int(trial.started_at - 300 if write.change["cause"].endswith("first") else write.at)
    highest = max((one.high for _, one in series.between(int(until - 3 * 86400), until, 300)), default=0.0)
    return highest / 100 * base_memory if write.change["cause"].endswith("first") else 0.0


def _below_a_kill(trial: Trial, write: Write, memory: int) -> list[str]:
    """No size at or below which a task of the service was killed for memory before the decision."""
    if write.change is None or write.change["kind"] != "resize":
        return []
    raised = [
        change["target"]["size"][1]
        for change in trial.changes
        if change["kind"] == "raise_memory"
        and change["target"]["size"]
        and change["workload"] == write.change["workload"]
        and _recorded_at(trial, change["id"]) < _recorded_at(trial, write.change["id"])
    ]
    return [f"{memory} MiB lie below a memory kill's {most}" for most in raised if memory < int(most)]


def _recorded_at(trial: Trial, change_id: str) -> float:
    """Return when a Change was recorded, by the world's clock: ours may be an hour off."""
    return next((s.at for s in trial.ledger.steps if s.item == f"CHANGE#{change_id}"), trial.started_at)


def nothing_is_decided_on_few_days(trial: Trial) -> list[str]:
    """No size is carried out for a revision that had been in force for less than three days."""
    broken = []
    for change in trial.changes:
        if change["kind"] != "resize" or "deploying" not in change["times"]:
            continue
        service = trial.lab.ecs.world.clusters[CLUSTER].services[change["name"]]
        decided = epoch(change["created_at"])
        begun = [
            record.created_at
            for record in service.history
            if record.target.definition.arn == change["base"]["task_definition"]
            and record.created_at <= decided + SKEW_SECONDS
        ]
        if begun and decided - min(begun) < DAYS_MIN * 86400 - SKEW_SECONDS:
            broken.append(
                f"{change['name']} was sized {(decided - min(begun)) / 86400:.1f} days after its deploy"
            )
    return broken


def nothing_is_decided_on_broken_data(trial: Trial) -> list[str]:
    """An invocation that was told broken metrics records no size."""
    broken = []
    decided = {
        call.invocation
        for call in trial.record.calls
        if call.ours and call.operation == "PutItem" and call.error is None
        and call.request["TableName"] == "changes"
        and call.request["Item"]["kind"]["S"] in ("resize", "hand_over")
    }  # fmt: skip
    for invocation, how in trial.distortions.broken_metrics.items():
        if invocation in decided:
            broken.append(f"a size was decided on metrics that were broken: {how}")
    return broken
