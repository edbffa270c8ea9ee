"""I12: a restart is the same task again; and no task that was seen running ends without a word."""

from typing import Any

from trimtab.adapters.dynamodb_control import ASKED
from trimtab.model.keys import control_key, task_id
from trimtab_cli.simulation.jobs import FAMILY
from trimtab_cli.simulation.record import Write
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial


def restarts_are_the_same_task(trial: Trial) -> list[str]:
    """Network, capacity, group, tags and overrides are those of the lineage's first launch, or named."""
    job = trial.scene.job
    broken = []
    for write in trial.writes_of("RunTask"):
        first = job.launches.get(write.subject[0]) if job and write.subject else None
        if first is not None:
            named = _not_recovered(trial, write)
            broken += [f"{write.request['startedBy']} {told}" for told in _differences(first, write, named)]
    return broken


def _differences(first: dict[str, Any], write: Write, named: str) -> list[str]:
    asked, vpc = write.request, write.request.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    original = first["networkConfiguration"]["awsvpcConfiguration"]
    broken = []
    if not vpc.get("subnets") or not set(vpc["subnets"]) <= set(original["subnets"]):
        broken.append(f"was started in {vpc.get('subnets')}")
    for name in ("securityGroups", "assignPublicIp"):
        if vpc.get(name) != original.get(name) and name not in named:
            broken.append(f"was started with {name} {vpc.get(name)}")
    if asked.get("group") != f"family:{FAMILY}":
        broken.append(f"was started in the group {asked.get('group')}")
    if not _has(asked.get("tags", []), first["tags"]):
        broken.append("was started without the tags of its lineage")
    overrides = asked.get("overrides", {}).get("containerOverrides", [])
    wanted = first["overrides"]["containerOverrides"]
    if [{k: v for k, v in one.items() if k != "memory"} for one in overrides] != wanted:
        broken.append("was started with other overrides")
    if not _same_compute(first, asked, named):
        broken.append(f"was started on {asked.get('capacityProviderStrategy', asked.get('launchType'))}")
    return broken


def _same_compute(first: dict[str, Any], asked: dict[str, Any], named: str) -> bool:
    """Tell whether it runs where the first did; the policy may move what Spot has no room for to Fargate."""
    strategy = asked.get("capacityProviderStrategy")
    if "capacityProviderStrategy" not in first:
        return bool(asked.get("launchType") == first.get("launchType"))
    if strategy == first["capacityProviderStrategy"]:
        return True
    moved = [one["capacityProvider"] for one in strategy or []]
    return moved == ["FARGATE"] or ("weights" in named and moved == ["FARGATE_SPOT"])


def _has(tags: list[dict[str, str]], wanted: list[dict[str, str]]) -> bool:
    return all(tag in tags for tag in wanted)


def _not_recovered(trial: Trial, write: Write) -> str:
    """Return what the Change says could not be recovered."""
    changes = (c for c in trial.changes if write.subject and c["id"] == write.subject[1])
    return next((str(c["applied"].get("not_recovered", "")) for c in changes), "")


def remembered_tasks_are_accounted_for(trial: Trial) -> list[str]:
    """The stop of a task whose launch was remembered is kept, though nobody saw it and ECS has forgotten."""
    kept = {item["task_arn"] for item in trial.control if item["key"].startswith("stop#")}
    remembered = {item["key"] for item in trial.control if item["part"] != ASKED}
    return [
        f"nobody knows what became of {run.task_arn[-8:]}"
        for run in trial.lab.ecs.runs.of_family(CLUSTER, FAMILY)
        if run.stopped_at is not None
        and control_key("recipe", task_id(run.task_arn)) in remembered
        and run.task_arn not in kept
    ]
