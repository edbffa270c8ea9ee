"""I14, I15: a size holds what was used, and is never decided on broken data."""

from trimtab.adapters.dynamodb_items import from_dynamodb
from trimtab_cli.simulation.record import Write
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial
from trimtab_lab import grid
from trimtab_lab.ecs.service import Service

FORWARD = ("resize", "raise_memory")
DAY, SKEW_SECONDS = 86400.0, 11.0
DAYS_MIN, CUT_DAYS_MIN, REST_DATES_MIN = 1.0, 2.0, 4
"""Of a rest dates are counted, in UTC."""

TELL_TOO_LITTLE = ("future", "gaps", "late", "partial", "twice", "zeros")
"""Ways to break metrics that leave out, or make up, more than a point: nobody knows the peak by them."""


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
    """No size is carried out for a service of less than a day, and none is cut on less than two.

    Nor is one cut within four dates of a change of the size, whoever made it and whoever took it back.
    """
    broken = []
    for change in trial.changes:
        if change["kind"] != "resize" or "deploying" not in change["times"]:
            continue
        service = trial.lab.ecs.world.clusters[CLUSTER].services[change["name"]]
        decided = _recorded_at(trial, change["id"])
        base, target = change["base"]["size"], change["target"]["size"]
        cut = any(new < old for new, old in zip(target, base, strict=True))
        age = (decided - service.created_at) / DAY
        if -SKEW_SECONDS / DAY <= age < (CUT_DAYS_MIN if cut else DAYS_MIN) - SKEW_SECONDS / DAY:
            broken.append(f"{change['name']} was sized {age:.1f} days after it was created")
        moved = [at for at in _moves(service) if at <= decided - SKEW_SECONDS]
        if cut and moved and decided // DAY - max(moved) // DAY < REST_DATES_MIN:
            broken.append(
                f"{change['name']} was cut {(decided - max(moved)) / DAY:.1f} days after a new size"
            )
    return broken


def _moves(service: Service) -> list[float]:
    """Return when a deployment that brought another size began."""
    sizes = [(one.target.definition.cpu_units, one.target.definition.memory_mib) for one in service.history]
    changed = zip(service.history[1:], sizes, sizes[1:], strict=False)
    return [one.created_at for one, before, after in changed if before != after]


def nothing_is_decided_on_broken_data(trial: Trial) -> list[str]:
    """An invocation that was told too little records no size; one that was told nonsense, no larger one."""
    broken = []
    for call in trial.record.calls:
        how = trial.distortions.broken_metrics.get(call.invocation)
        if how is None or not (call.ours and call.operation == "PutItem" and call.error is None):
            continue
        item = from_dynamodb(call.request["Item"])
        if call.request["TableName"] != "changes" or item.get("kind") not in ("resize", "hand_over"):
            continue
        if (call.invocation, item["name"]) not in trial.distortions.broken_for:
            continue
        larger = item["target"]["size"] > item["base"]["size"]
        if how in TELL_TOO_LITTLE or larger:
            broken.append(f"{item['target']['size']} was decided on metrics that were broken: {how}")
    return broken
