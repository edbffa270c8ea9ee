"""I6: what people put in force is never lost."""

from typing import Any

from trimtab.workflows.ask_for_rollback import ROLLBACK_WITHIN
from trimtab_cli.simulation.checkers.once import DEPTH_MAX
from trimtab_cli.simulation.checkers.readings import consents, image_of, unsized
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial

FAR_AHEAD_SECONDS = 1800.0
"""No clock of AWS goes wrong by so much; in a world where one does, deadlines come early."""


def human_deploys_survive(trial: Trial) -> list[str]:
    """In the end each service runs what somebody else put in force last, but for its size."""
    broken = []
    for team in trial.scene.teams:
        service = trial.lab.ecs.world.clusters[CLUSTER].services[team.name]
        wanted = _wanted(trial, team.name)
        if service.definition is None or wanted is None:
            continue
        if _handed_to_a_person(trial, team.name) and not consents(dict(service.tags)):
            continue  # who withdraws consent while a repair is due has to repair, and was told so
        if _struck_too_often(trial, team.name):
            continue  # who deploys in the moment of three repairs has to deploy again, and was told so
        if _handed_to_a_person(trial, team.name) and _called_too_late_by_a_wrong_clock(trial, team.name):
            continue
        if _handed_to_a_person(trial, team.name) and _outlasted(trial):
            continue
        if unsized(service.definition.content) != unsized(wanted):
            broken.append(
                f"{team.name} runs {image_of(service.definition.content)}, others put in {image_of(wanted)}"
            )
    return broken


def _handed_to_a_person(trial: Trial, name: str) -> bool:
    return any(change["state"] == "needs_human" and change["name"] == name for change in trial.changes)


def _struck_too_often(trial: Trial, name: str) -> bool:
    told = [change for change in trial.changes if change["state"] == "needs_human" and change["name"] == name]
    return any(change["outcome"] == "covered_again" and change["depth"] >= DEPTH_MAX for change in told)


def _called_too_late_by_a_wrong_clock(trial: Trial, name: str) -> bool:
    """Tell whether a way back was closed as too late by an invocation whose clock was far ahead."""
    return any(
        step.after["kind"] == "rollback" and step.after["name"] == name
        for step in trial.ledger.steps
        if step.ahead_seconds >= FAR_AHEAD_SECONDS and step.item.startswith("CHANGE#")
        if step.after and step.after["state"] in ("refused", "expired") and not step.after.get("open_turn")
    )


def _outlasted(trial: Trial) -> bool:
    """Tell whether ECS answered nothing for longer than a way back is tried."""
    begin, end = trial.dice.outage
    return end - begin > ROLLBACK_WITHIN.total_seconds()


def _wanted(trial: Trial, name: str) -> dict[str, Any] | None:
    """Follow what others put in force, and where ECS itself went back from it."""
    service = trial.lab.ecs.world.clusters[CLUSTER].services[name]
    ours = _targets_of_ours(trial, name)
    without_revision = {
        call.at
        for call in trial.record.calls
        if call.operation == "UpdateService" and not call.ours and "taskDefinition" not in call.request
    }  # a person who only changes the strategy puts no revision in force
    happened: list[tuple[float, dict[str, Any]]] = []
    theirs: set[str] = set()
    for record in service.history:
        mine = record.target.arn in ours
        if not mine and record.created_at not in without_revision:
            happened.append((record.created_at, record.target.definition.content))
            theirs.add(record.target.definition.arn)
        # Where ECS goes back from what we had put back, it goes back from theirs: a person is told of it.
        failed = not mine or (record.target.definition.arn in theirs and _handed_to_a_person(trial, name))
        if record.rollback_to is not None and record.rollback_at is not None and failed:
            happened.append((record.rollback_at, record.rollback_to.definition.content))
    return max(happened, key=lambda one: one[0])[1] if happened else None


def _targets_of_ours(trial: Trial, name: str) -> set[str]:
    """Return the service revisions that updates of ours made."""
    service = trial.lab.ecs.world.clusters[CLUSTER].services[name]
    times = {
        write.at
        for write in trial.writes_of("UpdateService")
        if write.request["service"].endswith(f"/{name}")
    }
    others = {
        call.at
        for call in trial.record.calls
        if call.operation == "UpdateService" and not call.ours and call.error is None
    }
    found = set()
    for record in service.history:
        if record.created_at in times:
            twins = [one for one in service.history if one.created_at == record.created_at]
            # A person who strikes just before our update does so at the same instant: theirs is the first.
            if record.created_at not in others or record is twins[-1]:
                found.add(record.target.arn)
    return found


def strategies_of_others_survive(trial: Trial) -> list[str]:
    """A strategy is only ever replaced by us where it is the one that was decided on."""
    broken = []
    for write in trial.writes_of("UpdateService"):
        if "capacityProviderStrategy" not in write.request or not write.change or not write.standing:
            continue
        planned = tuple(one["provider"] for one in write.change["base"]["strategy"])
        if write.standing.strategy != planned and not _given_back(trial, write.request["service"], write.at):
            broken.append(
                f"{write.standing.strategy} was replaced, {planned} was planned, and not given back"
            )
    return broken


def _given_back(trial: Trial, service: str, at: float) -> bool:
    return any(
        one.at > at and one.request["service"] == service and "capacityProviderStrategy" in one.request
        for one in trial.writes_of("UpdateService")
    )
