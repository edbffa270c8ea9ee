"""I17: success is what was seen to be good, and what runs is vouched for."""

from trimtab_cli.simulation.checkers.readings import registered_by_us
from trimtab_cli.simulation.ledger import epoch
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial

VOUCHED = {"succeeded", "watching", "deploying", "applying", "rolling_back", "needs_human"}
WATCHED = ("resize", "raise_memory", "shift", "return")
SKEW_SECONDS = 11.0


def success_was_watched(trial: Trial) -> list[str]:
    """A Change succeeds only after its whole watch."""
    broken = []
    for change in trial.changes:
        if change["state"] != "succeeded" or change["kind"] not in WATCHED:
            continue
        times = change["times"]
        if "watching" not in times:
            broken.append(f"{change['kind']} {change['id']} succeeded unwatched")
            continue
        watched = epoch(times["succeeded"]) - epoch(times["watching"])
        if watched < int(change["watch_seconds"]) - SKEW_SECONDS:
            broken.append(f"{change['kind']} {change['id']} succeeded after a watch of {watched:.0f} s")
    return broken


def what_runs_is_vouched_for(trial: Trial) -> list[str]:
    """A service that is on a revision of ours in the end has a Change that stands for it."""
    broken = []
    ours = registered_by_us(trial)
    for team in trial.scene.teams:
        service = trial.lab.ecs.world.clusters[CLUSTER].services[team.name]
        runs = service.definition.arn if service.definition else ""
        if runs not in ours or service.status != "ACTIVE":
            continue
        states = {
            str(change["state"])
            for change in trial.changes
            if runs in (change["applied"].get("task_definition"), change["target"].get("task_definition"))
        }
        if not states & VOUCHED:
            broken.append(
                f"{team.name} runs {runs.rpartition('/')[2]}, whose Change has {states or 'no state'}"
            )
    return broken


def services_are_left_well(trial: Trial) -> list[str]:
    """I28: in the end every service whose people left it well runs all the tasks it wants."""
    broken = []
    for team in trial.scene.teams:
        service = trial.lab.ecs.world.clusters[CLUSTER].services[team.name]
        running = sum(task.last_status == "RUNNING" for task in service.tasks.values())
        ours = service.definition is not None and service.definition.arn in registered_by_us(trial)
        if (
            ours
            and service.status == "ACTIVE"
            and running < service.desired_count
            and not _told(trial, team.name)
        ):
            broken.append(
                f"{team.name} runs {running} of {service.desired_count} tasks on a revision of ours"
            )
    return broken


def _told(trial: Trial, name: str) -> bool:
    return any(change["state"] == "needs_human" and change["name"] == name for change in trial.changes)
