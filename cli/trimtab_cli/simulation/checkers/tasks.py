"""I17: how the tasks of a new size fare, by the world's own record of them."""

from typing import Final

from trimtab.model.change import SIZE_KINDS
from trimtab_cli.simulation.checkers.signals import Success, successes
from trimtab_cli.simulation.ledger import epoch
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.team import Team
from trimtab_cli.simulation.trial import Trial

DEATHS_MIN: Final = 8
"""Four times what docs/safety.md says: deaths are heard of by events, and some of those are lost."""

NEAR_LIMIT_PERCENT: Final = 97.5
"""A little more than docs/safety.md says: CloudWatch rounds."""

MARGIN_SECONDS: Final = 600


def no_success_while_tasks_die(trial: Trial) -> list[str]:
    """No size ends well under which tasks ended badly by themselves again and again, and not before."""
    teams = {team.name: team for team in trial.scene.teams if team.ends}
    broken = []
    for end in successes(trial):
        team = teams.get(end.change["name"])
        if team is None or end.change["kind"] not in SIZE_KINDS:
            continue
        died = _deaths(trial, team)
        long = end.looked_at - end.began_at
        before = sum(end.began_at - long <= at < end.began_at for at, _ in died)
        ours = end.change["applied"].get("task_definition")
        later = sum(end.began_at <= at < end.looked_at and of == ours for at, of in died)
        if later >= before + DEATHS_MIN:
            broken.append(f"{end.change['kind']} {end.change['id']} succeeded while {later} tasks died")
    return broken


def _deaths(trial: Trial, team: Team) -> list[tuple[float, str]]:
    """Return when a task of the service ended as it was bound to by itself, and of which revision."""
    return [
        (run.stopped_at, run.task_definition_arn)
        for run in trial.lab.ecs.runs.of_service(CLUSTER, team.name)
        if run.stopped_at is not None
        if abs(run.stopped_at - run.started_at - team.ends.get(run.task_arn, 0.0)) < 1
    ]


def no_success_near_the_memory_limit(trial: Trial) -> list[str]:
    """No cut of memory ends well while nearly all that it left was in use."""
    broken = []
    for end in successes(trial):
        base, target = end.change["base"]["size"], end.change["target"]["size"]
        if end.change["kind"] != "resize" or target[1] >= base[1]:
            continue
        most = _memory_percent(trial, end)
        if most >= NEAR_LIMIT_PERCENT:
            broken.append(f"resize {end.change['id']} succeeded with {most:.1f} % of its memory in use")
    return broken


def _memory_percent(trial: Trial, end: Success) -> float:
    """Return the most memory that was used while a size was watched, by the world's own measurements."""
    wrongly = end.step.invocation in trial.distortions.broken_metrics.keys() | trial.record.jumped
    series = trial.lab.usage.series(CLUSTER, end.change["name"], "MemoryUtilization")
    if series is None or wrongly:
        return 0.0
    start = max(epoch(end.change["times"]["watching"]), end.began_at) + MARGIN_SECONDS
    span = (int(start), int(end.looked_at - MARGIN_SECONDS), 300)
    return max((one.high for _, one in series.between(*span)), default=0.0)
