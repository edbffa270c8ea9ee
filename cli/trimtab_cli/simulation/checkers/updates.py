"""I6, I7, I8, I9, I11, I30, I38: what an update may be, and that nobody else's is lost."""

from collections import Counter
from typing import Any

from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial

ALLOWED = {
    "UpdateService": {
        "cluster",
        "service",
        "taskDefinition",
        "capacityProviderStrategy",
        "forceNewDeployment",
    },
}
SIZES = ("cpu", "memory")


def only_allowed_parameters(trial: Trial) -> list[str]:
    """No write sends a desired count, a network or anything else outside the list."""
    return [
        f"UpdateService sent {sorted(extra)}"
        for write in trial.writes
        if write.operation == "UpdateService" and (extra := set(write.request) - ALLOWED["UpdateService"])
    ]


def starts_at_rest(trial: Trial) -> list[str]:
    """No forward change begins while a deployment of the service is on its way."""
    rollbacks = {c["applied"].get("deployment") for c in trial.changes if c["kind"] == "rollback"}
    broken = []
    for write in trial.writes:
        if write.operation != "UpdateService" or not write.deploying:
            continue
        primary = next(d["id"] for d in write.answer["service"]["deployments"] if d["status"] == "PRIMARY")
        if primary not in rollbacks and not _struck(trial, write.at):
            broken.append(f"UpdateService of {write.request['service']} during a deployment")
    return broken


def _struck(trial: Trial, at: float) -> bool:
    """Tell whether somebody else's update came within the second before: no reading can be fresher."""
    return any(
        call.operation == "UpdateService"
        and not call.principal.startswith("trimtab/")
        and at - 60 <= call.at <= at
        for call in trial.lab.calls
    )


def one_update_a_change(trial: Trial) -> list[str]:
    """A Change updates its service at most once, whatever becomes of the answers."""
    updates = Counter(
        next(d["id"] for d in write.answer["service"]["deployments"] if d["status"] == "PRIMARY")
        for write in trial.writes
        if write.operation == "UpdateService"
    )
    revisions = Counter(
        write.request["taskDefinition"]
        for write in trial.writes
        if write.operation == "UpdateService" and "taskDefinition" in write.request
        if _registered_by_us(trial, write.request["taskDefinition"])
    )
    broken = [f"deployment {name} was made {count} times" for name, count in updates.items() if count > 1]
    return broken + [f"{arn} was put in force {n} times" for arn, n in revisions.items() if n > 1]


def nothing_but_sizes_changes(trial: Trial) -> list[str]:
    """A revision of ours equals some revision of its team's but for its sizes."""
    broken = []
    for write in trial.writes:
        if write.operation != "RegisterTaskDefinition":
            continue
        ours = _content(write.request)
        theirs = [_content(d.fields) for d in _family(trial, write.request["family"]) if not d.ours]
        if ours not in theirs:
            broken.append(f"{write.request['family']} was registered with more than other sizes")
    return broken


def human_deploys_survive(trial: Trial) -> list[str]:
    """In the end each service runs the image that its team put in last, or what ECS itself went back to."""
    broken = []
    for team in trial.scene.teams:
        service = trial.lab.ecs.world.clusters[CLUSTER].services[team.name]
        runs = service.definition
        if runs is None or _image(runs.content) == _image(_revision(trial, team.revision)):
            continue
        theirs = _image(_revision(trial, team.revision))
        broken.append(f"{team.name} runs {_image(runs.content)}, its team put in {theirs}")
    return broken


def latest_equals_what_runs(trial: Trial) -> list[str]:
    """In the end whoever runs the family without a revision gets what the service runs."""
    broken = []
    for team in trial.scene.teams:
        service = trial.lab.ecs.world.clusters[CLUSTER].services[team.name]
        latest = [one for one in trial.lab.ecs.world.families[team.name] if one.status == "ACTIVE"][-1]
        ours = any(
            write.operation == "RegisterTaskDefinition" and write.request["family"] == team.name
            for write in trial.writes
        )
        if not ours or service.definition is None:
            continue
        if _sized(latest.content) != _sized(service.definition.content):
            broken.append(
                f"{team.name}: latest is {latest.arn[-8:]}, the service runs {service.definition.arn[-8:]}"
            )
    return broken


class _Definition:
    def __init__(self, fields: dict[str, Any], ours: bool) -> None:
        self.fields, self.ours = fields, ours


def _family(trial: Trial, family: str) -> list[_Definition]:
    return [
        _Definition(one.content, _registered_by_us(trial, one.arn))
        for one in trial.lab.ecs.world.families[family]
    ]


def _registered_by_us(trial: Trial, arn: str) -> bool:
    return any(
        write.operation == "RegisterTaskDefinition"
        and write.answer["taskDefinition"]["taskDefinitionArn"] == arn
        for write in trial.writes
    )


def _revision(trial: Trial, arn: str) -> dict[str, Any]:
    family, _, number = arn.rpartition("/")[2].partition(":")
    return trial.lab.ecs.world.families[family][int(number) - 1].content


def _content(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what a registration says apart from sizes and tags."""
    kept = {key: value for key, value in fields.items() if key not in (*SIZES, "tags")}
    kept["containerDefinitions"] = [
        {
            key: value
            for key, value in container.items()
            if value not in ([], {}, None, 0) and key not in SIZES
        }
        for container in kept["containerDefinitions"]
    ]
    return {key: value for key, value in kept.items() if value not in ([], {}, None)}


def _sized(fields: dict[str, Any]) -> dict[str, Any]:
    return {**_content(fields), "cpu": str(fields["cpu"]), "memory": str(fields["memory"])}


def _image(fields: dict[str, Any]) -> str:
    return str(fields["containerDefinitions"][0]["image"])
