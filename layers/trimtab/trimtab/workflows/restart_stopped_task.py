"""A task runs, is about to stop, or has stopped: remember, judge, record what follows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from trimtab.decisions.owner import owner_of, owner_of_launch
from trimtab.decisions.restart.placement import SPOT_LOST
from trimtab.decisions.retirement import ANNOUNCED, WITHDRAWN, judge_retirement
from trimtab.decisions.stopped_task import KILLED_WITHOUT_A_WORD, SIGKILL_EXIT_CODE, judge_task
from trimtab.model.change_window import last_chance
from trimtab.model.health import HealthNotice
from trimtab.model.launch import Lineage
from trimtab.model.reading import Remembered
from trimtab.model.stop import stop_of
from trimtab.model.task import Task
from trimtab.model.verdict import Action, Owner, Verdict
from trimtab.ports import World
from trimtab.workflows.raise_alert import alert_on_stop
from trimtab.workflows.raise_memory import raise_service_memory
from trimtab.workflows.record_restart import Decided, decide_on_stop, keep, record_ahead
from trimtab.workflows.remember_launch import STARTED_AGAIN, declared, recover_launch, remember_launch
from trimtab.workflows.settle_change import settle_start
from trimtab.workflows.start_ahead import may_start_ahead, withdraw

UNDECIDED: Final = ("policy_unreadable", "start_unconfirmed")
"""A stop with such an answer is not put into the archive, so that the inventory asks again."""

Memory = Callable[[], Remembered]

WOULD_ACT: Final = (Action.RESTART, Action.RAISE_MEMORY, Action.ALERT)

BEFORE_A_KILL: Final = timedelta(minutes=15)
"""Two whole periods of 5 minutes before the one in which it was killed, which may not be told yet."""

CONFIRMED_WITHIN: Final = timedelta(minutes=45)
"""An applier whose answer was lost is followed by others, who find what it started, long before that."""


def restart_stopped_task(task: Task, cause: str, world: World) -> Verdict:
    """Act on one state of one task, and return what was made of it.

    Args:
        task: As the event or a reading of ECS shows it.
        cause: Event id or schedule behind it.
        world: The world.
    """
    owner = owner_of(task)
    # Read once for this stop, where it counts; the applier reads anew.
    remembered = cache(lambda: world.control.remembered(task, world.clock.now()))
    verdict = _judge(task, owner, remembered, world)
    if verdict.action is Action.RECORD and owner is Owner.TRIMTAB:
        if settle_start(task, world):
            world.control.remember_live(task, world.clock.now())
    elif verdict.action is Action.RECORD and owner is not Owner.SERVICE:
        remember_launch(task, world)
    elif verdict.action is Action.PREPARE and owner is not Owner.SERVICE:
        lost = replace(verdict, rule=SPOT_LOST, action=Action.RESTART)
        _prepare(task, owner, lost, verdict.rule, world.clock.now(), cause, world)
    elif task.last_status == "STOPPED":
        _answer(task, owner, verdict, cause, remembered, world)
    return verdict


def _answer(task: Task, owner: Owner, verdict: Verdict, cause: str, remembered: Memory, world: World) -> None:
    """Decide on a stop, keep it, and do what hangs on it; all of it again when its message comes again."""
    decided = _decide(task, verdict, cause, remembered, world)
    stop = stop_of(task, verdict, decided.code, decided.sentence, world.clock.now())
    if decided.code not in UNDECIDED:
        keep(stop, decided.change, world)
    if owner is Owner.TRIMTAB:
        settle_start(task, world)
    if decided.code not in UNDECIDED:
        alert_on_stop(stop, world)
    told = {"decided": decided.code, "rule": verdict.rule, "cause": verdict.cause.value}
    world.telemetry.note("task stopped", **told, **verdict.evidence)
    world.telemetry.count("TasksStopped")


def _judge(task: Task, owner: Owner, remembered: Memory, world: World) -> Verdict:
    """Judge a task; its definition is only read where it can make a difference."""
    essential = None
    stopped = task.last_status == "STOPPED"
    if stopped and task.task_definition_arn and (owner is not Owner.SERVICE or _may_be_memory(task)):
        definition = world.task_definitions.describe(task.task_definition_arn)
        essential = definition.essential_containers if definition else None
    verdict = judge_task(task, owner, essential)
    if stopped and verdict.rule == KILLED_WITHOUT_A_WORD:
        verdict = judge_task(task, owner, essential, _memory_ratio(task, remembered, world))
    if (
        stopped
        and owner in STARTED_AGAIN
        and verdict.action in WOULD_ACT
        and _is_anothers(task, remembered())
    ):
        return judge_task(task, Owner.OTHER_ORCHESTRATOR, essential)
    return verdict


def _may_be_memory(task: Task) -> bool:
    told = any("OutOfMemory" in (container.reason or "") for container in task.containers)
    return told or any(container.exit_code == SIGKILL_EXIT_CODE for container in task.containers)


def _memory_ratio(task: Task, remembered: Memory, world: World) -> float | None:
    """Return how full the memory of a service or family was shortly before one of its tasks was killed.

    The second sign where ECS says nothing. A service has a metric that costs nothing; of a job it is asked
    only where the answer decides something, as its policy declares it, and Container Insights has to be on.
    """
    if task.stopped_at is None:
        return None
    if task.service_arn is None:
        policy, family = remembered().policy, task.family or ""
        if policy is None or declared(policy, task.cluster_name, family) is None:
            return None
        since = task.stopped_at - BEFORE_A_KILL
        return world.usage.memory_of_family(task.cluster_name, family, since, world.clock.now())
    service = world.services.describe(task.service_arn)
    if service is None:
        return None
    seen = world.usage.since({service: task.stopped_at - BEFORE_A_KILL}, world.clock.now())
    return seen[service.arn].memory_ratio_max


def _prepare(
    task: Task, owner: Owner, stop: Verdict, by: str, at: datetime | None, cause: str, world: World
) -> None:
    """Make sure of the launch of a task that will stop; start the next one at ``at`` where it may overlap.

    ``stop`` is the verdict that its stop will have, ``by`` the rule that read the notice.
    """
    remember_launch(task, world)
    remembered = world.control.remembered(task, world.clock.now())
    policy = remembered.policy
    rule = declared(policy, task.cluster_name, task.family) if policy else None
    if rule is None or at is None:
        return
    if by == ANNOUNCED:
        at = last_chance(rule.windows, world.clock.now(), at) or at
    if not may_start_ahead(task, owner, policy, at):
        return
    if owner in STARTED_AGAIN and _is_anothers(task, remembered):
        return
    decided = record_ahead(task, stop, rule, remembered, by, at, cause, world)
    world.telemetry.note("restart prepared", task_arn=task.task_arn, decided=decided, due_at=at.isoformat())


def _as_announced(verdict: Verdict) -> dict[str, Any]:
    """Return what is known of a stop from its notice."""
    return {
        "rule": verdict.rule,
        "cause": verdict.cause,
        "action": Action.RESTART,
        "reason": verdict.reason,
        "sentence": verdict.sentence,
    }


def _is_anothers(task: Task, remembered: Remembered) -> bool:
    """Tell whether the tags of a task, or the policy, show that something else starts it again."""
    named = remembered.policy.orchestrators if remembered.policy else ()
    owner = owner_of_launch(task.group, task.started_by, task.cluster_name, remembered.launch_tags, named)
    return owner is Owner.OTHER_ORCHESTRATOR


def _decide(task: Task, verdict: Verdict, cause: str, remembered: Memory, world: World) -> Decided:
    """Return what was decided on a stopped task."""
    if verdict.owner is Owner.SERVICE:
        if verdict.action is Action.RAISE_MEMORY:
            return Decided(*raise_service_memory(task, verdict, cause, world))
        return Decided(verdict.action.value, verdict.sentence)
    if verdict.action not in WOULD_ACT:
        return Decided(verdict.action.value, verdict.sentence)
    policy = remembered().policy
    if policy is None:
        told = "The stored policy cannot be read: nothing is started until it can."
        return Decided("policy_unreadable", told)
    rule = declared(policy, task.cluster_name, task.family)
    if rule is None:
        told = "The policy does not declare this family safe to run again: it is left alone."
        return Decided("not_declared", told)
    if _is_unconfirmed(task, verdict.owner, remembered().lineage, world):
        told = "It was started by Trimtab, whose applier has not noted it yet: it is judged when it has."
        return Decided("start_unconfirmed", told)
    if verdict.owner in STARTED_AGAIN:
        recover_launch(task, world)
    return decide_on_stop(task, verdict, rule, remembered(), cause, world)


def _is_unconfirmed(task: Task, owner: Owner, lineage: Lineage, world: World) -> bool:
    """Tell whether a task of ours stopped before its applier could note that it had started it.

    The answer of RunTask was lost and the task died at once: its lineage is known when another applier has
    found it, and goes on from this stop then.
    """
    if owner is not Owner.TRIMTAB or lineage.change_id is not None:
        return False
    now = world.clock.now()
    return now - (task.stopped_at or now) < CONFIRMED_WITHIN


def announce_retirement(notice: HealthNotice, world: World) -> Verdict:
    """Note that AWS will stop tasks: those that nobody else starts again are restarted when they stop."""
    tasks = _announced(notice, world)
    owners = {owner_of(task) for task in tasks}
    verdict = judge_retirement(notice, owners.pop() if len(owners) == 1 else Owner.UNKNOWN)
    for task in tasks:
        if verdict.rule == ANNOUNCED:
            stop = replace(judge_task(task, owner_of(task), None), **_as_announced(verdict))
            at = notice.start_time
            _prepare(task, owner_of(task), stop, ANNOUNCED, at, notice.event_arn or "aws.health", world)
        elif verdict.rule == WITHDRAWN:
            withdraw(task.task_arn, world)
    world.telemetry.note("retirement announced", rule=verdict.rule, **verdict.evidence)
    return verdict


def _announced(notice: HealthNotice, world: World) -> list[Task]:
    """Return the announced tasks that still run, cluster by cluster."""
    by_cluster: dict[str, list[str]] = {}
    for arn in notice.task_arns:
        by_cluster.setdefault(arn.split(":task/", 1)[1].split("/")[0], []).append(arn)
    return [task for cluster, arns in by_cluster.items() for task in world.tasks.describe(cluster, arns)]
