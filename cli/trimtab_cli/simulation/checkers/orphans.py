"""I11, second half: a revision of ours that nobody ever ran is found and marked."""

from trimtab_cli.simulation.checkers.readings import consents
from trimtab_cli.simulation.ledger import epoch
from trimtab_cli.simulation.record import Write
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial

LOOKED_FOR_SECONDS = 3600.0
"""A whole hourly inventory lies between the end of a revision's Change and that of the seed."""

SHOWN = 10
"""How many of a family's newest revisions the search looks at."""


def orphans_are_marked(trial: Trial) -> list[str]:
    """In the end each revision that we registered for a size was put in force by us, or bears the mark.

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
        if "trimtab:orphan" not in definition.tags:
            broken.append(f"{definition.family}:{definition.revision} was never in force and bears no mark")
    return broken


def _ended_at(trial: Trial, write: Write) -> float:
    """Return when the Change behind a registration was sent, or took its last step without that."""
    change = trial.ledger.change(*write.subject) if write.subject else None
    times = change["times"] if change else {}
    return epoch(times.get("deploying") or max(times.values())) if times else write.call.at
