"""I11, second half: a revision of ours that nobody ever ran is found and marked."""

from math import inf

from trimtab_cli.simulation.checkers.readings import consents
from trimtab_cli.simulation.ledger import epoch
from trimtab_cli.simulation.record import Write
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial

LOOKED_FOR_SECONDS = 3600.0
"""A whole hourly inventory lies between the end of a revision's Change and that of the seed."""

AGO_SECONDS = 60.0
"""So long before the mark it was in force for an applier to have heard of it."""

SHOWN = 10
"""How many of a family's newest revisions the search looks at."""


def orphans_are_marked(trial: Trial) -> list[str]:
    """In the end each revision that we registered for a size was put in force by somebody, or bears the mark.

    A team that has withdrawn its consent since, or made its service anew, is left alone.
    """
    world = trial.lab.ecs.world
    sent = {write.request.get("taskDefinition") for write in trial.writes_of("UpdateService")}
    broken = []
    for write in trial.writes_of("RegisterTaskDefinition"):
        definition = world.find_definition(str(write.answer["taskDefinition"]["taskDefinitionArn"]))
        kind = write.change and write.change["kind"]
        late = trial.lab.clock.now - _ended_at(trial, write) < LOOKED_FOR_SECONDS
        if definition is None or definition.arn in sent or late or kind not in ("resize", "raise_memory"):
            continue
        service = world.clusters[CLUSTER].services[definition.family]
        hidden = len(world.families[definition.family]) - definition.revision >= SHOWN
        if hidden or service.status != "ACTIVE" or not consents(dict(service.tags)):
            continue
        if "trimtab:orphan" not in definition.tags and not _put_in_force(trial, definition.arn):
            broken.append(f"{definition.family}:{definition.revision} was never in force and bears no mark")
    return broken


def only_orphans_are_marked(trial: Trial) -> list[str]:
    """No revision gets the mark that anybody had put in force before, as ECS's record shows."""
    return [
        f"{arn.rpartition('/')[2]} was in force and was marked all the same"
        for write in trial.writes_of("TagResource")
        if (arn := str(write.request["resourceArn"])) and _put_in_force(trial, arn, write.at - AGO_SECONDS)
    ]


def _put_in_force(trial: Trial, arn: str, before: float = inf) -> bool:
    """Tell whether anybody put a revision in force for the service of its family."""
    family = arn.rpartition("/")[2].partition(":")[0]
    service = trial.lab.ecs.world.clusters[CLUSTER].services.get(family)
    history = service.history if service else ()
    return any(one.target.definition.arn == arn and one.created_at < before for one in history)


def _ended_at(trial: Trial, write: Write) -> float:
    """Return when the Change behind a registration was sent, or took its last step without that."""
    change = trial.ledger.change(*write.subject) if write.subject else None
    times = change["times"] if change else {}
    return epoch(times.get("deploying") or max(times.values())) if times else write.call.at
