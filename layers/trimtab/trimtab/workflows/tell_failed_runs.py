"""Runs of schedules that never started, from what EventBridge counts: nothing else tells of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from trimtab.decisions.alerts import Alert
from trimtab.model.launch import FailedRuns, ScheduledRun
from trimtab.model.tags import Mode
from trimtab.ports import World
from trimtab.workflows.raise_alert import alert_family, family_setting, record_alert

CODE: Final = "scheduled_run_failed"
LOOKED_BACK: Final = timedelta(hours=2)
"""Longer than the inventory's hour: metrics come late. What was told within a day is not told again."""

NAMED_MAX: Final = 5


def tell_failed_runs(world: World) -> int:
    """Alert the owners of what schedules could not run in the last two hours; return how many failed so."""
    now = world.clock.now()
    failed = world.schedule_metrics.failed(now - LOOKED_BACK, now)
    for one in failed:
        if one.group:
            _tell_group(one, _wanted(world.schedules.of_scheduler(one.name), world), world)
        else:
            for run in _wanted(world.schedules.of_rule(one.name, ""), world):
                _tell_family(run, f"EventBridge rule {one.name}", one, world)
    return len(failed)


def _wanted(runs: Sequence[ScheduledRun], world: World) -> list[ScheduledRun]:
    """Return what is ours to tell of, each family once."""
    by_family = {(run.cluster, run.family): run for run in runs}
    return [run for where, run in by_family.items() if family_setting(*where, world)[0] is not Mode.OFF]


def _tell_family(run: ScheduledRun, who: str, failed: FailedRuns, world: World) -> None:
    what = run.task_definition.rpartition("/")[2]
    sentence = (
        f"{who} could not run {what}: {_times(failed)}, and no stopped task will tell of it. CloudTrail's "
        "record of RunTask says why."
    )
    found = Alert(CODE, sentence, {"failures": failed.failures, "schedule": run.schedule})
    alert_family(run.cluster, run.family, run.task_definition, found, "inventory", world)


def _tell_group(failed: FailedRuns, runs: Sequence[ScheduledRun], world: World) -> None:
    """Tell of a group of schedules; its metric does not say which of them it was."""
    if len(runs) == 1:
        _tell_family(runs[0], f"EventBridge Scheduler, group {failed.name},", failed, world)
    if len(runs) < 2:
        return
    settings = [family_setting(run.cluster, run.family, world) for run in runs]
    topics = {topic for _, topic in settings}
    named = ", ".join(sorted(run.family for run in runs)[:NAMED_MAX])
    more = f" and {len(runs) - NAMED_MAX} more" if len(runs) > NAMED_MAX else ""
    sentence = (
        f"EventBridge Scheduler could not run a target of the group {failed.name}: {_times(failed)}. It "
        f"runs {named}{more}, and its metric does not say which it was. CloudTrail's record of RunTask does."
    )
    found = Alert(CODE, sentence, {"failures": failed.failures, "families": len(runs)})
    workload = runs[0].schedule.rpartition("/")[0].replace(":schedule/", ":schedule-group/")
    place = (workload, runs[0].cluster, failed.name, None)
    topic = topics.pop() if len(topics) == 1 else ""
    record_alert(place, found, max(mode for mode, _ in settings), topic, "inventory", world)


def _times(failed: FailedRuns) -> str:
    return (
        f"{failed.failures} {'failure was' if failed.failures == 1 else 'failures were'} counted in two hours"
    )
