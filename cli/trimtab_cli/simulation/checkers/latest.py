"""I38: a revision is visible to whoever runs "latest"."""

from trimtab_cli.simulation.checkers.readings import consents, registered_by_us, sized
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial


def latest_equals_what_runs(trial: Trial) -> list[str]:
    """In the end whoever runs the family without a revision gets what the service runs.

    A team that has withdrawn its consent since is left alone, that is, with what was registered before; and
    where ECS told of a member that the SDK does not know, no copy can be made that would not lose it.
    """
    broken = []
    unknown = {family for _, family in trial.distortions.unknown_fields}
    ours = registered_by_us(trial)
    for team in trial.scene.teams:
        service = trial.lab.ecs.world.clusters[CLUSTER].services[team.name]
        latest = [one for one in trial.lab.ecs.world.families[team.name] if one.status == "ACTIVE"][-1]
        left_alone = team.name in unknown or not consents(dict(service.tags))
        if left_alone or latest.arn not in ours or service.definition is None:
            continue
        if sized(latest.content) != sized(service.definition.content):
            broken.append(
                f"{team.name}: latest is {latest.arn.rpartition('/')[2]}, "
                f"the service runs {service.definition.arn.rpartition('/')[2]}"
            )
    return broken


def nobody_elses_is_buried(trial: Trial) -> list[str]:
    """A copy is registered only where the newest revision, as its applier saw it last, was one of ours."""
    ours, broken = registered_by_us(trial), []
    for write in trial.writes_of("RegisterTaskDefinition"):
        if write.change is None or write.change["kind"] != "tag":
            continue
        family = write.request["family"]
        looks = [
            call for call in trial.record.of_invocation(write.call)
            if call.operation == "DescribeTaskDefinition" and call.answer
            and call.request["taskDefinition"] == family
        ]  # fmt: skip
        newest = str(looks[-1].answer["taskDefinition"]["taskDefinitionArn"]) if looks else ""  # type: ignore[index]
        if newest not in ours:
            broken.append(
                f"a copy was registered over {newest.rpartition('/')[2] or 'what nobody looked at'}"
            )
    return broken
