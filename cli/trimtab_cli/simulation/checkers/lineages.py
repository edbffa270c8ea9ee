"""I13: a lineage is started again as its policy says, judged by what the world knows of its tasks."""

from dataclasses import dataclass
from itertools import pairwise

from trimtab.model.policy import StandaloneRule
from trimtab.model.policy_document import read_policy
from trimtab.model.restart_policy import Copies, Then, Tries
from trimtab_cli.simulation.jobs import FAMILY, Job
from trimtab_cli.simulation.scene import CLUSTER
from trimtab_cli.simulation.trial import Trial

DAY_SECONDS, STARTS_A_DAY_MAX = 86_400.0, 100
SHORT_SECONDS = 60.0
SLACK_SECONDS = 120.0
"""Between a decision and the call that carries it out lie the next tick and the applier's own time."""


@dataclass(frozen=True, slots=True)
class Start:
    """One task of ours: when it was asked for, and what the world knows of the task that it followed."""

    at: float
    task: str
    stopped: str
    lost: bool
    exit_code: int | None
    run_seconds: float | None
    ended_at: float


def restarts_keep_their_pace(trial: Trial) -> list[str]:
    """Attempts and window of each class, and never more than a hundred in a day."""
    rule = _rule(trial)
    broken = []
    for root, starts in _lineages(trial).items():
        own = [one for one in starts if not one.lost]
        lost = [one for one in starts if one.lost]
        infrastructure, application = rule.classes.infrastructure, rule.classes.application
        for name, some, tries, good in (
            ("application", own, application, rule.healthy_after_seconds),
            ("infrastructure", lost, infrastructure, None),
        ):
            broken += [f"{root[-8:]} {told} after {name}" for told in _too_many(some, starts, tries, good)]
        if len(_within(starts, DAY_SECONDS)) > STARTS_A_DAY_MAX:
            broken.append(f"{root[-8:]} was started more than {STARTS_A_DAY_MAX} times in a day")
        if any(later.at - sooner.at < 1 for sooner, later in pairwise(starts)):
            broken.append(f"{root[-8:]} was started twice within a second")
    return broken


def _too_many(some: list[Start], starts: list[Start], tries: Tries, good: int | None) -> list[str]:
    broken = []
    for i, last in enumerate(some):
        first = some[i - tries.attempts] if i >= tries.attempts else None
        if tries.attempts == 0:
            broken.append("was started, which the policy never allows,")
        if first is None or last.ended_at - first.at >= tries.window_seconds - SLACK_SECONDS:
            continue
        between = [one for one in starts if first.at < one.at <= last.at]
        if good is not None and any((one.run_seconds or 0) >= good - 1 for one in between):
            continue
        broken.append(f"was started {tries.attempts + 1} times in {last.at - first.at:.0f} s")
    return broken


def _within(starts: list[Start], seconds: float) -> list[Start]:
    """Return the most starts that lie in any so many seconds."""
    windows = ([two for two in starts if 0 <= one.at - two.at < seconds] for one in starts)
    return max(windows, key=len, default=[])


def lineages_have_one_task(trial: Trial) -> list[str]:
    """No task of a lineage is started while another of it runs, unless that one's stop was announced.

    And that only where the policy lets them overlap.
    """
    overlaps, job = _rule(trial).copies is Copies.OVERLAP, trial.scene.job
    noticed = job.noticed if overlaps and job else {}
    runs = {run.task_arn: run for run in trial.lab.ecs.runs.of_family(CLUSTER, FAMILY)}
    broken = []
    for root, starts in _lineages(trial).items():
        tasks = [root, *(one.task for one in starts)]
        lives = sorted((runs[arn].started_at, runs[arn].stopped_at, arn) for arn in tasks if arn in runs)
        for (_, ended, one), (began, _, other) in pairwise(lives):
            if (ended is None or began < ended) and noticed.get(one, began) >= began:
                broken.append(f"{other[-8:]} ran beside {one[-8:]} of its lineage")
    return broken


def deadlines_end_lineages(trial: Trial) -> list[str]:
    """Nothing is started once the time of its lineage is over."""
    seconds = _rule(trial).deadline_seconds
    runs = {run.task_arn: run for run in trial.lab.ecs.runs.of_family(CLUSTER, FAMILY)}
    return [
        f"{root[-8:]} was started {one.at - runs[root].started_at:.0f} s after its first start"
        for root, starts in _lineages(trial).items()
        for one in starts
        if seconds is not None and root in runs and one.at > runs[root].started_at + seconds + SLACK_SECONDS
    ]


def hopeless_tasks_are_left_alone(trial: Trial) -> list[str]:
    """Nothing is started after an exit that the policy names, nor after the same short failure twice."""
    named = {code for one in _rule(trial).exits if one.then is Then.STOP for code in one.codes}
    broken = []
    for root, starts in _lineages(trial).items():
        broken += [
            f"{root[-8:]} was started after exit {one.exit_code}, which the policy names"
            for one in starts
            if not one.lost and one.exit_code in named
        ]
        for one, other in pairwise(starts):
            alike = one.exit_code == other.exit_code and not (one.lost or other.lost)
            short = max(one.run_seconds or DAY_SECONDS, other.run_seconds or DAY_SECONDS) < SHORT_SECONDS
            if alike and short:
                broken.append(f"{root[-8:]} failed twice alike at once and was started a third time")
    return broken


def what_is_done_is_left_alone(trial: Trial) -> list[str]:
    """Nothing is started after a task that had done its work, and ended well by itself, some time before."""
    job = trial.scene.job or Job("ordinary", CLUSTER)
    return [
        f"{root[-8:]} was started {one.at - one.ended_at:.0f} s after {one.stopped[-8:]} had done its work"
        for root, starts in _lineages(trial).items()
        for one in starts
        if one.exit_code == 0 and not one.lost and one.run_seconds is not None
        if one.run_seconds >= (job.plans[one.stopped].run_seconds or DAY_SECONDS) - 1
        if one.at > one.ended_at + SLACK_SECONDS
    ]


def _rule(trial: Trial) -> StandaloneRule:
    return read_policy(trial.policy, 1).standalone_rule(CLUSTER, FAMILY) or StandaloneRule()


def _lineages(trial: Trial) -> dict[str, list[Start]]:
    """Return our starts of the job by the first task of their lineage, in order."""
    job = trial.scene.job or Job("ordinary", CLUSTER)
    runs = {run.task_arn: run for run in trial.lab.ecs.runs.of_family(CLUSTER, FAMILY)}
    found: dict[str, dict[str, Start]] = {}
    for write in trial.writes_of("RunTask"):
        if not write.subject or not write.change:
            continue
        stopped = str(write.change["target"]["stopped_task"])
        run, plan = runs.get(stopped), job.plans.get(stopped)
        ended = run.stopped_at if run else None
        for task in write.answer["tasks"]:
            start = Start(
                write.at,
                task["taskArn"],
                stopped,
                stopped in job.taken,
                plan.exit_code if plan else None,
                ended - run.started_at if run and ended is not None else None,
                ended if ended is not None else write.at,
            )
            found.setdefault(write.subject[0], {}).setdefault(task["taskArn"], start)
    return {root: sorted(starts.values(), key=lambda s: s.at) for root, starts in found.items()}
