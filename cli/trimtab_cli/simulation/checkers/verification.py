"""I17: success is what was seen to be good, and what runs is vouched for."""

from typing import Any

from trimtab.model.change import SIZE_KINDS
from trimtab_cli.simulation.checkers.readings import entered, primary_of, registered_by_us
from trimtab_cli.simulation.ledger import epoch
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial

VOUCHED = {"succeeded", "watching", "deploying", "applying", "rolling_back", "needs_human"}
WATCHED = ("resize", "raise_memory", "shift", "return")
SKEW_SECONDS = 11.0
LOOKED_AT_SECONDS = 600.0
"""Within this the settler looks at every Change twice."""

LOOK, LOOKS_MAX = ("trimtab/settle_change", "trimtab/take_inventory"), 8
"""So many looks may end in a fault each; the deadline of a roll-out comes after some twenty."""


def success_was_watched(trial: Trial) -> list[str]:
    """A Change succeeds only after its whole watch, and while nobody has put another revision in force."""
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
        runs = _in_force(trial, change["name"], _left(trial, change["id"], "watching") - SKEW_SECONDS)
        if change["kind"] in SIZE_KINDS and runs not in (None, change["applied"].get("task_definition")):
            broken.append(
                f"{change['kind']} {change['id']} succeeded though {runs[-8:]} had been put in force"
            )
    return broken


def _in_force(trial: Trial, name: str, until: float) -> str | None:
    """Return the revision that was put in force last, or that ECS went back to."""
    moves = [(0.0, "")]
    for one in trial.lab.ecs.world.deployments.values():
        if one.service.name == name:
            moves.append((one.created_at, one.target.definition.arn))
            if one.rollback_to is not None and one.rollback_at is not None:
                moves.append((one.rollback_at, one.rollback_to.definition.arn))
    return max(move for move in moves if move[0] < until)[1] or None


def failures_are_answered(trial: Trial) -> list[str]:
    """A roll-out that ECS calls failed is not looked at over and over: it is taken back, or given up."""
    broken = []
    for write in trial.writes_of("UpdateService"):
        if write.change is None or write.change["kind"] not in WATCHED:
            continue
        change_id, ours = str(write.change["id"]), primary_of(write.answer)
        looks = {
            call.invocation
            for call in trial.record.calls
            if call.who in LOOK
            and call.operation == "DescribeServices"
            and call.at < _left(trial, change_id, "deploying")
            and any(_failed(seen, ours) for seen in (call.answer or {}).get("services", ()))
        }
        if len(looks) > LOOKS_MAX:
            broken.append(f"{write.change['kind']} {change_id} was seen to have failed {len(looks)} times")
    return broken


def _failed(seen: dict[str, Any], deployment: str) -> bool:
    return any(one["id"] == deployment and one["rolloutState"] == "FAILED" for one in seen["deployments"])


def _left(trial: Trial, change_id: str, state: str) -> float:
    """Return when a Change left a state, by the world's clock."""
    for step in trial.ledger.steps:
        if step.item == f"CHANGE#{change_id}" and step.leaves(state):
            return step.at
    return trial.lab.clock.now


def what_runs_is_vouched_for(trial: Trial) -> list[str]:
    """A service that is on a revision of ours in the end has a Change that stands for it."""
    broken = []
    ours = registered_by_us(trial)
    for team in trial.scene.teams:
        service = trial.lab.ecs.world.clusters[CLUSTER].services[team.name]
        runs = service.definition.arn if service.definition else ""
        if runs not in ours or service.status != "ACTIVE" or _deployed_by_others(trial, team.name, runs):
            continue
        states = {str(change["state"]) for change in trial.changes if runs in _revisions(change)}
        if not states & VOUCHED:
            broken.append(
                f"{team.name} runs {runs.rpartition('/')[2]}, whose Change has {states or 'no state'}"
            )
    return broken


def what_ecs_went_back_to_is_vouched_for(trial: Trial) -> list[str]:
    """Minutes after ECS put a service back on a revision of ours, there is a Change that stands for it.

    Unless the service was deleted since: of the one that was made anew no Change of the old one tells.
    """
    broken, ours, world = [], registered_by_us(trial), trial.lab.ecs.world
    for one in world.deployments.values():
        arn = one.rollback_to.definition.arn if one.rollback_to else ""
        deleted = world.clusters[CLUSTER].services.get(one.service.name) is not one.service
        if arn not in ours or one.rollback_at is None or deleted:
            continue
        later = [other.created_at for other in one.service.history if other.created_at > one.rollback_at]
        until = one.rollback_at + LOOKED_AT_SECONDS
        if min([*later, trial.lab.clock.now]) < until:
            continue
        about = [change for change in trial.changes if arn in _revisions(change)]
        states = {_state_at(trial, change, until) for change in about}
        if not states & (VOUCHED | {"rolled_back"}):
            broken.append(f"{one.service.name} is back on {arn[-8:]}: its Change has {states or 'no state'}")
    return broken


def _revisions(change: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the revisions that a Change may stand for: what it registered, or what it went back to."""
    return change["applied"].get("task_definition"), change["target"].get("task_definition")


def _state_at(trial: Trial, change: dict[str, Any], at: float) -> str:
    passed = {when: state for state, when in entered(trial, change).items() if when <= at}
    return passed[max(passed)] if passed else ""


def _deployed_by_others(trial: Trial, name: str, revision: str) -> bool:
    """Tell whether somebody else put a revision in force last: who deploys the newest may deploy ours."""
    updates = [
        call
        for call in trial.record.calls
        if call.operation == "UpdateService" and call.error is None and "taskDefinition" in call.request
        and str(call.request["service"]).rpartition("/")[2] == name
    ]  # fmt: skip
    return bool(updates) and not updates[-1].ours and updates[-1].request["taskDefinition"] == revision


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
            and service.definition is not None
            and not _deployed_by_others(trial, team.name, service.definition.arn)
            and running < service.desired_count
            and not _told(trial, team.name)
            and not _lacks_spot(trial, team.name)
        ):
            broken.append(
                f"{team.name} runs {running} of {service.desired_count} tasks on a revision of ours"
            )
    return broken


def _lacks_spot(trial: Trial, name: str) -> bool:
    """Tell whether a service waits for Spot capacity that ran dry, and asked nobody to move it."""
    service = trial.lab.ecs.world.clusters[CLUSTER].services[name]
    providers = {one["capacityProvider"] for one in service.strategy}
    asked = dict(service.tags).get("trimtab:profile") == "spot-first"
    return bool(trial.faults.spot_gone) and "FARGATE_SPOT" in providers and not asked


def _told(trial: Trial, name: str) -> bool:
    """Tell whether a person was asked, or took back themselves what the service needed."""
    return any(
        change["name"] == name
        and (change["state"] == "needs_human" or change["reason"] == "undone_by_person")
        for change in trial.changes
    )
